#!/usr/bin/env bash
# make fuzz: every fuzz target there is, those of two packages at a time, each target
# with one worker: building and starting keep only one processor busy.
#   FUZZTIME  how long each runs (1m)
#   FUZZ      only targets whose name matches this pattern
# A failing input is written below testdata/fuzz by Go: commit it with the fix.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

time=${FUZZTIME:-1m}
logs=build/logs/fuzz
export CGO_ENABLED=0

# targets FOLDER prints the names of the fuzz targets there.
targets() {
	local files
	files=$(find "$1" -maxdepth 1 -name '*_test.go')
	if [[ -z $files ]]; then return 0; fi
	# shellcheck disable=SC2086
	sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $files | grep -E "${FUZZ:-.}" || true
}

# fuzz PACKAGE FOLDER TARGET: the output is kept in the log until its end is known.
# What go test does each time, built once for all targets of a package. The fuzzer would
# spend up to a minute on making each new input of its collection small, which is most of
# the time there is, and several times all of a short run's.
fuzz() {
	note "-- fuzz $3 ($1, $time)"
	(cd "$2" && "$program" -test.run '^$' -test.fuzz "^$3\$" -test.fuzztime "$time" -test.parallel 1 -test.fuzzminimizetime 1x -test.fuzzcachedir "$found/$1" -test.paniconexit0) >"$log" 2>&1
}

# fuzz_package PACKAGE: its targets, one after the other.
fuzz_package() {
	local package=$1 dir target attempt
	local found program log
	dir=$(go list -f '{{.Dir}}' "$package")
	found=$(go env GOCACHE)/fuzz # inputs that earlier runs found, where go test has them
	program=$(mktemp -d "${TMPDIR:-/tmp}/hearth-fuzz.XXXXXX")/fuzz.test
	# shellcheck disable=SC2064
	trap "rm -rf '$(dirname "$program")'" EXIT
	go test -c -fuzz . -o "$program" "$package"
	for target in $(targets "$dir"); do
		log=$logs/${package//\//-}-$target.log
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
	done
}

if [[ ${1:-} == --package ]]; then
	use_go
	fuzz_package "$2"
	exit
fi

begin go
rm -rf "$logs" && mkdir -p "$logs/packages"
packages=$(packages_headless)
folders=$(xargs go list -f '{{.ImportPath}} {{.Dir}}' <<<"$packages")
jobs=
all=0
while read -r package dir; do
	count=$(targets "$dir" | wc -w)
	if ((count == 0)); then continue; fi
	jobs+="$count $logs/packages/${package//\//-}.log scripts/fuzz.sh --package $package"$'\n'
	all=$((all + count))
done <<<"$folders"
if ((all == 0)); then fail "No fuzz target was found."; fi

# Those with most targets first, so that both ends come close together.
sort -rns <<<"${jobs%$'\n'}" | cut -d ' ' -f 2- | xargs -P 2 -L 1 scripts/in-one-piece.sh ||
	fail "Not every fuzz target passed. What each wrote is in $logs."
ran=$(cat "$logs"/packages/*.log | grep -c '^PASS')
if ((ran != all)); then fail "$ran of $all fuzz targets ran."; fi
note "$ran fuzz targets ran."
