package look

import (
	"image"
	"testing"

	"fyne.io/fyne/v2/test"
)

// TestAvatarsAreListedOnce: however often the toolkit forgets how an avatar is drawn, it
// is one of those that a new picture is shown to.
func TestAvatarsAreListedOnce(t *testing.T) {
	test.NewTempApp(t)
	a := NewAvatar("one", "Ann", AvatarSmall)
	before := len(living)
	for range 100 {
		a.CreateRenderer().Destroy()
	}
	if n := len(living) - before; n > 1 {
		t.Errorf("it is listed %d times", n)
	}
}

// TestPortraitsOfAWindow: a new picture is drawn in the avatars of the window that is there,
// and in none of a window that has ended, of which every test leaves hundreds.
func TestPortraitsOfAWindow(t *testing.T) {
	test.NewTempApp(t)
	t.Cleanup(func() { SetPortraits(nil) })
	asked := 0
	source := func(string) image.Image { asked++; return image.NewGray(image.Rect(0, 0, 8, 8)) }
	changed := func() int {
		asked = 0
		PortraitChanged("one")
		return asked
	}
	SetPortraits(source)
	before := NewAvatar("one", "Ann", AvatarSmall)
	_ = before.CreateRenderer()
	if changed() == 0 {
		t.Error("an avatar that is shown does not ask for the new picture")
	}
	SetPortraits(nil)
	SetPortraits(source)
	if n := changed(); n != 0 {
		t.Errorf("an avatar of a window that has ended asks %d times", n)
	}
	after := NewAvatar("one", "Ann", AvatarSmall)
	_ = after.CreateRenderer()
	if changed() == 0 {
		t.Error("an avatar of the next window does not ask for the new picture")
	}
}
