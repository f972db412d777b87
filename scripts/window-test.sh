#!/usr/bin/env bash
# window-test.sh PROGRAM LOGS NAME: one test of the compiled e2e/window, on a screen of
# its own. It must run, pass, and skip nothing. Its output goes to LOGS/NAME.log,
# and if it fails, what it failed with to LOGS/NAME.failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=$1 logs=$2 name=$3
mkdir -p "$logs/$name"
code=0
HEARTH_SCREEN_LOGS=$logs/$name scripts/in-one-piece.sh "$logs/$name.log" \
	scripts/with-window.sh env -C e2e/window "$program" \
	-test.run "^$name\$" -test.v -test.timeout 15m -test.paniconexit0 || code=$?
if ((code == 0)) && { ! grep -q "^--- PASS: $name " "$logs/$name.log" || grep -qE '^ *--- SKIP' "$logs/$name.log"; }; then
	printf '\n%s did not run, or skipped something.\n' "$name" >&2
	code=1
fi
if ((code != 0)); then
	# What failed, without all that was written around it: who ran many shows this last.
	{
		grep -E '^ *--- (FAIL|SKIP)|^(panic|fatal error): |^ +[a-z_]+_test\.go:[0-9]+: ' "$logs/$name.log" | cut -c 1-600 ||
			tail -n 20 "$logs/$name.log"
	} >"$logs/$name.failed"
fi
exit "$code"
