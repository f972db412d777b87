#!/usr/bin/env bash
# make test: everything; STAGES="unit e2e" runs only some. The stages run in this order, in
# two lanes beside each other: up to race, which compute, and from build on, which mostly
# wait; static and fuzz, which compute, fill the time that is left in the second.
#
#   unit      unit tests, the window toolkit's headless driver included; no C.
#             Of packages that are slow and run under race as well (TWICE), only
#             the tests that do less there: each test runs in full once
#   keyring   build tag keyring: against a real keyring service
#   race      the race detector on everything below the window, but the programs as
#             a whole: their processes are made of what is tested here. Properties
#             are checked with fewer cases than in unit (internal/testkit)
#
# unit and race keep their files in memory where there is room: whether a disk holds
# what it was given is for e2e and window, which stay on the real one.
#
#   build     the three programs, tests of the one that needs C
#   e2e       build tag e2e: whole systems of real processes
#   window    build tag window: the real window on a virtual screen; they mostly wait,
#             so three tests run at a time, each on a screen of its own
#   static    format, lint, layer and house rules, go vet with every build tag
#   fuzz      every fuzz target for a few seconds
#
# A stage fails if it ran no test. Output is kept in build/logs.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

TAGS=keyring,e2e,window
ALL="unit keyring race build e2e window static fuzz"
LOGS=build/logs
# Continuous integration shows every test as run; at home Go's cache may answer.
FRESH=()
if [[ ${CI:-} == true ]]; then FRESH=(-count=1); fi

# Packages whose tests run whole under the race detector, and without it in part.
TWICE="app server net/link server/host store server/storage/boltstore chaos/sim internal/boltkit internal/picture net/wire"

# The packages whose tests take longest, which begin first, so that none of them runs
# alone at the end.
SLOW="app ui cmd/cli net/link server chaos/sim"

# The tests of the window that take longest, which begin first.
WINDOW_LONG="TestHosting TestLeftInPeace TestRoomsOfADay TestFindingTheWay TestManyMessages TestFirstConversation TestSeeingEachOther TestFilesUnderWay TestWhatIsKept TestChangingMessages TestStoodStill TestMonkey TestInCharge TestFiles TestAwayAndBack"

# The script that go test is run through, if any.
RUNNER=()

# go_test NAME ARGUMENTS…: go test, kept in a log, failing if nothing ran. It need not
# vet: the stage static does, everything and with more of its checks. The limit of a
# package is for what hangs: app under the race detector takes minutes on two quiet
# cores, and more than Go's ten on busy ones.
go_test() {
	local log=$LOGS/$1.log
	shift
	"${RUNNER[@]}" go test -vet=off -timeout=25m "$@" 2>&1 | tee "$log"
	if ! awk '/^ok / && !/no tests to run/ { found = 1 } END { exit !found }' "$log"; then
		fail "No test ran in this stage."
	fi
}

# go_test_all NAME ARGUMENTS…: the same, and none may be skipped: these stages
# set up everything their tests need.
go_test_all() {
	local log=$LOGS/$1.log
	go_test "$@" -v -count=1
	if grep -E '^ *--- SKIP' "$log"; then fail "Tests were skipped in a stage that must run them all."; fi
	if ! grep -q '^--- PASS' "$log"; then fail "No test ran in this stage."; fi
	if grep -E '^ok .*no tests to run|no test files' "$log"; then fail "A package of this stage ran no test."; fi
}

# tagged TAG prints the packages with tests behind that build tag.
tagged() {
	{ grep -rlE "^//go:build .*\b$1\b" --include='*_test.go' . || true; } | xargs -r -n 1 dirname | sort -u
}

stage_static() {
	formatted
	go_test static -count=1 ./internal/layers/
	local packages
	packages=$(packages_headless)
	# shellcheck disable=SC2086
	CGO_ENABLED=0 go vet $packages
	# shellcheck disable=SC2086
	CGO_ENABLED=0 tool staticcheck -tests $packages
	packages=$(for tag in ${TAGS//,/ }; do tagged "$tag"; done | sort -u)
	# shellcheck disable=SC2086
	CGO_ENABLED=0 go vet -tags "$TAGS" $packages
}

# slow_first PACKAGES prints them, those in SLOW first.
slow_first() {
	local folder slow=
	for folder in $SLOW; do slow+=hearth/$folder$'\n'; done
	grep -xF "$1" <<<"${slow%$'\n'}" || true
	grep -vxF "${slow%$'\n'}" <<<"$1"
}

# seldom_collect has tests, and what compiles them, collect garbage when there is four
# times as much as what lives, not once: an eighth less work. The programs of e2e and
# window run as people run them.
seldom_collect() { export GOGC=400 GOMEMLIMIT=2GiB; }
usually_collect() { unset GOGC GOMEMLIMIT; }

# fuller FOLDER prints a pattern for those of its tests that do less under the race
# detector, or nothing: they ask testkit.Race, or check a property, of which there are
# fewer cases then. Both must stand in the test itself, to be found here.
fuller() {
	awk '
		/^func / { name = "" }
		/^func Test[A-Za-z0-9_]*\(/ { name = $2; sub(/\(.*/, "", name) }
		/testkit\.Race|rapid\.(Check|MakeCheck)|storetest\.Random/ {
			if (name == "") { printf "%s:%d: say this in a test\n", FILENAME, FNR >"/dev/stderr"; bad = 1 }
			else if (!seen[name]++) list = list "|" name
		}
		END { if (bad) exit 1; if (list != "") print "^(" substr(list, 2) ")$" }
	' "$1"/*_test.go
}

stage_unit() {
	local packages folder pattern
	packages=$(packages_headless)
	in_memory
	seldom_collect
	for folder in $TWICE; do
		pattern=$(fuller "$folder")
		packages=$(grep -v "^hearth/$folder\$" <<<"$packages")
		if [[ -z $pattern ]]; then continue; fi
		CGO_ENABLED=0 go_test "unit-${folder//\//-}" "${FRESH[@]}" -run "$pattern" "./$folder"
	done
	packages=$(slow_first "$packages")
	# shellcheck disable=SC2086
	CGO_ENABLED=0 go_test unit "${FRESH[@]}" $packages
	on_disk
	usually_collect
}

stage_keyring() {
	local packages
	packages=$(tagged keyring)
	if [[ -z $packages ]]; then
		if ! grep -rq --include='*.go' '"github.com/zalando/go-keyring"' .; then
			absent "nothing uses a keyring yet"
			return
		fi
		fail "The keyring is used, but no test has the build tag keyring."
	fi
	# shellcheck disable=SC2086
	CGO_ENABLED=0 go test -tags keyring -run '^$' $packages >/dev/null # compile outside the private home
	RUNNER=(scripts/with-keyring.sh)
	# shellcheck disable=SC2086
	CGO_ENABLED=0 go_test_all keyring -tags keyring $packages
	RUNNER=()
}

stage_race() {
	local packages
	packages=$(packages_plain | grep -vE '/(cmd/[a-z]+|chaos/run|bench)$')
	# A program under the race detector waits a second before it ends, and the tests
	# here start hundreds; 20 ms are enough for another goroutine's report.
	# Nor does the detector watch what only computes: a hash and pictures, in libraries
	# that start no goroutine but argon2's own. There it costs most and sees nothing.
	local computing=() library
	for library in golang.org/x/crypto/argon2 golang.org/x/image/... image/... compress/...; do
		computing+=("-gcflags=$library=-race=false")
	done
	# It also has each conversion of a pointer checked, which is another question; in the
	# database, whose pages are read through them, that costs a sixth of the whole.
	computing+=("-gcflags=go.etcd.io/bbolt/...=-d=checkptr=0")
	packages=$(slow_first "$packages")
	in_memory
	seldom_collect
	# shellcheck disable=SC2086
	CGO_ENABLED=1 GORACE=atexit_sleep_ms=20 go_test race -race "${computing[@]}" "${FRESH[@]}" $packages
	on_disk
	usually_collect
}

stage_fuzz() { FUZZTIME=${FUZZTIME:-3s} scripts/fuzz.sh; }

stage_build() {
	if [[ ! -d cmd/client || ! -d cmd/server || ! -d cmd/cli ]]; then
		absent "not all of cmd/client, cmd/server and cmd/cli exist"
		return
	fi
	scripts/build.sh
	local packages
	packages=$(packages_windowed)
	# shellcheck disable=SC2086
	go vet -trimpath $packages
	# shellcheck disable=SC2086
	go test -vet=off -trimpath "${FRESH[@]}" $packages
}

stage_e2e() {
	if [[ ! -d e2e ]]; then
		absent "there is no folder e2e"
		return
	fi
	local packages
	packages=$(tagged e2e)
	if [[ -z $packages ]]; then fail "e2e exists, but no test has the build tag e2e."; fi
	# shellcheck disable=SC2086
	CGO_ENABLED=0 HEARTH_BIN=$BIN go_test_all e2e -tags e2e -timeout 15m $packages
}

# windows_failed FOLDER ends the stage with what each test that failed said: the last
# lines are those that continuous integration shows.
windows_failed() {
	local file
	for file in "$1"/*.failed; do
		if [[ -s $file ]]; then
			say "$(basename "$file" .failed)"
			cat "$file"
		fi
	done
	fail "Not every test of the window passed. What each wrote is in $1, pictures are in build/screenshots."
}

stage_window() {
	if [[ ! -d e2e/window ]]; then
		absent "there is no folder e2e/window"
		return
	fi
	local package pictures=$ROOT/build/screenshots errors=$LOGS/window each=$LOGS/window-tests
	local program=$ROOT/build/window.test names name
	package=$(tagged window)
	if [[ $package != ./e2e/window ]]; then fail "Tests with the build tag window: '$package', not in e2e/window alone."; fi
	rm -rf "$pictures" "$errors" "$each" && mkdir -p "$pictures" "$errors" "$each"
	CGO_ENABLED=0 go test -tags window -c -o "$program" "$package"
	names=$("$program" -test.list '^Test')
	for name in $WINDOW_LONG; do
		if ! grep -qx "$name" <<<"$names"; then fail "$name is in WINDOW_LONG (scripts/test.sh), but is no test of e2e/window."; fi
	done
	export HEARTH_BIN=$BIN HEARTH_SCREENSHOTS=$pictures HEARTH_STDERR=$ROOT/$errors HEARTH_CHECK_THREADS=1
	# Each test is run once: the long ones first, so that both ends come close together.
	{
		tr ' ' '\n' <<<"$WINDOW_LONG"
		grep -vxF "$(tr ' ' '\n' <<<"$WINDOW_LONG")" <<<"$names"
	} | xargs -P 3 -n 1 scripts/window-test.sh "$program" "$each" ||
		windows_failed "$each"
	cat "$each"/*.log >$LOGS/window.log
	if grep -rn 'Error in Fyne call thread' "$errors" $LOGS/window.log; then
		fail "The window toolkit was called from a wrong goroutine (see above)."
	fi
	if [[ -z $(ls "$pictures") ]]; then fail "The window tests left no picture in build/screenshots."; fi
	note "Pictures of the window: build/screenshots ($(find "$pictures" -name '*.png' | wc -l))"
}

# A test that never stops taking memory ends with "out of memory" and the stack of who
# asked, before it takes the machine. What the system counts is what a process may write
# to: of files in memory only what is its own, and under the race detector 3.6 times the
# heap. A system that knows no such bound does without.
ulimit -S -d $((8 << 20)) 2>/dev/null || true # KiB

ABSENT=()
absent() {
	ABSENT+=("$CURRENT")
	note "absent: $1"
}

STAGES="${*:-$ALL}"
for stage in $STAGES; do
	if [[ " $ALL " != *" $stage "* ]]; then fail "There is no stage '$stage' (there are: $ALL)."; fi
done

profiles=(build)
if [[ " $STAGES " == *" keyring "* ]]; then profiles+=(keyring); fi
if [[ " $STAGES " == *" window "* ]]; then profiles+=(window); fi
begin "${profiles[@]}"
mkdir -p "$LOGS"
go version

# Where each stage writes what it took.
TOOK=$(mktemp -d "${TMPDIR:-/tmp}/hearth-stages.XXXXXX")
trap 'rm -rf "$TOOK"' EXIT

# used prints the processor time of what this shell had run when it wrote its times, in s.
used() { awk 'NR == 2 { for (i = 1; i <= 2; i++) { split($i, t, /[ms]/); s += t[1] * 60 + t[2] } print int(s) }' "$1"; }

# lane STAGES: one after the other, in a shell of its own, up to the first that fails.
lane() (
	CURRENT=
	trap 'on_disk; if [[ -n $CURRENT ]]; then printf "\nFAILED in stage %s (make test STAGES=%s repeats it)\n" "$CURRENT" "$CURRENT" >&2; fi' EXIT
	trap 'CURRENT=; exit 143' TERM # the other lane failed, and says so
	set +m                         # what it runs belongs to its group
	for stage in $1; do
		CURRENT=$stage
		say "$stage"
		from=$SECONDS
		times >"$TOOK/$stage.before"
		"stage_$stage"
		times >"$TOOK/$stage.after"
		printf '%-8s %4d s  %4d s of processors%s\n' "$stage" $((SECONDS - from)) $(($(used "$TOOK/$stage.after") - $(used "$TOOK/$stage.before"))) \
			"$(if [[ " ${ABSENT[*]:-} " == *" $stage "* ]]; then printf '   absent'; fi)" >"$TOOK/$stage.stage"
	done
	CURRENT=
)

# asked STAGES prints those of them that are to be run.
asked() {
	local stage
	for stage in $1; do
		if [[ " $STAGES " == *" $stage "* ]]; then printf '%s ' "$stage"; fi
	done
}

# beside ONES OTHERS: two lanes beside each other. What the other writes is shown when
# both have ended. The first to fail ends both, and what it said stands last.
beside() {
	local log=$LOGS/beside.log one other code=0 codes=0
	note "Beside this run: $2(shown at the end; until then in $log)"
	set -m # each is a group of processes
	lane "$1" &
	one=$!
	lane "$2" >"$log" 2>&1 </dev/null &
	other=$!
	set +m
	# shellcheck disable=SC2064
	trap "kill -- -$one -$other 2>/dev/null; exit 130" INT TERM HUP
	while kill -0 $one 2>/dev/null && kill -0 $other 2>/dev/null; do sleep 1; done
	if ! kill -0 $one 2>/dev/null; then
		wait $one || kill -- -$other 2>/dev/null || true
	else
		wait $other || kill -- -$one 2>/dev/null || true
	fi
	wait $one || code=$?
	wait $other || codes=$?
	trap - INT TERM HUP
	# Of a lane that another one ended there is nothing to say.
	if ((code == 0 || code == 143)); then cat "$log"; fi
	((code == 0 && codes == 0))
}

# What computes and what mostly waits, for processes and windows, go well beside each other;
# the second lane has more room: what else computes fills it, so that both end together.
computing=$(asked "unit keyring race")
waiting=$(asked "build e2e window static fuzz")
if [[ -z $computing || -z $waiting ]]; then
	lane "$STAGES"
else
	beside "$computing" "$waiting"
fi
say "passed in $SECONDS s"
for stage in $STAGES; do cat "$TOOK/$stage.stage"; done
