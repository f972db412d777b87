# Shared by every script here: where we are, which Go, which flags, how to speak.
# Source it; it changes to the repository's root.
# shellcheck shell=bash

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ROOT=$PWD

say() { printf '\n== %s\n' "$*"; }
note() { printf '%s\n' "$*"; }
fail() {
	printf '\n%s\n' "$*" >&2
	exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# tool NAME ARGUMENTS…: one of the programs that tools/go.mod pins.
tool() { go tool -modfile=tools/go.mod "$@"; }

# formatted fails if a file is not in the house format.
formatted() {
	local files
	files=$(tool gofumpt -l .)
	if [[ -n $files ]]; then fail "Not in the house format (run: make fmt):
$files"; fi
}

# at_least A B: version A is not older than version B.
at_least() { [[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" == "$2" ]]; }

# The Go version our code is written for, and the oldest Go that can fetch that
# one by itself (toolchain switching came with 1.21).
GO_NEED=$(awk '$1 == "go" { print $2; exit }' go.mod)
GO_SWITCHES=1.21

# A Go that setup.sh unpacked for us lives here, outside the work tree so that
# `make clean` and fresh clones keep it.
GO_PRIVATE=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/hearth-build

# go_version FILE prints that command's own version ("1.26.8"), or nothing.
# It is asked outside the module, where an old Go answers instead of refusing.
go_version() {
	(cd / && GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) | sed -n 's/^go\([0-9][0-9.]*\).*/\1/p'
}

# go_candidates lists the Go commands of this machine, the person's own first.
go_candidates() {
	command -v go || true
	local file
	for file in /usr/local/go/bin/go "$GO_PRIVATE"/go/usr/lib/go-*/bin/go /usr/lib/go-*/bin/go "${HOME:-/root}"/sdk/go*/bin/go; do
		if [[ -x $file ]]; then printf '%s\n' "$file"; fi
	done
}

# use_go puts a Go that can build us first in PATH: one that is new enough, or
# one that will fetch the version go.mod names through Go's own mechanism.
use_go() {
	local file version best='' best_version=0
	while read -r file; do
		version=$(go_version "$file")
		if [[ -z $version ]]; then continue; fi
		if at_least "$version" "$GO_NEED"; then
			best=$file best_version=$version
			break
		fi
		if at_least "$version" "$GO_SWITCHES" && ! at_least "$best_version" "$version"; then
			best=$file best_version=$version
		fi
	done < <(go_candidates)
	if [[ -z $best ]]; then return 1; fi
	PATH=$(dirname "$best"):$PATH
	export PATH
	if ! at_least "$best_version" "$GO_NEED"; then
		# A distribution may ship "local" as default; our go.mod decides.
		export GOTOOLCHAIN=auto
	fi
}

# begin PROFILE…: what a script needs (see setup.sh), then Go.
begin() {
	scripts/setup.sh "$@"
	use_go || fail "No usable Go was found although setup passed. Please report this."
}

# The programs and where they go. The client is the only one that needs C.
BIN=$ROOT/build/bin
EXE=
if [[ ${OS:-} == Windows_NT ]]; then EXE=.exe; fi

# revision prints the commit we are at, with "+changes" if files differ from it.
revision() {
	local rev
	rev=$(git -C "$ROOT" rev-parse --short=12 HEAD 2>/dev/null) || return 0
	if [[ -n $(git -C "$ROOT" status --porcelain --untracked-files=no 2>/dev/null) ]]; then rev+=+changes; fi
	printf '%s' "$rev"
}

version() { sed -n 's/^ *Version *= *"\(.*\)"/\1/p' FyneApp.toml; }

# ld_flags EXTRA…: flags for the linker, the same for all three programs.
ld_flags() { printf '%s' "-X hearth/internal/version.revision=$(revision) $*"; }

# build_program NAME PACKAGE [go build arguments…]
# The revision is ours to set, so Go need not ask git, which refuses in a folder
# owned by somebody else. -trimpath everywhere: builds are repeatable, and changing it would
# compile the C parts of the window toolkit (minutes) a second time.
build_program() {
	local name=$1 package=$2
	shift 2
	go build -trimpath -buildvcs=false -ldflags "$(ld_flags)" -o "$BIN/$name$EXE" "$@" "$package"
}

# The toolkit speaks to screen readers on Windows and macOS only with this tag.
CLIENT_TAGS=accessibility
build_client() { CGO_ENABLED=1 build_program hearth ./cmd/client -tags "$CLIENT_TAGS"; }
build_server() { CGO_ENABLED=0 build_program hearth-server ./cmd/server; }
build_cli() { CGO_ENABLED=0 build_program hearth-cli ./cmd/cli; }

# The packages of the module by what they need. Assign the result to a variable
# before using it, so that a failure of `go list` ends the script.
#   packages_headless   neither C nor a display
#   packages_windowed   the rest: what links the window toolkit's driver
#   packages_plain      no part of the toolkit at all
_packages() {
	CGO_ENABLED=1 go list -f '{{.ImportPath}}{{range .Deps}} {{.}}{{end}}{{range .TestImports}} {{.}}{{end}}{{range .XTestImports}} {{.}}{{end}}' ./... |
		awk -v part="$1" -v with="$2" '{
			found = 0
			for (i = 2; i <= NF; i++) if (index($i, part) == 1) found = 1
			if (found == with) print $1
		}'
}
packages_headless() { _packages github.com/go-gl/glfw 0; }
packages_windowed() { _packages github.com/go-gl/glfw 1; }
packages_plain() { _packages fyne.io/ 0; }

# in_memory has tests keep their files in memory, if there is a file system in it with
# room, until on_disk. Databases wait for their disk thousands of times otherwise. The
# compiler's files stay where they were. The name is always the same for one work tree:
# Go remembers the results of tests by it.
MEMORY=
in_memory() {
	local room folder
	room=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1) || return 0
	if [[ -n ${HEARTH_TEST_ON_DISK:-} || ! -w /dev/shm ]] || ((${room:-0} < 2 << 20)) || no_programs; then return 0; fi
	folder=/dev/shm/hearth-test-$(id -u)-$(cksum <<<"$ROOT" | cut -d ' ' -f 1)
	rm -rf "$folder"
	mkdir -m 700 "$folder" || return 0
	MEMORY=$folder OUTSIDE=${TMPDIR:-}
	export GOTMPDIR=${GOTMPDIR:-${TMPDIR:-/tmp}} TMPDIR=$MEMORY
}

# no_programs: none can be started from there, and some tests copy themselves.
no_programs() { awk '$2 == "/dev/shm" && $4 ~ /noexec/ { found = 1 } END { exit !found }' /proc/mounts; }

on_disk() {
	if [[ -z $MEMORY ]]; then return 0; fi
	rm -rf "$MEMORY"
	MEMORY=
	export TMPDIR=$OUTSIDE
	if [[ -z $OUTSIDE ]]; then unset TMPDIR; fi
}
