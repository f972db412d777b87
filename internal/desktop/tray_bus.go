//go:build !windows && !darwin

package desktop

import (
	"context"

	"github.com/godbus/dbus/v5"
)

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
