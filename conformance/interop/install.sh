#!/usr/bin/env bash
# Installs the libraries that run.mjs runs, each at the version that its folder pins, from the registries' own clients:
#
#   conformance/interop/install.sh              all
#   conformance/interop/install.sh LIBRARY...   only these
#
# What is built goes to target/interop/, none of it into git. Needs node, python3 with pip, go, a JDK of 17 or newer with mvn;
# Debian's packages of these and of Apache are ./test's to install.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=$here/../../target/interop
mkdir -p "$target"
target=$(cd "$target" && pwd)

openid_client() {
  (cd "$here/openid-client" && npm ci --silent)
}

authlib() {
  local wanted=$here/authlib/requirements.txt
  if cmp -s "$wanted" "$target/authlib/installed.txt"; then return; fi
  rm -rf "$target/authlib"
  python3 -m pip install --quiet --root-user-action=ignore --disable-pip-version-check --require-hashes \
    --target "$target/authlib" --requirement "$wanted"
  cp "$wanted" "$target/authlib/installed.txt"
}

go_oidc() {
  (cd "$here/go-oidc" && go build -o "$target/go-oidc/relying-party" .)
}

spring_security() {
  local from=$here/spring-security jar=$target/spring-security/relying-party.jar
  if [ -f "$jar" ] && [ -z "$(find "$from" -newer "$jar" -type f)" ]; then return; fi
  mvn --batch-mode --quiet -Dstyle.color=never -Dmaven.test.skip=true --file "$from/pom.xml" package
}

if [ $# -eq 0 ]; then set -- openid-client authlib go-oidc spring-security; fi
for library in "$@"; do
  case $library in
    openid-client) openid_client ;;
    authlib) authlib ;;
    go-oidc) go_oidc ;;
    spring-security) spring_security ;;
    *) echo "install.sh: no library is named $library" >&2; exit 2 ;;
  esac
done
