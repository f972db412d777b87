#!/usr/bin/env bash
# make test: everything, in this order; STAGES="unit e2e" runs only some.
#
#   static    format, lint, layer and house rules, go vet with every build tag
#   unit      unit tests, the window toolkit's headless driver included; no C
#   keyring   build tag keyring: against a real keyring service
#   race      the race detector on everything below the window, but the programs as
#             a whole: their processes are made of what is tested here. Properties
#             are checked with fewer cases than in unit (internal/testkit)
#   fuzz      every fuzz target for a few seconds
#   build     the three programs, tests of the one that needs C
#   e2e       build tag e2e: whole systems of real processes
#   window    build tag window: the real window on a virtual screen
#
# A stage fails if it ran no test. Output is kept in build/logs.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

TAGS=keyring,e2e,window
ALL="static unit keyring race fuzz build e2e window"
LOGS=build/logs
# Continuous integration shows every test as run; at home Go's cache may answer.
FRESH=()
if [[ ${CI:-} == true ]]; then FRESH=(-count=1); fi

# The script that go test is run through, if any.
RUNNER=()

# go_test NAME ARGUMENTS…: go test, kept in a log, failing if nothing ran.
go_test() {
	local log=$LOGS/$1.log
	shift
	"${RUNNER[@]}" go test "$@" 2>&1 | tee "$log"
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
	local package packages
	packages=$(packages_headless)
	# shellcheck disable=SC2086
	CGO_ENABLED=0 go vet $packages
	# shellcheck disable=SC2086
	CGO_ENABLED=0 tool staticcheck -tests $packages
	for package in $(for tag in ${TAGS//,/ }; do tagged "$tag"; done | sort -u); do
		CGO_ENABLED=0 go vet -tags "$TAGS" "$package"
	done
}

stage_unit() {
	local packages
	packages=$(packages_headless)
	# shellcheck disable=SC2086
	CGO_ENABLED=0 go_test unit "${FRESH[@]}" $packages
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
	packages=$(packages_plain | grep -vE '/(cmd/[a-z]+|chaos/run)$')
	# A program under the race detector waits a second before it ends, and the tests
	# here start hundreds; 20 ms are enough for another goroutine's report.
	# shellcheck disable=SC2086
	CGO_ENABLED=1 GORACE=atexit_sleep_ms=20 go_test race -race "${FRESH[@]}" $packages
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
	go test -trimpath "${FRESH[@]}" $packages
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

stage_window() {
	if [[ ! -d e2e/window ]]; then
		absent "there is no folder e2e/window"
		return
	fi
	local packages pictures=$ROOT/build/screenshots errors=$ROOT/build/logs/window
	packages=$(tagged window)
	if [[ -z $packages ]]; then fail "e2e/window exists, but no test has the build tag window."; fi
	rm -rf "$pictures" "$errors" && mkdir -p "$pictures" "$errors"
	# shellcheck disable=SC2086
	CGO_ENABLED=0 go test -tags window -run '^$' $packages >/dev/null # compile outside the private home
	export HEARTH_BIN=$BIN HEARTH_SCREENSHOTS=$pictures HEARTH_STDERR=$errors HEARTH_CHECK_THREADS=1
	RUNNER=(scripts/with-window.sh)
	# shellcheck disable=SC2086
	CGO_ENABLED=0 go_test_all window -tags window -timeout 15m $packages
	RUNNER=()
	if grep -rn 'Error in Fyne call thread' "$errors" $LOGS/window.log; then
		fail "The window toolkit was called from a wrong goroutine (see above)."
	fi
	if [[ -z $(ls "$pictures") ]]; then fail "The window tests left no picture in build/screenshots."; fi
	note "Pictures of the window: build/screenshots ($(find "$pictures" -name '*.png' | wc -l))"
}

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

CURRENT=
SUMMARY=
trap 'if [[ -n $CURRENT ]]; then printf "\nFAILED in stage %s (make test STAGES=%s repeats it)\n" "$CURRENT" "$CURRENT" >&2; fi' EXIT
for stage in $STAGES; do
	CURRENT=$stage
	say "$stage"
	from=$SECONDS
	"stage_$stage"
	SUMMARY+=$(printf '%-8s %4d s%s' "$stage" $((SECONDS - from)) "$(if [[ " ${ABSENT[*]:-} " == *" $stage "* ]]; then printf '   absent'; fi)")$'\n'
done
CURRENT=
say "passed in $SECONDS s"
printf '%s' "$SUMMARY"
