#!/usr/bin/env bash
# make chaos: the fault programme, docs/reliability.md. Bounded, minutes.
# make soak DURATION=2h: worlds after worlds of real processes.
#
#   SEED      decides the plan; without it the clock does, and it is printed
#   SEEDS     how many seeds the simulation plays (500)
#   PARTS     which parts: "sim run trials"
#   DURATION  of soak
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin go
export CGO_ENABLED=0

seed=()
if [[ -n ${SEED:-} ]]; then seed=(--seed "$SEED"); fi
programs=$ROOT/build/chaos
mkdir -p "$programs"
go build -tags chaos -o "$programs/hearth-chaos" ./chaos/cmd/hearth-chaos
go build -tags chaos -o "$programs/hearth-server" ./cmd/server
go build -tags chaos -o "$programs/hearth-cli" ./cmd/cli

if [[ ${1:-} == soak ]]; then
	if [[ -z ${DURATION:-} ]]; then fail "How long? make soak DURATION=2h"; fi
	exec "$programs/hearth-chaos" soak --bin "$programs" --duration "$DURATION" "${seed[@]}"
fi

PARTS=${PARTS:-sim run trials}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=()
part() {
	if [[ " $PARTS " != *" $1 "* ]]; then return; fi
	say "$2"
	shift 2
	"$@" 2>&1 | tee -a "$log" || failed+=("$*")
}
part sim "simulation: ${SEEDS:-500} seeds" go test ./chaos/sim -count=1 -timeout 30m -run 'TestSeeds' -args -sim.seeds="${SEEDS:-500}"
part sim "1,000 handshakes while certificates and identity rotate" env HEARTH_CHAOS=1 CGO_ENABLED=1 go test -race ./server/host -count=1 -timeout 10m -run 'TestRotationUnderLoad'
part sim "simulation: planted bugs" go test -tags chaos ./internal/fault ./chaos/sim -count=1 -timeout 30m -run 'Test[^S]|TestSeededBugs'
part run "real processes" "$programs/hearth-chaos" run --bin "$programs" "${seed[@]}"
part trials "planted bugs: each must be caught" "$programs/hearth-chaos" trials --bin "$programs" "${seed[@]}"

# What a sceptic wants to see at a glance; the details stand above. A line that is
# missing belongs to a part that was not asked for, or did not get so far.
say "in all"
grep -E '^(seed|kills in all|messages sent|events on clients|bounds kept|violations|planted bugs caught)' "$log" | sort -u || true
say "took $SECONDS s"
if ((${#failed[@]} > 0)); then
	for f in "${failed[@]}"; do note "FAILED: $f"; done
	exit 1
fi
note "Nothing lost, doubled, moved or silently missing in ${PARTS// /, }; every planted bug that was tried was caught."
