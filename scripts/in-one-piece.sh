#!/usr/bin/env bash
# in-one-piece.sh LOG COMMAND…: runs it with its output kept in LOG, and shows that in
# one piece at the end, for commands that run beside each other. Fails as it does.
# Those whose logs are in the same folder take turns to speak.
set -euo pipefail
log=$1
shift
code=0
"$@" >"$log" 2>&1 </dev/null || code=$?
flock "$(dirname "$log")" cat "$log"
exit "$code"
