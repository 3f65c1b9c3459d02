#!/usr/bin/env bash
# SSSD 2.8.2 (Debian 12, sssd-idp 2.8.2-4+deb12u1), which logs people in on Linux machines by the device grant (RFC 8628): where it is
# told the issuer, it asks for each value of `scopes_supported` in the discovery document, even where `--scope` names fewer. That member
# tells what the server knows (OpenID Connect Discovery §3), not what this client needs.
# What a user would meet: whoever logs in on a server is asked to consent to their address, their phone number and to access while
# they are away; a provider that refuses unregistered scopes answers `invalid_scope`, though the administrator never named a scope.
# Mend: name each endpoint instead of the issuer, then `--scope` counts (FreeIPA: `ipa idp-add --dev-auth-uri … --scope …`); and register
# the client for only those scopes, with a provider that ignores the others.
set -euo pipefail
dir=$(mktemp -d); server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT; cd "$dir"
version=2.8.2-4+deb12u1
apt-get download -qq sssd-idp="$version" sssd-common="$version" libjose0=11-2+deb12u1 libtalloc2=2.4.0-f2 libpopt0=1.19+dfsg-1 2>/dev/null
for package in *.deb; do dpkg -x "$package" root; done
libraries=$dir/root/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || echo x86_64-linux-gnu)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out certificate.pem -days 2 \
  -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null

cat > provider.py <<'PY'
import http.server, json, ssl, sys, urllib.parse

class Provider(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body):
        body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, {
            "issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token",
            "device_authorization_endpoint": issuer + "/device", "userinfo_endpoint": issuer + "/userinfo",
            "scopes_supported": ["openid", "profile", "email", "address", "phone", "offline_access"],
        })

    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        print(self.path, form.get("scope", "-"), file=seen, flush=True)
        if self.path == "/device":
            self.answer(200, {"device_code": "d", "user_code": "BCDF-GHJK", "verification_uri": issuer + "/activate",
                              "expires_in": 600, "interval": 5})
        else:
            self.answer(400, {"error": "authorization_pending"})

    def log_message(self, *_):
        pass

seen = open("seen", "w")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain("certificate.pem", "key.pem")
server.socket = tls.wrap_socket(server.socket, server_side=True)
issuer = f"https://localhost:{server.server_port}"
print(issuer, file=open("issuer.new", "w"))
__import__("os").rename("issuer.new", "issuer")
server.serve_forever()
PY
python3 provider.py & server=$!
for _ in $(seq 50); do [ -e issuer ] && break; sleep 0.1; done

ask() {
  LD_LIBRARY_PATH="$libraries:$libraries/sssd" timeout 30 root/usr/libexec/sssd/oidc_child --get-device-code \
    --client-id=workstation --ca-db="$dir/certificate.pem" "$@" > /dev/null
  grep '^/device ' seen | tail -n 1 | cut -d ' ' -f 2-
}
issuer=$(cat issuer)
echo "sssd-idp $version"
alone=$(ask --issuer-url="$issuer")
echo "issuer: asks for $alone"
narrowed=$(ask --issuer-url="$issuer" --scope="openid email")
echo "issuer, --scope 'openid email': asks for $narrowed"
endpoints=$(ask --device-auth-endpoint="$issuer/device" --token-endpoint="$issuer/token" --userinfo-endpoint="$issuer/userinfo" \
  --scope="openid email")
echo "endpoints, --scope 'openid email': asks for $endpoints"
all="openid profile email address phone offline_access"
[ "$alone" = "$all" ] && [ "$narrowed" = "$all" ] && [ "$endpoints" = "openid email" ]
