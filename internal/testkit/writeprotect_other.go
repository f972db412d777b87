//go:build !linux

package testkit

import "testing"

func mountProtectable(t testing.TB, _ string) func(bool) {
	t.Helper()
	t.Skip("root may write to any file here")
	return nil
}
