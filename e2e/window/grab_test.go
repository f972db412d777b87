//go:build window

package window

import (
	"slices"
	"testing"

	"github.com/jezek/xgb/xproto"
)

// TestGrabbedAndMinimised: while another program holds pointer and keyboard, as an open
// menu or a screen lock does, the window goes on showing what comes, and takes both again
// behind it; minimised it counts what comes, and shows it when it is back.
func TestGrabbedAndMinimised(t *testing.T) {
	fresh(t)
	_, cli := group(t, "uma", "vic")
	uma := open(t, "uma")
	uma.titled("general – Big – Hearth", patience)
	uma.front()
	uma.steady(shortly)
	uma.says("before")

	release := grab(t)
	uma.steady(shortly)
	messages := area{400, 150, 700, 560}
	before := uma.part(messages)
	cli("vic", "send", "general", "while you were held")
	until(t, "the message in a window without pointer and keyboard", patience, func() bool { return uma.part(messages) != before })
	uma.picture("231-held")
	release()
	uma.says("let go")
	until(t, "what was typed behind it", patience, func() bool { return slices.Contains(said(t, cli, "vic", "general"), "let go") })

	run(t, "xdotool", "windowminimize", uma.id)
	until(t, "no window", patience, func() bool { return !visible(uma) })
	cli("vic", "send", "general", "while you were away")
	uma.titled("(1) general – Big – Hearth", patience)
	uma.front()
	uma.titled("general – Big – Hearth", patience)
	uma.hears("while you were away")
	uma.picture("232-back")
	uma.stop()
}

// grab takes pointer and keyboard from all programs until the function it returns is
// called.
func grab(t *testing.T) (release func()) {
	t.Helper()
	x, err := screen()
	if err != nil {
		t.Fatal(err)
	}
	root := xproto.Setup(x).DefaultScreen(x).Root
	const mask = xproto.EventMaskButtonPress | xproto.EventMaskButtonRelease | xproto.EventMaskPointerMotion
	until(t, "pointer and keyboard", patience, func() bool { // somebody may hold them for a moment
		p, err := xproto.GrabPointer(x, false, root, mask, xproto.GrabModeAsync, xproto.GrabModeAsync, 0, 0, xproto.TimeCurrentTime).Reply()
		if err != nil || p.Status != xproto.GrabStatusSuccess {
			return false
		}
		k, err := xproto.GrabKeyboard(x, false, root, xproto.TimeCurrentTime, xproto.GrabModeAsync, xproto.GrabModeAsync).Reply()
		return err == nil && k.Status == xproto.GrabStatusSuccess
	})
	return func() {
		if err := xproto.UngrabKeyboardChecked(x, xproto.TimeCurrentTime).Check(); err != nil {
			t.Error(err)
		}
		if err := xproto.UngrabPointerChecked(x, xproto.TimeCurrentTime).Check(); err != nil {
			t.Error(err)
		}
	}
}
