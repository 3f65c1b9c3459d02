#!/usr/bin/env bash
# Dovecot 2.3.19.1 (Debian 12, dovecot-core), passdb `oauth2` with `introspection_mode = post` and the client's name and secret in the URL, as its
# wiki shows: each introspection (RFC 7662) carries HTTP Basic *and* `client_id=&client_secret=`, both empty, in the form. RFC 6749 §2.3 allows one
# way of client authentication in a request; that the two count as left out is only in §3.2 ("sent without a value").
# What a user would meet: a provider that looks whether the names are there answers `invalid_request` or `invalid_client`, and nobody can
# read their mail, though the secret is right and the same request by curl works.
# Mend: no name and secret in the URL, but `client_id` and `client_secret` in dovecot-oauth2.conf.ext, and the client registered for
# client_secret_post; at the provider: treat a parameter without a value as left out before anything else looks.
set -euo pipefail
version=1:2.3.19.1+dfsg1-2.1+deb12u7
dir=$(mktemp -d); stub=; ours=
clean() {
  [ ! -e "$dir/run/master.pid" ] || kill "$(cat "$dir/run/master.pid")" || true
  [ -z "$stub" ] || kill "$stub" || true
  for _ in $(seq 50); do [ -e "$dir/run/master.pid" ] || break; sleep 0.1; done
  [ -z "$ours" ] || apt-get purge -qq -y dovecot-core > /dev/null 2>&1 || true
  rm -rf "$dir"
}
trap clean EXIT
# Its paths are compiled in, so that it cannot be unpacked elsewhere. RUNLEVEL=1 keeps the package from starting a service.
if [ "$(dpkg-query -W -f '${Version}' dovecot-core 2>/dev/null)" != "$version" ]; then
  ours=yes
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "dovecot-core=$version" > /dev/null 2>&1
fi
cd "$dir"; chmod 755 .
user=$(id -un); as=()
if [ "$user" = root ]; then user=nobody; as=(runuser -u nobody --); fi
cat > provider.py <<'PY'
import http.server, json, sys, urllib.parse

class Provider(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        form = urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode(), keep_blank_values=True)
        basic = "Basic" if self.headers.get("Authorization", "").startswith("Basic ") else "no Authorization"
        print(basic, *(f"{name}={value}" for name, value in form), file=open("seen", "a"))
        body = json.dumps({"active": True, "username": "hanako"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
print(server.server_port, file=open("port", "w"), flush=True)
server.serve_forever()
PY
python3 provider.py & stub=$!
for _ in $(seq 50); do [ -s port ] && break; sleep 0.1; done
port=$(cat port)
cat > dovecot.conf <<CONF
base_dir = $dir/run
state_dir = $dir/state
log_path = $dir/log
protocols =
ssl = no
default_internal_user = $user
default_login_user = $user
default_internal_group = $(id -gn "$user")
service anvil {
  chroot =
}
service stats {
  chroot =
}
service auth {
  user = $user
}
auth_mechanisms = plain
passdb {
  driver = oauth2
  mechanisms = plain
  args = $dir/oauth2.conf
}
userdb {
  driver = static
  args = uid=$user gid=$(id -gn "$user") home=$dir/home
}
CONF
ask() { # One login with an access token, by the settings given; what the provider saw.
  printf '%s\n' 'introspection_mode = post' 'force_introspection = yes' 'username_attribute = username' \
    'active_attribute = active' 'active_value = true' "$@" > oauth2.conf
  : > seen
  if [ -n "${as[*]}" ]; then chown -R "$user" .; fi
  "${as[@]}" dovecot -c "$dir/dovecot.conf"
  "${as[@]}" timeout 20 doveadm -c "$dir/dovecot.conf" auth test hanako the-access-token > outcome || true
  kill "$(cat run/master.pid)"; for _ in $(seq 50); do [ -e run/master.pid ] || break; sleep 0.1; done
  grep -q 'auth succeeded' outcome && cat seen
}
echo "dovecot-core $version"
in_url=$(ask "introspection_url = http://imap:invented@127.0.0.1:$port/introspect")
echo "name and secret in the URL: $in_url"
in_settings=$(ask "introspection_url = http://127.0.0.1:$port/introspect" 'client_id = imap' 'client_secret = invented')
echo "name and secret in settings: $in_settings"
[ "$in_url" = "Basic token=the-access-token client_id= client_secret=" ] &&
  [ "$in_settings" = "no Authorization token=the-access-token client_id=imap client_secret=invented" ]
