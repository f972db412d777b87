#!/usr/bin/env bash
# make bench: every benchmark, one package after the other so that none
# disturbs the next. Benchmarks stand beside the baseline they are judged by
# (the bare library, the bare disk), so both are measured in the same run.
#   BENCH      only benchmarks whose name matches this pattern (.)
#   COUNT      rounds (1); use 10 to compare by hand with benchstat
#   BENCHTIME  how long one measurement runs (Go's default, 1s)
#   OUT        where the result goes (build/bench/current.txt)
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin go
export CGO_ENABLED=0
out=${OUT:-build/bench/current.txt}
mkdir -p "$(dirname "$out")"

# Programs that benchmarks start (cold start, memory of a real process).
if [[ -d cmd/server && -d cmd/cli ]]; then
	mkdir -p "$BIN"
	build_server
	build_cli
fi

headless=$(packages_headless)
folders=$(xargs go list -f '{{.ImportPath}} {{.Dir}}' <<<"$headless")
packages=()
while read -r package dir; do
	if grep -ls '^func Benchmark' "$dir"/*_test.go >/dev/null; then packages+=("$package"); fi
done <<<"$folders"
if ((${#packages[@]} == 0)); then fail "No benchmark was found."; fi

HEARTH_BIN=$BIN go test -run '^$' -bench "${BENCH:-.}" -benchmem -count "${COUNT:-1}" \
	${BENCHTIME:+-benchtime "$BENCHTIME"} -timeout 60m -p 1 "${packages[@]}" | tee "$out"
if ! grep -q '^Benchmark' "$out"; then fail "No benchmark ran."; fi
note "Kept in $out"
