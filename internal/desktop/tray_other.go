//go:build windows || darwin

package desktop

import "context"

// MayHaveTray reports whether it makes sense to offer an icon.
func MayHaveTray() bool { return true }

// HasTray reports whether the desktop shows icons of programs at present.
func HasTray(context.Context) bool { return true }
