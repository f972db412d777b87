package chat

import (
	"testing"

	"pgregory.net/rapid"
)

func drawMarker(t *rapid.T, name string) Marker {
	return Marker{
		Read: Seq(rapid.Uint64Range(0, 6).Draw(t, name+" read")),
		Mark: Seq(rapid.Uint64Range(0, 6).Draw(t, name+" mark")),
		Rev:  rapid.Uint64Range(0, 3).Draw(t, name+" rev"),
	}
}

// TestMarkerMerge: in whatever order and however often, the result is one.
func TestMarkerMerge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawMarker(t, "a"), drawMarker(t, "b"), drawMarker(t, "c")
		if a.Merge(a) != a {
			t.Fatal("merging twice differs")
		}
		if a.Merge(b) != b.Merge(a) {
			t.Fatal("the order of two matters")
		}
		if a.Merge(b).Merge(c) != a.Merge(b.Merge(c)) {
			t.Fatal("the order of three matters")
		}
		if m := a.Merge(b); m.Read < a.Read || m.Rev < a.Rev || !m.Covers(a) || !m.Covers(b) {
			t.Fatal("something was lost")
		}
	})
}

// TestMarkerDevices: two devices read and mark as they like and hear of one another
// late, twice or out of order; in the end they and the server are equal.
func TestMarkerDevices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var devices [2]Marker
		var server Marker
		var flying []Marker // what was sent and may arrive at any time, again and again
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			d := &devices[rapid.IntRange(0, 1).Draw(t, "device")]
			before := *d
			seq := Seq(rapid.Uint64Range(1, 9).Draw(t, "seq"))
			switch rapid.SampledFrom([]string{"read", "mark", "clear", "send", "arrive", "tell"}).Draw(t, "what") {
			case "read":
				*d = d.Advance(seq)
				if d.Floor() < seq && d.Mark == 0 {
					t.Fatal("not read")
				}
			case "mark":
				*d = d.MarkUnread(seq)
				if d.Floor() >= seq {
					t.Fatal("not unread")
				}
			case "clear":
				*d = d.MarkUnread(0)
			case "send":
				flying = append(flying, *d)
			case "arrive":
				if len(flying) > 0 {
					server = server.Merge(flying[rapid.IntRange(0, len(flying)-1).Draw(t, "which")])
				}
			case "tell":
				*d = d.Merge(server)
			}
			if d.Read < before.Read || d.Rev < before.Rev {
				t.Fatal("a marker went back")
			}
		}
		for i := range devices {
			server = server.Merge(devices[i])
		}
		for i := range devices {
			if devices[i] = devices[i].Merge(server); devices[i] != server {
				t.Fatalf("device %d has %+v, the server %+v", i, devices[i], server)
			}
		}
	})
}
