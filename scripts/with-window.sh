#!/usr/bin/env bash
# with-window.sh COMMAND…: runs it on a virtual screen of its own with a window
# manager, and (through with-keyring.sh) beside a real keyring.
#
# Besides what with-keyring.sh gives, the command finds:
#   DISPLAY      the virtual screen, 1400 x 1000
#   FYNE_SCALE   1, so that a pixel is a pixel
#   LANG         an English locale; LC_CTYPE is UTF-8, so that every letter can be typed
#
# What screen and manager say is kept in HEARTH_SCREEN_LOGS (build/logs).
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

logs=${HEARTH_SCREEN_LOGS:-$ROOT/build/logs}
mkdir -p "$logs"
number=$(mktemp "${TMPDIR:-/tmp}/hearth-display.XXXXXX")
# Without -noreset the screen begins anew when the last program leaves it, and turns away who
# comes at that moment.
Xvfb -noreset -displayfd 3 -screen 0 1400x1000x24 -dpi 96 +extension GLX -nolisten tcp 3>"$number" >"$logs/xvfb.log" 2>&1 &
xvfb=$!
openbox=
cleanup() {
	if [[ -n $openbox ]]; then kill "$openbox" 2>/dev/null || true; fi
	kill "$xvfb" 2>/dev/null || true
	wait 2>/dev/null || true
	rm -f "$number"
}
trap cleanup EXIT
for _ in $(seq 600); do
	if [[ -s $number ]]; then break; fi
	if ! kill -0 "$xvfb" 2>/dev/null; then fail "Xvfb did not start: see $logs/xvfb.log"; fi
	sleep 0.1
done
if [[ ! -s $number ]]; then fail "Xvfb gave no display number within a minute: see $logs/xvfb.log"; fi
DISPLAY=:$(<"$number")
export DISPLAY FYNE_SCALE=1 LANG=en_GB.UTF-8 LC_CTYPE=C.UTF-8 LIBGL_ALWAYS_SOFTWARE=1
unset WAYLAND_DISPLAY LC_ALL LANGUAGE XAUTHORITY
openbox >"$logs/openbox.log" 2>&1 &
openbox=$!
# A window that comes before its manager does not get the keyboard.
for _ in $(seq 600); do
	if xprop -root _NET_SUPPORTING_WM_CHECK 2>/dev/null | grep -q 'window id'; then break; fi
	if ! kill -0 "$openbox" 2>/dev/null; then fail "openbox did not start: see $logs/openbox.log"; fi
	sleep 0.1
done
if ! xprop -root _NET_SUPPORTING_WM_CHECK | grep -q 'window id'; then fail "openbox did not come up within a minute: see $logs/openbox.log"; fi

scripts/with-keyring.sh "$@"
