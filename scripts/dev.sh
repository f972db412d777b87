#!/usr/bin/env bash
# make dev: a playground below .dev: a server, two accounts that are ready
# (alice, who owns the group, and bob) and, where there is a display, a window
# for each. Ctrl-C ends it all; what was said stays until `make clean`.
#   PORT  where the server listens on this machine (7788)
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

screen=
if [[ $(uname -s) != Linux || -n ${DISPLAY:-}${WAYLAND_DISPLAY:-} ]]; then screen=yes; fi
begin build
mkdir -p "$BIN"
build_server
build_cli
if [[ -n $screen ]]; then build_client; fi

dev=$ROOT/.dev
port=${PORT:-7788}
mkdir -p -m 700 "$dev"
printf 'hearth-dev-password\n' >"$dev/password"
printf 'hearth-dev-vault\n' >"$dev/vault"
chmod 600 "$dev/password" "$dev/vault"

started=()
cleanup() {
	trap - EXIT INT TERM
	local pid
	for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
	wait 2>/dev/null || true
}
trap cleanup EXIT
trap 'exit 0' INT TERM

"$BIN/hearth-server" --data "$dev/server" --listen "127.0.0.1:$port" --public "127.0.0.1:$port" --name Playground \
	>"$dev/server.out" 2>"$dev/server.log" &
server=$!
started+=("$server")

# wait_for WHAT COMMAND…: until it succeeds, at most ten seconds.
wait_for() {
	local what=$1
	shift
	for _ in $(seq 100); do
		if "$@" 2>/dev/null; then return; fi
		if ! kill -0 "$server" 2>/dev/null; then break; fi
		sleep 0.1
	done
	tail -n 20 "$dev/server.log" >&2
	fail "The server did not get as far as: $what (see .dev/server.log)"
}

cli() { "$BIN/hearth-cli" --profile "$dev/$1" --vault-file "$dev/vault" "${@:2}"; }
join() { cli "$1" join "$2" --name "$1" --password-file "$dev/password"; }

if [[ ! -e $dev/ready ]]; then
	wait_for "printing the owner's invite" grep -q '^invite: ' "$dev/server.out"
	join alice "$(sed -n 's/^invite: //p' "$dev/server.out" | head -n 1)"
	join bob "$("$BIN/hearth-server" invite --data "$dev/server" --uses 1 | grep -o 'hearth://[^ ]*' | head -n 1)"
	touch "$dev/ready"
fi
wait_for "accepting connections" bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"

note "
A server runs on 127.0.0.1:$port (log: .dev/server.log) with the accounts alice and bob.

  build/bin/hearth-cli --profile .dev/alice --vault-file .dev/vault rooms
  build/bin/hearth-cli --profile .dev/bob   --vault-file .dev/vault chat general
  build/bin/hearth     --profile .dev/bob      (passphrase of its vault: $(<"$dev/vault"))

Ctrl-C ends it."
if [[ -n $screen ]]; then
	for who in alice bob; do
		"$BIN/hearth" --profile "$dev/$who" 2>"$dev/$who.log" &
		started+=($!)
	done
fi
wait "$server"
