#!/usr/bin/env bash
# make run: install what is missing, build the client, open it.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [[ $(uname -s) == Linux && -z ${DISPLAY:-} && -z ${WAYLAND_DISPLAY:-} ]]; then
	# Make sure that what the message proposes can really be typed next.
	how=
	if ! have xvfb-run && ! scripts/setup.sh display; then
		how='
after installing xvfb-run (packages xvfb and xauth on Debian and Ubuntu)'
	fi
	fail "There is no display: neither DISPLAY nor WAYLAND_DISPLAY is set, so no window can open here.
On a machine without a screen, use a virtual one$how:

    xvfb-run make run"
fi

begin build
if [[ ! -x $BIN/hearth$EXE ]]; then note "Building Hearth. The first time takes some minutes: the window toolkit has large C parts."; fi
build_client
exec "$BIN/hearth$EXE" "$@"
