#!/usr/bin/env bash
# make monkey: a random user on the real window, while a second client writes and the
# server comes and goes.
#   TIME  how long (30m)
#   SEED  decides what it does; without it the clock does, and it is printed
# What the program wrote to standard error is in build/logs/monkey.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin build keyring window
scripts/build.sh
logs=$ROOT/build/logs/monkey
mkdir -p "$logs"
CGO_ENABLED=0 go test -tags window -run '^$' ./e2e/window >/dev/null # compile outside the private home
HEARTH_MONKEY=${TIME:-30m} HEARTH_MONKEY_SEED=${SEED:-} HEARTH_CHECK_THREADS=1 \
	HEARTH_BIN=$BIN HEARTH_STDERR=$logs HEARTH_SCREENSHOTS=$logs CGO_ENABLED=0 \
	scripts/with-window.sh go test -tags window -run 'TestMonkey$' -count 1 -v -timeout 24h ./e2e/window
