#!/usr/bin/env bash
# make fuzz: every fuzz target there is, one after the other.
#   FUZZTIME  how long each runs (1m)
#   FUZZ      only targets whose name matches this pattern
# A failing input is written below testdata/fuzz by Go: commit it with the fix.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin go
time=${FUZZTIME:-1m}
export CGO_ENABLED=0
mkdir -p build/logs
log=build/logs/fuzz.log
ran=0

# fuzz PACKAGE TARGET: the output is kept in the log until its end is known.
fuzz() {
	note "-- fuzz $2 ($1, $time)"
	go test -run '^$' -fuzz "^$2\$" -fuzztime "$time" "$1" >"$log" 2>&1
}

packages=$(packages_headless)
folders=$(xargs go list -f '{{.ImportPath}} {{.Dir}}' <<<"$packages")
while read -r package dir; do
	files=$(find "$dir" -maxdepth 1 -name '*_test.go')
	if [[ -z $files ]]; then continue; fi
	# shellcheck disable=SC2086
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $files | grep -E "${FUZZ:-.}" || true); do
		# Go's own fuzzer sometimes ends a good run with this error when the time
		# is up. It can also mean an input that hangs, which would do so each time.
		attempt=1
		until fuzz "$package" "$target"; do
			if ((attempt == 4)) || ! grep -q 'context deadline exceeded' "$log" || grep -q 'Failing input written' "$log"; then
				cat "$log" >&2
				fail "Fuzz target $target failed."
			fi
			attempt=$((attempt + 1))
			note "-- the fuzzer missed its own deadline; once more"
		done
		grep -E '^(ok |FAIL)|execs:' "$log" | tail -n 2
		ran=$((ran + 1))
	done
done <<<"$folders"

if ((ran == 0)); then fail "No fuzz target was found."; fi
note "$ran fuzz targets ran."
