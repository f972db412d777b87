//go:build !windows && !darwin

package desktop

import (
	"context"
	"os"
	"path/filepath"

	"github.com/godbus/dbus/v5"
)

// MayHaveTray reports whether it makes sense to offer an icon: there is a bus on
// which a tray may appear, now or later.
func MayHaveTray() bool {
	if address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" {
		return address != "autolaunch:" && address != "disabled:"
	}
	_, err := os.Stat(filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus"))
	return os.Getenv("XDG_RUNTIME_DIR") != "" && err == nil
}

// HasTray reports whether the desktop shows icons of programs at present. It may
// take some seconds; ask off the goroutine that draws.
func HasTray(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, callPatience)
	defer cancel()
	conn, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	if err != nil {
		return false
	}
	defer conn.Close() // only asked
	if conn.Auth(nil) != nil || conn.Hello() != nil {
		return false
	}
	var there bool
	err = conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, "org.kde.StatusNotifierWatcher").Store(&there)
	return err == nil && there
}
