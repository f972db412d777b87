#!/usr/bin/env bash
# make bench-window: what the real window costs over a million stored messages,
# beside one over an empty profile: start, memory, idle. The table goes to
# build/bench/window.txt as well. The first run takes a minute to make the
# messages, which are kept in the system's temporary folder.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin build keyring window
scripts/build.sh
out=build/bench/window.txt
mkdir -p build/bench build/logs/bench
CGO_ENABLED=0 go test -tags window -run '^$' ./e2e/window >/dev/null # compile outside the private home
HEARTH_BIN=$BIN HEARTH_STDERR=$ROOT/build/logs/bench HEARTH_SCREENSHOTS=$ROOT/build/logs/bench CGO_ENABLED=0 \
	scripts/with-window.sh go test -tags window -run '^$' -bench Big -benchtime 1x -timeout 30m ./e2e/window | tee "$out"
if ! grep -q '^BenchmarkBig' "$out"; then fail "The benchmark did not run."; fi
note "Kept in $out"
