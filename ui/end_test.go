package ui

import "testing"

// TestNothingAtTheEnd: nothing is left for the toolkit to queue when it ends, for it may
// wait for that for ever.
func TestNothingAtTheEnd(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	life, ok := g.u.fyne.Lifecycle().(interface{ OnStopped() func() })
	if !ok {
		t.Fatal("the toolkit's lifecycle has changed: see whether its end still may hang")
	}
	if life.OnStopped() != nil {
		t.Error("something is queued at the end")
	}
}
