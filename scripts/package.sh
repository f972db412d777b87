#!/usr/bin/env bash
# make package: what a release consists of, below build/package:
#
#   hearth-VERSION-linux-ARCH.tar.xz          the app, with an installer
#   hearth_VERSION_ARCH.deb                   the app, for Debian and Ubuntu
#   hearth-server-VERSION-OS-ARCH.tar.gz|zip  hearth-server and hearth-cli, static
#   SHA256SUMS
#
# The same commit gives the same bytes: paths are trimmed, times are those of
# the commit, entries are sorted and owned by root.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin build package
umask 022
version=$(version)
id=$(sed -n 's/^ *ID *= *"\(.*\)"/\1/p' FyneApp.toml)
arch=$(dpkg --print-architecture)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C
out=$ROOT/build/package
rm -rf "$out" && mkdir -p "$out"
work=$(mktemp -d "${TMPDIR:-/tmp}/hearth-package.XXXXXX")
trap 'rm -rf "$work"' EXIT

# stamp FOLDER sets all times below it to the commit's.
stamp() { find "$1" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +; }

# archive FOLDER FILE packs work/FOLDER repeatably.
archive() {
	stamp "$work/$1"
	case $2 in
	*.zip) (cd "$work" && find "$1" -type f | sort | zip -q -X -9 "$out/$2" -@) ;;
	*.tar.gz) tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner -cf - "$1" | gzip -9n >"$out/$2" ;;
	*.tar.xz) tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner -cf - "$1" | xz -6 -T1 >"$out/$2" ;;
	esac
	note "build/package/$2"
}

# Release builds drop the symbol table, and the toolkit's check of which
# goroutine calls it, which is there to find our mistakes in development.
release() { go build -trimpath -buildvcs=false -ldflags "$(ld_flags -s -w -buildid=)" "$@"; }

# licences PACKAGE… prints the licences of all that is linked into them, and of the
# data in our tree that is not ours.
licences() {
	local module dir file
	printf 'Hearth is under the Apache License 2.0. It contains the following parts.\n'
	{
		printf 'Go %s\n' "$(go env GOROOT)"
		go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}}@{{.Version}} {{.Dir}}{{end}}{{end}}' "$@" | sort -u
	} | while read -r module dir; do
		if [[ -z $dir ]]; then continue; fi
		printf '\n\n==== %s\n\n' "$module"
		find "$dir" -maxdepth 1 -type f \( -iname 'licen[cs]e*' -o -iname 'copying*' -o -iname 'notice*' \) | sort >"$work/files"
		if [[ ! -s $work/files ]]; then fail "$module comes without a licence file."; fi
		while read -r file; do cat "$file"; done <"$work/files"
	done
	go list -deps -f '{{.Dir}}' "$@" | sed -n "s|^$ROOT/||p" | sort -u | while read -r dir; do
		if [[ ! -f $dir/LICENSE ]]; then continue; fi
		printf '\n\n==== data in %s\n\n' "$dir"
		cat "$dir/LICENSE"
	done
}
licences ./cmd/server ./cmd/cli >"$work/licences-server"
licences ./cmd/client >"$work/licences-client"

say "server and command line"
for target in linux/amd64 linux/arm64 windows/amd64 darwin/amd64 darwin/arm64; do
	os=${target%/*} cpu=${target#*/}
	name=hearth-server-$version-$os-$cpu
	mkdir -p "$work/$name"
	suffix='' ending=tar.gz
	if [[ $os == windows ]]; then suffix=.exe ending=zip; fi
	CGO_ENABLED=0 GOOS=$os GOARCH=$cpu release -o "$work/$name/hearth-server$suffix" ./cmd/server
	CGO_ENABLED=0 GOOS=$os GOARCH=$cpu release -o "$work/$name/hearth-cli$suffix" ./cmd/cli
	cp LICENSE CHANGELOG.md "$work/$name/"
	cp "$work/licences-server" "$work/$name/LICENSES-OF-PARTS"
	if [[ $os == linux ]]; then cp packaging/hearth-server.service "$work/$name/"; fi
	archive "$name" "$name.$ending"
done

say "app"
# usr is laid out once and serves both the archive and the .deb.
usr=$work/usr
install -d "$usr/bin" "$usr/share/applications" "$usr/share/metainfo" "$usr/share/icons/hicolor/scalable/apps"
CGO_ENABLED=1 release -tags "migrated_fynedo,$CLIENT_TAGS" -o "$usr/bin/hearth" ./cmd/client
install -m 644 "packaging/$id.desktop" "$usr/share/applications/"
sed -e "s/@VERSION@/$version/" -e "s/@DATE@/$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)/" \
	"packaging/$id.metainfo.xml" >"$usr/share/metainfo/$id.metainfo.xml"
install -m 644 assets/icon/hearth.svg "$usr/share/icons/hicolor/scalable/apps/$id.svg"
for picture in assets/icon/hearth-*.png; do
	size=${picture##*-} size=${size%.png}
	install -D -m 644 "$picture" "$usr/share/icons/hicolor/${size}x$size/apps/$id.png"
done
desktop-file-validate "$usr/share/applications/$id.desktop"
appstreamcli validate --no-net "$usr/share/metainfo/$id.metainfo.xml"

name=hearth-$version-linux-$(go env GOARCH)
mkdir -p "$work/$name"
cp -a "$usr" "$work/$name/usr"
cp LICENSE CHANGELOG.md "$work/$name/"
cp "$work/licences-client" "$work/$name/LICENSES-OF-PARTS"
install -m 755 packaging/install.sh "$work/$name/install.sh"
archive "$name" "$name.tar.xz"

deb=$work/deb
mkdir -p "$deb/DEBIAN" "$deb/usr/share/doc/hearth"
cp -a "$usr/." "$deb/usr/"
install -m 644 packaging/copyright "$deb/usr/share/doc/hearth/copyright"
gzip -9nc "$work/licences-client" >"$deb/usr/share/doc/hearth/LICENSES-OF-PARTS.gz"
sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$arch/" -e "s/@SIZE@/$(du -sk --apparent-size "$deb/usr" | cut -f 1)/" packaging/control >"$deb/DEBIAN/control"
(cd "$deb" && find usr -type f | sort | xargs md5sum) >"$deb/DEBIAN/md5sums"
stamp "$deb"
dpkg-deb --root-owner-group -Zxz -z6 --build "$deb" "$out/hearth_${version}_$arch.deb" >/dev/null
note "build/package/hearth_${version}_$arch.deb"

(cd "$out" && sha256sum -- * | sort -k 2 >SHA256SUMS.new && mv SHA256SUMS.new SHA256SUMS)
say "build/package/SHA256SUMS"
cat "$out/SHA256SUMS"
