//go:build windows || darwin

package desktop

import "context"

// HasTray reports whether the desktop shows icons of programs at present.
func HasTray(context.Context) bool { return true }
