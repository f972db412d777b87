package look

import (
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
