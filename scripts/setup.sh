#!/usr/bin/env bash
# Makes sure that this machine has what the named profiles need:
#
#   go        the Go toolchain alone
#   build     go, plus a C compiler and the headers of the window toolkit
#   display   a virtual display (xvfb-run), for machines without a screen
#   keyring   a session bus and a real keyring service, for tests
#   window    display, keyring, a window manager and tools that drive a window
#   package   tools that check packages
#
# On Debian and Ubuntu, and systems made from them, missing packages are
# installed (sudo asks for a password if you are not root). Elsewhere the
# script names what to install and exits with 1. When nothing is missing it
# only looks, which takes a few milliseconds, and never asks anything.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PROFILES="go build display keyring window package"

# packages_of PROFILE: Debian's packages. "a|b" is satisfied by any of them; the
# first is installed. (No associative array: macOS still has bash 3.)
packages_of() {
	case $1 in
	go) echo 'ca-certificates' ;;
	build) echo 'ca-certificates gcc libc6-dev pkg-config libgl1-mesa-dev libegl-dev libx11-dev libxcursor-dev
		libxrandr-dev libxinerama-dev libxi-dev libxxf86vm-dev libwayland-dev libxkbcommon-dev libgl1-mesa-dri
		fonts-noto-cjk|fonts-wqy-microhei|fonts-wqy-zenhei|fonts-droid-fallback|fonts-arphic-uming' ;;
	display) echo 'xvfb xauth' ;;
	keyring) echo 'dbus gnome-keyring' ;;
	window) echo 'xvfb xauth dbus gnome-keyring openbox xdotool xclip x11-utils imagemagick libegl1 fonts-noto-cjk' ;;
	package) echo 'dpkg xz-utils zip desktop-file-utils appstream' ;;
	esac
}

is_debian() {
	have apt-get && have dpkg-query && [[ -r /etc/os-release ]] &&
		(. /etc/os-release && [[ " ${ID:-} ${ID_LIKE:-} " == *\ debian\ * || " ${ID:-} ${ID_LIKE:-} " == *\ ubuntu\ * ]])
}

# missing_packages PROFILE… prints the packages to install.
missing_packages() {
	local profile wanted installed choice one
	installed=" $(dpkg-query -W -f='${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | tr '\n' ' ') "
	for profile in "$@"; do
		for wanted in $(packages_of "$profile"); do
			choice=
			for one in ${wanted//|/ }; do
				if [[ $installed == *" $one "* ]]; then choice=$one; fi
			done
			if [[ -z $choice ]]; then printf '%s\n' "${wanted%%|*}"; fi
		done
	done | sort -u
}

# can_be_root: already, or through sudo, which may ask only where somebody can answer.
can_be_root() { [[ $(id -u) == 0 ]] || { have sudo && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; }; }

as_root() { if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi; }

APT_UPDATED=
apt_update() {
	if [[ -n $APT_UPDATED ]]; then return; fi
	as_root apt-get update -q
	APT_UPDATED=yes
}

apt_install() {
	if ! can_be_root; then
		fail "Packages are missing, and installing them needs the administrator. Please run, as root:

    apt-get update && apt-get install -y --no-install-recommends $*

and then the same make command again."
	fi
	say "Installing: $*"
	apt_update
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

# newest_go [apt options…] prints the newest golang-1.N-go package that can
# fetch newer toolchains by itself, or nothing.
newest_go() {
	apt-cache "$@" search --names-only '^golang-1\.[0-9]+-go$' 2>/dev/null | awk '{ print $1 }' | sort -V | tail -n 1 |
		while read -r name; do
			version=${name#golang-}
			if at_least "${version%-go}" "$GO_SWITCHES"; then printf '%s\n' "$name"; fi
		done
}

# unpack_backported_go serves a Debian whose own Go is too old (12 has 1.19):
# its backports, which this machine's apt sources do not name, have a newer
# one. The mirror, suite and key are read off those sources; the packages are
# checked by apt against that key and unpacked under the person's own cache
# folder. Neither the sources nor the system are changed, and no root is needed.
unpack_backported_go() {
	local codename work line package
	codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
	line=$(apt-get indextargets --format '$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(SIGNED_BY)' 'Created-By: Packages' |
		awk -F '|' -v suite="$codename" '$2 == suite && $3 == "main" { print; exit }')
	if [[ -z $codename || -z $line ]]; then return 1; fi
	IFS='|' read -r uri _ _ key <<<"$line"

	work=$GO_PRIVATE/apt
	rm -rf "$work" && mkdir -p "$work"/{sources,lists/partial,cache/archives/partial,deb}
	{
		printf 'Types: deb\nURIs: %s\nSuites: %s-backports\nComponents: main\n' "$uri" "$codename"
		if [[ $key == /* ]]; then printf 'Signed-By: %s\n' "$key"; fi
	} >"$work/sources/backports.sources"
	local apt=(-q -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/sources"
		-o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=)
	say "Go: this Debian's own is too old; taking the one of its backports (unpacked in $GO_PRIVATE)"
	apt-get "${apt[@]}" update || return 1
	package=$(newest_go "${apt[@]}")
	if [[ -z $package ]]; then return 1; fi
	(cd "$work/deb" && apt-get "${apt[@]}" download "$package" "${package%-go}-src") || return 1
	rm -rf "$GO_PRIVATE/go" && mkdir -p "$GO_PRIVATE/go"
	local file
	for file in "$work"/deb/*.deb; do dpkg-deb -x "$file" "$GO_PRIVATE/go" || return 1; done
	rm -rf "$work"
}

# setup_debian installs what is missing, in one go.
setup_debian() {
	local missing package go=
	mapfile -t missing < <(missing_packages "$@")
	case " $* " in *\ go\ * | *\ build\ *) go=yes ;; esac
	if [[ -n $go ]] && ! use_go; then
		if can_be_root; then apt_update; fi
		package=$(newest_go)
		if [[ -n $package ]]; then missing+=("$package"); fi
	fi
	if ((${#missing[@]})); then apt_install "${missing[@]}"; fi
	if [[ -n $go ]] && ! use_go; then
		unpack_backported_go || true
		use_go || fail "Go $GO_NEED or newer is needed, and this system offers none that can fetch it.
Install Go from https://go.dev/dl/ and run the same command again."
	fi
}

# The same needs on systems whose package manager we do not drive.
pkgconfig_missing() {
	if ! have pkg-config; then
		printf 'pkg-config '
		return
	fi
	local module
	for module in gl egl x11 xcursor xrandr xinerama xi xxf86vm wayland-client wayland-cursor wayland-egl xkbcommon; do
		if ! pkg-config --exists "$module"; then printf '%s ' "$module"; fi
	done
}

other_linux() {
	local profile missing= tool
	if ! use_go; then missing+="Go $GO_NEED or newer (https://go.dev/dl/); "; fi
	for profile in "$@"; do
		case $profile in
		build)
			if ! have gcc; then missing+='gcc; '; fi
			local libraries
			libraries=$(pkgconfig_missing)
			if [[ -n $libraries ]]; then missing+="development files of: $libraries; "; fi
			;;
		display) if ! have xvfb-run; then missing+='xvfb-run; '; fi ;;
		keyring) for tool in dbus-run-session gnome-keyring-daemon; do if ! have $tool; then missing+="$tool; "; fi; done ;;
		window) for tool in Xvfb openbox xdotool xclip xprop import dbus-run-session gnome-keyring-daemon; do
			if ! have $tool; then missing+="$tool; "; fi
		done ;;
		package) for tool in dpkg-deb xz zip desktop-file-validate appstreamcli; do
			if ! have $tool; then missing+="$tool; "; fi
		done ;;
		esac
	done
	if [[ -z $missing ]]; then return; fi
	local command=''
	if have dnf; then
		command='sudo dnf install golang gcc pkgconf-pkg-config mesa-libGL-devel mesa-libEGL-devel libX11-devel libXcursor-devel libXrandr-devel libXinerama-devel libXi-devel libXxf86vm-devel wayland-devel libxkbcommon-devel'
	elif have pacman; then
		command='sudo pacman -S --needed go gcc pkgconf libglvnd mesa libx11 libxcursor libxrandr libxinerama libxi libxxf86vm wayland libxkbcommon'
	elif have zypper; then
		command='sudo zypper install go gcc pkgconf Mesa-libGL-devel Mesa-libEGL-devel libX11-devel libXcursor-devel libXrandr-devel libXinerama-devel libXi-devel libXxf86vm-devel wayland-devel libxkbcommon-devel'
	elif have apk; then
		command='sudo apk add go gcc musl-dev pkgconf mesa-dev libx11-dev libxcursor-dev libxrandr-dev libxinerama-dev libxi-dev libxxf86vm-dev wayland-dev libxkbcommon-dev'
	fi
	fail "Missing on this system: ${missing%; }
Only Debian and Ubuntu are set up by themselves.${command:+ To build here, run:

    $command
}
Then run the same make command again."
}

other_unix() {
	local missing=''
	if ! use_go; then missing+="
  - Go $GO_NEED or newer: https://go.dev/dl/"; fi
	case $(uname -s) in
	Darwin)
		if ! xcode-select -p >/dev/null 2>&1; then missing+="
  - the Xcode Command Line Tools: xcode-select --install"; fi
		;;
	MINGW* | MSYS* | CYGWIN*)
		if ! have gcc; then missing+="
  - a C compiler: MSYS2 with the package mingw-w64-x86_64-gcc, its bin folder in PATH"; fi
		;;
	*)
		if ! have cc; then missing+="
  - a C compiler and the development files of OpenGL and X11"; fi
		;;
	esac
	if [[ -n $missing ]]; then fail "Please install first:$missing"; fi
	case " $* " in *\ window\ * | *\ keyring\ * | *\ package\ *)
		fail "The tests with a real window and a real keyring, and the packages, are made on Debian or Ubuntu (a container will do)."
		;;
	esac
}

main() {
	if [[ $# == 0 ]]; then set -- build; fi
	local profile
	for profile in "$@"; do
		if [[ -z $(packages_of "$profile") ]]; then fail "setup.sh: no profile is called '$profile' (there are: $PROFILES)."; fi
	done
	if is_debian; then
		setup_debian "$@"
	elif [[ $(uname -s) == Linux ]]; then
		other_linux "$@"
	else
		other_unix "$@"
	fi
}

main "$@"
