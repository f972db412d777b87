#!/usr/bin/env bash
# with-keyring.sh COMMAND…: runs it beside a real, unlocked keyring service on
# a session bus of its own, which starts no services, with a home of its own that is removed afterwards.
# Nothing of the person's keyring or settings is seen or touched.
#
# The command finds in its environment:
#   HOME, XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_CACHE_HOME, XDG_RUNTIME_DIR   private and empty
#   DBUS_SESSION_BUS_ADDRESS                                                the private bus
#   HEARTH_KEYRING_PASSWORD                                                 what unlocks the keyring
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [[ ${1:-} == --inside ]]; then
	shift
	# The unlock call returns before the service is on the bus.
	printf %s "$HEARTH_KEYRING_PASSWORD" | gnome-keyring-daemon --unlock --components=secrets >/dev/null
	for _ in $(seq 600); do
		if dbus-send --session --print-reply --dest=org.freedesktop.DBus /org/freedesktop/DBus \
			org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets 2>/dev/null | grep -q 'boolean true'; then
			exec "$@"
		fi
		sleep 0.1
	done
	fail "The keyring service did not come up within a minute."
fi

# Go keeps its caches under the real home.
if use_go; then
	GOCACHE=$(go env GOCACHE) GOMODCACHE=$(go env GOMODCACHE) GOPATH=$(go env GOPATH) GOENV=$(go env GOENV)
	export GOCACHE GOMODCACHE GOPATH GOENV
fi

private=$(mktemp -d "${TMPDIR:-/tmp}/hearth-home.XXXXXX")
trap 'rm -rf "$private"' EXIT
mkdir -m 700 "$private"/{home,config,data,cache,run}
export HOME=$private/home XDG_CONFIG_HOME=$private/config XDG_DATA_HOME=$private/data
export XDG_CACHE_HOME=$private/cache XDG_RUNTIME_DIR=$private/run
export HEARTH_KEYRING_PASSWORD=only-for-tests
unset DBUS_SESSION_BUS_ADDRESS GNOME_KEYRING_CONTROL

# The bus starts nothing by itself: what the machine has for notifications or dialogs
# is not ours to show them on.
cat >"$private/bus.conf" <<'EOF'
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
EOF

dbus-run-session --config-file="$private/bus.conf" -- "$ROOT/scripts/with-keyring.sh" --inside "$@"
