//go:build !linux

package host

import "testing"

// smallDisk would mount a disk of so many bytes.
func smallDisk(t *testing.T, _ int, _ bool) string {
	t.Skip("no small disk on this system")
	return ""
}
