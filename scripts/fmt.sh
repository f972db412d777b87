#!/usr/bin/env bash
# make fmt: the house format, which is gofumpt's.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin go
# One change of the formatter can make room for the next; three passes settle.
for _ in 1 2 3; do
	changed=$(go tool -modfile=tools/go.mod gofumpt -l -w .)
	if [[ -z $changed ]]; then break; fi
	printf '%s\n' "$changed"
done
