package chat

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPlaceLink(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l PlaceLink
		copy(l.Server[:], rapid.SliceOfN(rapid.Byte(), len(l.Server), len(l.Server)).Draw(t, "server"))
		copy(l.Room[:], rapid.SliceOfN(rapid.Byte(), len(l.Room), len(l.Room)).Draw(t, "room"))
		l.Room[0] |= 1
		l.Seq = Seq(rapid.Uint64Range(1, 1<<53-1).Draw(t, "seq"))
		text := l.String()
		if got, err := ParsePlaceLink(" <" + text + ">\n"); err != nil || got != l {
			t.Fatalf("%s: %v, %v", text, got, err)
		}
		cut := text[:rapid.IntRange(0, len(text)-1).Draw(t, "cut")]
		if got, err := ParsePlaceLink(cut); err == nil {
			t.Fatalf("%s: %v", cut, got)
		}
	})
	good := PlaceLink{Room: RoomID{1}, Seq: 7}.String()
	for _, bad := range []string{"", "hearth://x/?f=1", strings.Replace(good, "/7?", "/07?", 1), strings.Replace(good, "/7?", "/+7?", 1), good + "x", "x" + good} {
		if _, err := ParsePlaceLink(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// FuzzParsePlaceLink: whatever people paste is no link, or one that means the same when
// it is written again.
func FuzzParsePlaceLink(f *testing.F) {
	good := PlaceLink{Server: ServerID{1}, Room: RoomID{2}, Seq: 3}.String()
	for _, text := range []string{good, " <" + good + ">", good + "&x=1", good[:40], "hearth:message//3?f=", "hearth:message/x/0?f=y", "HEARTH:MESSAGE/"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ParsePlaceLink(text)
		if err != nil {
			return
		}
		if l.Room.IsZero() || l.Seq == 0 {
			t.Fatalf("%q leads nowhere: %+v", text, l)
		}
		if again, err := ParsePlaceLink(l.String()); err != nil || again != l {
			t.Fatalf("%q: %+v, then %+v %v", text, l, again, err)
		}
	})
}
