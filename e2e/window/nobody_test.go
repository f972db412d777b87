//go:build window

package window

import (
	"testing"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// TestNobodyHasTheKeyboard: what all other tests rely on. A window that comes has the
// keyboard; when it goes, nobody has it, and not the window that had it before.
func TestNobodyHasTheKeyboard(t *testing.T) {
	aside(t)
	first, _ := stranger(t)
	aside(t)
	second, end := stranger(t)
	end()
	until(t, "the keyboard is left to nobody", patience, func() bool { return active() != second })
	if none, err := nobody(); err != nil || active() != none {
		t.Errorf("after the second window %d has the keyboard, not %d (the first is %d, %v)", active(), none, first, err)
	}
	activate(t, first, "the first")
	aside(t)
	if none, err := nobody(); err != nil || active() != none {
		t.Errorf("%d has the keyboard, %v", active(), err)
	}
}

// stranger is a window that has just got the keyboard, with what ends it like a program
// that is killed.
func stranger(t *testing.T) (win xproto.Window, end func()) {
	t.Helper()
	x, err := xgb.NewConn()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Close)
	if win, err = xproto.NewWindowId(x); err != nil {
		t.Fatal(err)
	}
	s := xproto.Setup(x).DefaultScreen(x)
	if err := xproto.CreateWindowChecked(x, s.RootDepth, win, s.Root, 0, 0, 300, 200, 0,
		xproto.WindowClassInputOutput, s.RootVisual, 0, nil).Check(); err != nil {
		t.Fatal(err)
	}
	if err := xproto.MapWindowChecked(x, win).Check(); err != nil {
		t.Fatal(err)
	}
	until(t, "the new window has the keyboard", patience, func() bool { return active() == win })
	return win, x.Close
}
