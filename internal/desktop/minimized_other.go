//go:build !windows

package desktop

// Unminimize gives a window that was minimised its place back where getting the focus
// does not do that, which is on Windows only.
func Unminimize(uintptr) {}
