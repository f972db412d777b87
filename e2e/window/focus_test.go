//go:build window

package window

import (
	"sync"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Who has the keyboard decides what is read, so it must never depend on who is faster.
// A window manager gives it by itself to what had it last when a window goes; that is
// the window called nobody, because every window of a client gets the keyboard from it.

// nobody is a window of the tests' own, a point in the last corner of the screen, that
// does nothing with the keyboard.
var nobody = sync.OnceValues(func() (xproto.Window, error) {
	x, err := screen()
	if err != nil {
		return 0, err
	}
	id, err := xproto.NewWindowId(x)
	if err != nil {
		return 0, err
	}
	s := xproto.Setup(x).DefaultScreen(x)
	left, top := s.WidthInPixels-1, s.HeightInPixels-1
	if err := xproto.CreateWindowChecked(x, s.RootDepth, id, s.Root, int16(left), int16(top), 1, 1, 0, //nolint:gosec // within a screen
		xproto.WindowClassInputOutput, s.RootVisual, 0, nil).Check(); err != nil {
		return 0, err
	}
	const wherePerson, bareFlag = 1, 2 // a position a person has chosen; decoration is said, and is none
	for _, p := range []struct {
		name, kind string
		values     []uint32
	}{
		{"WM_NORMAL_HINTS", "WM_SIZE_HINTS", append([]uint32{wherePerson, uint32(left), uint32(top)}, make([]uint32, 15)...)},
		{"_MOTIF_WM_HINTS", "_MOTIF_WM_HINTS", []uint32{bareFlag, 0, 0, 0, 0}},
	} {
		name, err := atom(p.name)
		if err != nil {
			return 0, err
		}
		kind, err := atom(p.kind)
		if err != nil {
			return 0, err
		}
		data := make([]byte, 4*len(p.values))
		for i, v := range p.values {
			xgb.Put32(data[4*i:], v)
		}
		if err := xproto.ChangePropertyChecked(x, xproto.PropModeReplace, id, name, kind, 32, uint32(len(p.values)), data).Check(); err != nil { //nolint:gosec // a few
			return 0, err
		}
	}
	return id, xproto.MapWindowChecked(x, id).Check()
})

// aside takes the keyboard from whoever has it. A window that comes gets it, and when
// that one goes nobody has it again.
func aside(t testing.TB) {
	t.Helper()
	win, err := nobody()
	if err != nil {
		t.Fatalf("a window of nobody's: %v", err)
	}
	activate(t, win, "nobody")
}

// activate gives a window the keyboard, and waits until the window manager says so.
func activate(t testing.TB, win xproto.Window, whose string) {
	t.Helper()
	const again = 2 * time.Second // a window manager that has just begun may have missed it
	var asked time.Time
	until(t, "the keyboard for "+whose, patience, func() bool {
		if active() == win {
			return true
		}
		if time.Since(asked) > again {
			asked = time.Now()
			const byPager = 2
			tell(t, win, "_NET_ACTIVE_WINDOW", byPager, xproto.TimeCurrentTime, 0)
		}
		return false
	})
}

// active is the window that has the keyboard, as the window manager says; 0 if none has.
func active() xproto.Window {
	x, err := screen()
	if err != nil {
		return 0
	}
	name, err := atom("_NET_ACTIVE_WINDOW")
	if err != nil {
		return 0
	}
	root := xproto.Setup(x).DefaultScreen(x).Root
	if held := numbers(root, name); len(held) > 0 {
		return xproto.Window(held[0])
	}
	return 0
}

// tell asks the window manager for something about a window.
func tell(t testing.TB, win xproto.Window, what string, data ...uint32) {
	t.Helper()
	x, err := screen()
	if err != nil {
		t.Fatalf("the screen: %v", err)
	}
	kind, err := atom(what)
	if err != nil {
		t.Fatal(err)
	}
	data = append(data, make([]uint32, 5-len(data))...)
	e := xproto.ClientMessageEvent{Format: 32, Window: win, Type: kind, Data: xproto.ClientMessageDataUnionData32New(data)}
	const mask = xproto.EventMaskSubstructureRedirect | xproto.EventMaskSubstructureNotify
	root := xproto.Setup(x).DefaultScreen(x).Root
	if err := xproto.SendEventChecked(x, false, root, mask, string(e.Bytes())).Check(); err != nil {
		t.Fatal(err)
	}
}
