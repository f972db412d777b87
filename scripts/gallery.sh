#!/usr/bin/env bash
# make gallery: every screen and state of the window, drawn without a display from
# invented data into PNG files under build/gallery, one folder for each form
# (light, dark, narrow, wide, small and large text, twice the scale, names from right to left, the three languages).
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin go
out=$ROOT/build/gallery
rm -rf "$out"
mkdir -p "$out" build/logs
export CGO_ENABLED=0 LANG=en_GB.UTF-8 HEARTH_GALLERY=$out
go test -c -trimpath -o build/gallery.test ./ui
forms=$(sed -n 's/^\t{"\([a-z-]*\)", "\(light\|dark\)".*/\1/p' ui/pictures_test.go)
# Two at a time: each form is one program that draws on one processor.
if ! (cd ui && xargs -P 2 -I {} ../build/gallery.test -test.run '^TestPictures$/^{}$') <<<"$forms" >build/logs/gallery.log 2>&1; then
	cat build/logs/gallery.log
	fail "The gallery was not drawn."
fi
rm -f build/gallery.test
for form in $forms; do
	printf '%-44s %s pictures\n' "build/gallery/$form" "$(find "$out/$form" -name '*.png' | wc -l)"
done
