package host

import (
	"testing"

	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/server"
)

// TestFit: whatever is asked for and allowed, connections and strangers together leave
// the reserve, and what fits is left as it is.
func TestFit(t *testing.T) {
	for descriptors, want := range map[uint64][2]int{
		1 << 20: {10_000, 1_000}, 65_536: {10_000, 1_000}, 16_024: {10_000, 1_000}, 4096: {2152, 358}, 1024: {540, 89}, 128: {40, 6},
	} {
		l, asked := fit(chat.DefaultLimits(), descriptors)
		if got := [2]int{l.Connections, l.Unauthenticated}; got != want || asked != (want[0] == 10_000) {
			t.Errorf("%d descriptors: %v, want %v (as asked: %v)", descriptors, got, want, asked)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		descriptors := rapid.Uint64Range(fewestDescriptors, 1<<40).Draw(t, "descriptors")
		l := chat.DefaultLimits()
		l.Connections = rapid.IntRange(1, 1<<30).Draw(t, "connections")
		l.Unauthenticated = rapid.IntRange(1, 1<<30).Draw(t, "unauthenticated")
		got, asked := fit(l, descriptors)
		if err := got.Validate(); err != nil {
			t.Fatal(err)
		}
		sum := uint64(got.Connections + server.SilentShare*got.Unauthenticated)
		if sum+reserved(descriptors) > descriptors || got.Connections > l.Connections || got.Unauthenticated > l.Unauthenticated || asked != (got == l) {
			t.Fatalf("%d and %d of %d descriptors, %v", got.Connections, got.Unauthenticated, descriptors, asked)
		}
	})
}
