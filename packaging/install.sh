#!/bin/sh
# Installs Hearth for everybody (as root, below /usr/local) or for you alone
# (below ~/.local). "install.sh --remove" takes it away again.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ "$(id -u)" = 0 ]; then to=/usr/local; else to=${HOME}/.local; fi

cd "$here/usr"
find . -type f | while read -r file; do
	if [ "${1:-}" = --remove ]; then
		rm -f "$to/$file"
	else
		mode=644
		if [ -x "$file" ]; then mode=755; fi
		install -D -m "$mode" "$file" "$to/$file"
	fi
done
if command -v update-desktop-database >/dev/null 2>&1; then
	update-desktop-database "$to/share/applications" 2>/dev/null || true
fi
if [ "${1:-}" = --remove ]; then echo "Hearth was removed from $to."; else echo "Hearth is installed: $to/bin/hearth"; fi
