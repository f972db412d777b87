#!/usr/bin/env bash
# make bench-compare REF=…: this tree against a commit, in turns on the same
# machine, and fails if anything became more than 5 % slower beyond chance.
#   BENCH  only benchmarks whose name matches this pattern (.)
#   COUNT  rounds for each side (10)
#   LIMIT  what is tolerated, in percent (5)
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ref=${1:-}
if [[ -z $ref ]]; then fail "Say what to compare with: make bench-compare REF=v0.1.0"; fi
commit=$(git rev-parse --verify --quiet "$ref^{commit}") || fail "There is no commit '$ref'."
begin go

work=$(mktemp -d "${TMPDIR:-/tmp}/hearth-bench.XXXXXX")
cleanup() {
	git worktree remove --force "$work/tree" 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT
git worktree add --quiet --detach "$work/tree" "$commit"

# bench_in TREE FILE: one round, appended. The old tree brings its own script.
bench_in() {
	(cd "$1" && OUT="$work/round.txt" COUNT=1 scripts/bench.sh >/dev/null)
	cat "$work/round.txt" >>"$2"
}

mkdir -p build/bench
for round in $(seq "${COUNT:-10}"); do
	note "round $round of ${COUNT:-10}"
	bench_in "$work/tree" "$work/old.txt"
	bench_in "$ROOT" "$work/new.txt"
done
cp "$work/old.txt" build/bench/old.txt
cp "$work/new.txt" build/bench/new.txt

stat() { go tool -modfile=tools/go.mod benchstat "$@" "old=$work/old.txt" "new=$work/new.txt"; }
stat | tee build/bench/compare.txt

# benchstat writes "~" where a difference may be chance, else the change.
stat -format csv 2>/dev/null | awk -F , -v limit="${LIMIT:-5}" '
	/,sec\/op,/ { time = 1 }
	/,B\/op,|,allocs\/op,/ { time = 0 }
	time && $1 != "geomean" && $6 ~ /^\+[0-9.]+%$/ {
		change = $6; gsub(/[+%]/, "", change)
		if (change + 0 > limit + 0) { printf "slower by %s %%: %s\n", change, $1; bad = 1 }
	}
	END { exit bad }' || fail "Slower than $ref by more than ${LIMIT:-5} %."
