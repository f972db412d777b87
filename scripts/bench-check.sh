#!/usr/bin/env bash
# make bench-check: what the window pays, against the budgets (docs/performance.md), as a
# table; it fails where a figure is more than GATE times its budget. Figures are processor
# time of the goroutine that pays, the least of ROUNDS rounds, so that a busy machine
# changes little; scroll steps are time on the clock. It is no part of make test: it wants
# a million messages (made once, kept in the system's temporary folder), minutes, and
# somebody who looks at the table before the line is crossed.
#   GATE    how many times the budget fails (3)
#   ROUNDS  of each benchmark (3)
#   FROM    a file with the output of benchmarks, instead of running them
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin go
export CGO_ENABLED=0 HEARTH_BENCH_LARGE=1
out=build/bench/check.txt
mkdir -p build/bench

# benchmark, its figure, budget in milliseconds, what it is
budgets='
BenchmarkRoomSwitch ui-ms-min 16 room switch, of the UI goroutine
BenchmarkRoomSwitch all-ms-min 50 room switch, in all
BenchmarkScrollStep_100000 ns/op 0.5 scroll step
BenchmarkKeystroke ui-ms-min 8 keystroke
BenchmarkBurst ui-ms-min 100 1,000 messages in a burst
BenchmarkGroupSwitch first-ui-ms-min 16 another group, first time
BenchmarkSearchList ui-ms-min 16 1,000 messages found
BenchmarkSearch_1000000 cpu-ms-min 100 search, the dearest kind
'

if [[ -n ${FROM:-} ]]; then
	cp "$FROM" "$out"
else
	{
		go test -run '^$' -bench '^(BenchmarkRoomSwitch|BenchmarkKeystroke|BenchmarkGroupSwitch|BenchmarkSearchList)$' -count "${ROUNDS:-3}" -timeout 30m ./ui
		go test -run '^$' -bench '^BenchmarkBurst$' -benchtime 3x -count "${ROUNDS:-3}" -timeout 30m ./ui
		go test -run '^$' -bench '^BenchmarkScrollStep_100000$' -count "${ROUNDS:-3}" -timeout 30m ./ui/timeline
		go test -run '^$' -bench '^BenchmarkSearch_1000000$' -benchtime 3x -count "${ROUNDS:-3}" -timeout 30m ./bench
	} | tee "$out"
fi

awk -v gate="${GATE:-3}" -v budgets="$budgets" '
	/^Benchmark/ {
		name = $1
		sub(/-[0-9]+$/, "", name)
		for (i = 3; i < NF; i += 2) {
			value = $i + 0
			if ($(i + 1) == "ns/op") value /= 1e6
			key = name SUBSEP $(i + 1)
			if (!(key in least) || value < least[key]) least[key] = value
		}
	}
	END {
		n = split(budgets, lines, "\n")
		printf "\n%-36s %10s %10s %8s\n", "", "measured", "budget", "part"
		for (i = 1; i <= n; i++) {
			if (split(lines[i], f, " ") < 4) continue
			what = lines[i]
			sub(/^[^ ]+ [^ ]+ [^ ]+ /, "", what)
			most = -1 # of the kinds of one benchmark the dearest
			for (key in least) {
				split(key, k, SUBSEP)
				kind = k[1]
				sub(/\/.*/, "", kind)
				if (kind == f[1] && k[2] == f[2] && least[key] > most) most = least[key]
			}
			word = ""
			if (most < 0) { word = "  NOT MEASURED"; bad = 1; most = 0 }
			else if (most > gate * f[3]) { word = "  MISSED"; bad = 1 }
			else if (most > f[3]) word = "  over"
			printf "%-36s %7.2f ms %7.1f ms %7.0f%%%s\n", what, most, f[3], 100 * most / f[3], word
		}
		exit bad
	}' "$out" || fail "A budget was missed by more than ${GATE:-3} times, or a figure is not there (see above)."
note "Kept in $out"
