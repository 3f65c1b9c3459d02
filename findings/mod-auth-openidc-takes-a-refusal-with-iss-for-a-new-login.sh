#!/usr/bin/env bash
# mod_auth_openidc 2.4.12.3 (Debian 12, libapache2-mod-auth-openidc): an error that comes back to the redirect URI with `iss`, as RFC 9207 §2
# demands of a provider that announces `authorization_response_iss_parameter_supported`, is not seen as an answer. `iss` without `code` looks
# to the module like a login begun by a third party (OpenID Connect Core §4), so `error` and `error_description` are thrown away. The same
# answer without `iss` is shown.
# What a user would meet: somebody who cancels reads about "target_link_uri", or, where OIDCDefaultURL is set, is sent to log in once more
# and cannot get out; `prompt=none` never tells that nobody is logged in.
# Mend: a rewrite rule in front of the redirect URI that takes `iss` out of requests with `error`, and only out of those.
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
here=http://127.0.0.1:$port
cat > apache.conf <<CONF
ServerRoot $dir
DefaultRuntimeDir $dir
PidFile $dir/apache.pid
Mutex posixsem
ErrorLog $dir/error.log
ServerName 127.0.0.1
Listen 127.0.0.1:$port
$(for module in mpm_event authn_core authz_core authz_user auth_openidc; do echo "LoadModule ${module}_module $modules/mod_$module.so"; done)
OIDCProviderIssuer https://id.example
OIDCProviderAuthorizationEndpoint https://id.example/authorize
OIDCProviderTokenEndpoint https://id.example/token
OIDCProviderJwksUri https://id.example/jwks
OIDCClientID notes
OIDCClientSecret invented
OIDCRedirectURI $here/callback
OIDCCryptoPassphrase invented-too
<Location />
  AuthType openid-connect
  Require valid-user
</Location>
CONF
LD_LIBRARY_PATH=$(echo root/usr/lib/*-linux-gnu) root/usr/sbin/apache2 -f "$dir/apache.conf"
for _ in $(seq 50); do curl -s -o /dev/null "$here/" && break; sleep 0.1; done

refusal() { # A login begun and refused, with what is added to the answer.
  rm -f cookies
  local state
  state=$(curl -s -o /dev/null -c cookies -w '%{redirect_url}' "$here/notes" | grep -o 'state=[^&]*')
  curl -s -b cookies "$here/callback?error=access_denied&error_description=not+today&$state$1" | sed 's/<[^>]*>//g' | grep -E 'rror|target' | head -n 3
}
echo "libapache2-mod-auth-openidc $version"
without=$(refusal "")
echo "without iss:"; sed 's/^ */  /' <<< "$without"
with=$(refusal "&iss=https%3A%2F%2Fid.example")
echo "with iss:"; sed 's/^ */  /' <<< "$with"
grep -q access_denied <<< "$without" && ! grep -q access_denied <<< "$with" && grep -q target_link_uri <<< "$with"
