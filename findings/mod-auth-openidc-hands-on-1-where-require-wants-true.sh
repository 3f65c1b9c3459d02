#!/usr/bin/env bash
# mod_auth_openidc 2.4.12.3 (Debian 12, libapache2-mod-auth-openidc): a claim that is a JSON boolean has two spellings. `Require claim` compares
# it as `true` or `false`; the application behind gets `1` or `0` in the variable and the header OIDC_CLAIM_…. OpenID Connect Core §5.1 makes
# `email_verified` and `phone_number_verified` such claims.
# What a user would meet: an application that compares with "true", as the Apache configuration beside it does, takes every verified
# address for unverified; and one that only asks whether the text is non-empty takes "0" for verified in most languages but PHP and Perl.
# Mend: compare with `1` behind the module and with `true` in `Require claim`; or hand on the JSON whole (OIDCPassUserInfoAs json).
set -euo pipefail
dir=$(mktemp -d); chmod 755 "$dir"
trap 'if [ -e "$dir/apache.pid" ]; then kill "$(cat "$dir/apache.pid")"; while [ -e "$dir/apache.pid" ]; do sleep 0.1; done; fi; rm -rf "$dir"' EXIT
cd "$dir"
version=2.4.12.3-2+deb12u5
apt-get download -qq libapache2-mod-auth-openidc="$version" apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1 libaprutil1=1.6.3-1+deb12u1 \
  libcjose0=0.6.2.1-1+deb12u2 libhiredis0.14=0.14.1-3 libjansson4=2.14-2 liblua5.3-0=5.3.6-2 2>/dev/null
for package in *.deb; do dpkg -x "$package" root; done
modules=$dir/root/usr/lib/apache2/modules
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
secret=invented-invented-invented-invented
mkdir htdocs; touch htdocs/true htdocs/1 htdocs/any
# The claims come in a signed token, which spares the login; they are handed on as those of an ID token are.
cat > apache.conf <<CONF
ServerRoot $dir
DefaultRuntimeDir $dir
PidFile $dir/apache.pid
Mutex posixsem
ErrorLog $dir/error.log
ServerName 127.0.0.1
Listen 127.0.0.1:$port
DocumentRoot $dir/htdocs
$(for module in mpm_event authn_core authz_core authz_user headers auth_openidc; do echo "LoadModule ${module}_module $modules/mod_$module.so"; done)
OIDCOAuthVerifySharedKeys plain##$secret
OIDCOAuthRemoteUserClaim sub
<Location />
  AuthType oauth20
  Require valid-user
  Header always set X-Seen "email %{OIDC_CLAIM_email_verified}e, phone number %{OIDC_CLAIM_phone_number_verified}e"
</Location>
<Location /true>
  Require claim email_verified:true
</Location>
<Location /1>
  Require claim email_verified:1
</Location>
CONF
LD_LIBRARY_PATH=$(echo root/usr/lib/*-linux-gnu) root/usr/sbin/apache2 -f "$dir/apache.conf"
for _ in $(seq 50); do curl -s -o /dev/null "http://127.0.0.1:$port/" && break; sleep 0.1; done
token=$(SECRET=$secret python3 - <<'PY'
import base64, hashlib, hmac, json, os, time

def part(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=")

claims = {"iss": "https://id.example", "sub": "hanako", "iat": int(time.time()), "exp": int(time.time()) + 300,
          "email_verified": True, "phone_number_verified": False}
signed = part(b'{"alg":"HS256"}') + b"." + part(json.dumps(claims).encode())
print((signed + b"." + part(hmac.digest(os.environ["SECRET"].encode(), signed, hashlib.sha256))).decode())
PY
)
get() { curl -s -H "Authorization: Bearer $token" "http://127.0.0.1:$port/$1" "${@:2}"; }
echo "libapache2-mod-auth-openidc $version"
seen=$(get any -D - -o /dev/null | tr -d '\r' | sed -n 's/^X-Seen: //p')
echo "email_verified true, phone_number_verified false are handed on as: $seen"
by_true=$(get true -o /dev/null -w '%{http_code}'); by_1=$(get 1 -o /dev/null -w '%{http_code}')
echo "Require claim email_verified:true answers $by_true, email_verified:1 answers $by_1"
[ "$seen" = "email 1, phone number 0" ] && [ "$by_true" = 200 ] && [ "$by_1" = 401 ]
