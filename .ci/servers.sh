# Starts the PostgreSQL and the Redis that the tests need, on free loopback ports; ./test sources it. Their data is in
# $scratch and goes with it: nothing of it has to survive a crash.

servers=()

stop_servers() {
  local server
  for server in "${servers[@]}"; do kill -INT "$server" 2>/dev/null || true; done
  for server in "${servers[@]}"; do wait "$server" 2>/dev/null || true; done
}

free_port() {
  perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}

# --pdeathsig ends a server even if ./test is killed; PostgreSQL refuses to run as root.
serve=(setpriv --pdeathsig INT)
if [ "$(id -u)" = 0 ]; then
  serve_postgres=("${serve[@]}" --reuid=postgres --regid=postgres --init-groups)
else
  serve_postgres=("${serve[@]}")
fi

wait_for() { # NAME LOG COMMAND…: until the command succeeds
  local what=$1 log=$2 tries
  shift 2
  for tries in $(seq 150); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.2
  done
  cat "$log" >&2
  fail "$what did not start (tried $tries times)"
}

start_postgres() {
  local programs port version
  programs=$(newest_postgres) || fail "PostgreSQL is not there"
  version=$("$programs/postgres" --version | grep -oE '[0-9]+' | head -n 1)
  [ "$version" -ge 15 ] || fail "PostgreSQL $version is too old: 15 or newer"
  port=$(free_port)
  mkdir "$scratch/postgres"
  if [ "$(id -u)" = 0 ]; then chown postgres "$scratch/postgres"; fi
  (cd / && exec "${serve_postgres[@]}" "$programs/initdb" -D "$scratch/postgres" -U common_id --auth=trust \
    --encoding=UTF8 --locale=C.UTF-8 --no-sync) >"$scratch/initdb.log" 2>&1 \
    || { cat "$scratch/initdb.log" >&2; fail "initdb failed"; }
  (cd / && exec "${serve_postgres[@]}" "$programs/postgres" -D "$scratch/postgres" -p "$port" \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=400 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 \
    -c autovacuum=off -c jit=off) >"$scratch/postgres.log" 2>&1 &
  servers+=($!)
  wait_for PostgreSQL "$scratch/postgres.log" "$programs/pg_isready" -h 127.0.0.1 -p "$port" -U common_id
  export COMMON_ID_TEST_POSTGRES="postgres://common_id@127.0.0.1:$port/postgres"
}

start_redis() {
  local port
  port=$(free_port)
  mkdir "$scratch/redis"
  "${serve[@]}" redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no \
    --dir "$scratch/redis" >"$scratch/redis.log" 2>&1 &
  servers+=($!)
  wait_for Redis "$scratch/redis.log" redis-cli -p "$port" ping
  export COMMON_ID_TEST_REDIS="redis://127.0.0.1:$port/"
}
