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
log=$ROOT/build/logs/fuzz.log
program=$(mktemp "${TMPDIR:-/tmp}/hearth-fuzz.XXXXXX")
trap 'rm -f "$program"' EXIT
found=$(go env GOCACHE)/fuzz # inputs that earlier runs found, where go test has them
ran=0

# fuzz PACKAGE FOLDER TARGET: the output is kept in the log until its end is known.
# What go test does each time, built once for all targets of a package.
fuzz() {
	note "-- fuzz $3 ($1, $time)"
	(cd "$2" && "$program" -test.run '^$' -test.fuzz "^$3\$" -test.fuzztime "$time" -test.fuzzcachedir "$found/$1" -test.paniconexit0) >"$log" 2>&1
}

packages=$(packages_headless)
folders=$(xargs go list -f '{{.ImportPath}} {{.Dir}}' <<<"$packages")
while read -r package dir; do
	files=$(find "$dir" -maxdepth 1 -name '*_test.go')
	if [[ -z $files ]]; then continue; fi
	# shellcheck disable=SC2086
	targets=$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $files | grep -E "${FUZZ:-.}" || true)
	if [[ -z $targets ]]; then continue; fi
	go test -c -fuzz . -o "$program" "$package"
	for target in $targets; do
		# Go's own fuzzer sometimes ends a good run with this error when the time
		# is up. It can also mean an input that hangs, which would do so each time.
		attempt=1
		until fuzz "$package" "$dir" "$target"; do
			if ((attempt == 4)) || ! grep -q 'context deadline exceeded' "$log" || grep -q 'Failing input written' "$log"; then
				cat "$log" >&2
				fail "Fuzz target $target failed."
			fi
			attempt=$((attempt + 1))
			note "-- the fuzzer missed its own deadline; once more"
		done
		if grep -q 'no fuzz tests to fuzz' "$log"; then fail "Fuzz target $target is not in its program."; fi
		grep -E '^PASS|execs:' "$log" | tail -n 2
		ran=$((ran + 1))
	done
done <<<"$folders"

if ((ran == 0)); then fail "No fuzz target was found."; fi
note "$ran fuzz targets ran."
