#!/usr/bin/env bash
# icons.sh: renders assets/icon/hearth.svg to the PNG files beside it, which
# are committed. Needed only after the drawing changed (rsvg-convert, from
# Debian's librsvg2-bin).
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

have rsvg-convert || fail "icons.sh needs rsvg-convert (Debian and Ubuntu: apt-get install librsvg2-bin)."
for size in 16 24 32 48 64 128 256 512; do
	drawing=$(<assets/icon/hearth.svg)
	# Small pictures cannot afford the margin around the tile.
	if ((size <= 32)); then drawing=${drawing/viewBox=\"0 0 512 512\"/viewBox=\"16 16 480 480\"}; fi
	rsvg-convert -w "$size" -h "$size" -o "assets/icon/hearth-$size.png" <<<"$drawing"
done
