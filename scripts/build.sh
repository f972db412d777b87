#!/usr/bin/env bash
# make build: the three programs into build/bin.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin build
mkdir -p "$BIN"
build_server
build_cli
build_client
for program in hearth hearth-server hearth-cli; do
	printf '%-44s %s\n' "build/bin/$program" "$(LANG=en_GB.UTF-8 "$BIN/$program$EXE" --version)"
done
