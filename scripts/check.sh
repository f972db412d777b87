#!/usr/bin/env bash
# make check: what to run before every commit. Nothing here needs a display,
# and only the race detector needs C.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin build
export CGO_ENABLED=0
headless=$(packages_headless)

say format
formatted

say vet
# shellcheck disable=SC2086
go vet $headless

say lint
# shellcheck disable=SC2086
tool staticcheck -tests $headless

say layers
go test -count=1 ./internal/layers/

in_memory
trap on_disk EXIT

say "unit tests"
# shellcheck disable=SC2086
go test -short $headless # the long ones run in make test

say "race detector"
# The rest of the tree runs under it in make test.
small=$(packages_plain | grep -E '/(chat|internal/[a-z]+|net/[a-z]+|app)$')
# shellcheck disable=SC2086
CGO_ENABLED=1 GORACE=atexit_sleep_ms=20 go test -race -short $small

say "other systems"
for target in windows/amd64 darwin/arm64; do
	for program in cmd/server cmd/cli; do
		if [[ ! -d $program ]]; then
			note "absent: $program"
			continue
		fi
		GOOS=${target%/*} GOARCH=${target#*/} go build -trimpath -o /dev/null "./$program"
		note "$program compiles for $target"
	done
done

say "all good ($SECONDS s)"
