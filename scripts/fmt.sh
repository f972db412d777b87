#!/usr/bin/env bash
# make fmt: the house format, which is gofumpt's.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin go
go tool -modfile=tools/go.mod gofumpt -l -w .
