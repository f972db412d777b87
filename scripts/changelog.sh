#!/usr/bin/env bash
# make changelog: prints what changelog/unreleased holds; with VERSION=x.y.z it
# moves that into CHANGELOG.md as a release of today and removes the fragments.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

version=${1:-}
shopt -s nullglob
fragments=(changelog/unreleased/*.md)
if ((${#fragments[@]} == 0)); then fail "changelog/unreleased holds no fragment."; fi

# part KIND prints the entries of one kind: the first line without "Kind: "
# becomes the item, what follows is set below it.
part() {
	local file first=yes
	for file in "${fragments[@]}"; do
		if [[ $(head -n 1 "$file") != "$1: "* ]]; then continue; fi
		if [[ -n $first ]]; then printf '### %s\n\n' "$2"; fi
		first=
		awk -v kind="$1: " 'NR == 1 { print "- " substr($0, length(kind) + 1); next } /^<!--/ { skip = 1 } !skip { print ($0 == "" ? "" : "  " $0) } /-->/ { skip = 0 }' "$file" |
			awk 'NF { while (blank-- > 0) print ""; blank = 0; print; next } { blank++ }'
		printf '\n'
	done
}

for file in "${fragments[@]}"; do
	if ! head -n 1 "$file" | grep -qE '^(Security|Breaking|New|Better|Fixed): .+'; then
		fail "$file: the first line must be Security, Breaking, New, Better or Fixed, a colon and one sentence (changelog/TEMPLATE.md)."
	fi
done

text=$(
	part Security Security
	part Breaking 'What you must do'
	part New New
	part Better Better
	part Fixed Fixed
)
if [[ -z $version ]]; then
	printf '## Unreleased\n\n%s\n' "$text"
	exit
fi

if [[ $version != "$(version)" ]]; then fail "VERSION is $version, but FyneApp.toml and internal/version say $(version)."; fi
if grep -q "^## $version " CHANGELOG.md; then fail "CHANGELOG.md already has $version."; fi
new=$(mktemp)
{
	printf '%s\n\n' "$(sed '/^## /,$d' CHANGELOG.md)"
	printf '## %s (%s)\n\n%s\n\n' "$version" "$(date -u +%F)" "$text"
	sed -n '/^## /,$p' CHANGELOG.md
} >"$new"
cat "$new" >CHANGELOG.md
rm -f "$new" "${fragments[@]}"
note "CHANGELOG.md has $version now; read it, then commit."
