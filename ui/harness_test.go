package ui

import (
	"os"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/internal/testkit"
	"hearth/ui/look"
)

func TestMain(m *testing.M) {
	os.Setenv("LANG", "en_GB.UTF-8") // the toolkit complains about "C" in each test
	os.Unsetenv("LC_ALL")
	os.Exit(m.Run())
}

// queue is the UI goroutine's queue in tests: the test itself is that goroutine
// and runs what was posted when it waits.
type queue struct {
	mu   sync.Mutex
	todo []func() // guarded by mu
	some chan struct{}
}

func newQueue() *queue { return &queue{some: make(chan struct{}, 1)} }

func (q *queue) post(f func()) {
	q.mu.Lock()
	q.todo = append(q.todo, f)
	q.mu.Unlock()
	select {
	case q.some <- struct{}{}:
	default:
	}
}

// run runs what was posted so far.
func (q *queue) run() {
	for {
		q.mu.Lock()
		todo := q.todo
		q.todo = nil
		q.mu.Unlock()
		if len(todo) == 0 {
			return
		}
		for _, f := range todo {
			f()
		}
	}
}

// until runs what is posted until ok holds.
func (q *queue) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	limit := time.NewTimer(time.Minute) // only a failure waits so long
	defer limit.Stop()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		q.run()
		if ok() {
			return
		}
		select {
		case <-q.some:
		case <-again.C:
		case <-limit.C:
			t.Fatalf("%s: not within a minute. What goes on:\n%s", what, testkit.GoesOn())
		}
	}
}

// linger runs what is posted for a while.
func (q *queue) linger(d time.Duration) {
	end := time.NewTimer(d)
	defer end.Stop()
	for {
		q.run()
		select {
		case <-q.some:
		case <-end.C:
			q.run()
			return
		}
	}
}

// newWindow opens a window over a core with the toolkit's headless driver.
func newWindow(t testing.TB, core app.Commands, o Options) (*UI, *queue) {
	t.Helper()
	q := newQueue()
	o.post = q.post
	o.Log = testkit.Logger(t)
	if o.Settings == (app.Settings{}) {
		o.Settings = app.DefaultSettings()
		o.Settings.Language, o.Settings.Theme = "en", "light"
	}
	u := New(core, test.NewTempApp(t), o)
	t.Cleanup(func() {
		if u.pump != nil {
			u.End()
		}
	})
	return u, q
}

// newGallery opens the gallery at a screen.
func newGallery(t testing.TB, begin string) (*Gallery, *queue) {
	t.Helper()
	return newGalleryOf(t, begin, func(*Gallery) {})
}

// newGalleryOf is newGallery with something changed before it opens.
func newGalleryOf(t testing.TB, begin string, change func(*Gallery)) (*Gallery, *queue) {
	t.Helper()
	q := newQueue()
	g := NewGallery(test.NewTempApp(t), begin)
	change(g)
	g.u.post = q.post
	g.u.log = testkit.Logger(t)
	g.prepare(t.Context())
	g.u.win.Resize(windowSize(g.u.settings))
	t.Cleanup(g.u.End)
	return g, q
}

// loaded waits until the messages of the open room are in the timeline: they are read
// beside the UI goroutine.
func (g *Gallery) loaded(t *testing.T, q *queue) {
	t.Helper()
	q.until(t, "the messages", func() bool { return g.u.home.pane.timeline.Top() > 0 })
}

// each visits every visible object of a window, overlays last, with its place
// and the part of the window that it is clipped to.
func each(u *UI, visit func(o fyne.CanvasObject, at fyne.Position, clip bounds)) {
	c := u.win.Canvas()
	roots := append([]fyne.CanvasObject{c.Content()}, c.Overlays().List()...)
	for _, root := range roots {
		walk(root, fyne.NewPos(0, 0), bounds{fyne.NewPos(0, 0), c.Size()}, visit)
	}
}

type bounds struct {
	at   fyne.Position
	size fyne.Size
}

func walk(o fyne.CanvasObject, at fyne.Position, clip bounds, visit func(fyne.CanvasObject, fyne.Position, bounds)) {
	if o == nil || !o.Visible() {
		return
	}
	at = at.Add(o.Position())
	visit(o, at, clip)
	switch o := o.(type) {
	case *input, *writer: // what is typed scrolls inside
	case *fyne.Container:
		for _, child := range o.Objects {
			walk(child, at, clip, visit)
		}
	case *look.Scroll:
		walk(o.Content, at.Subtract(o.Offset), bounds{at, o.Size()}, visit)
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(o).Objects() {
			walk(child, at, clip, visit)
		}
	}
}

// shows reports whether a text stands in the window.
func shows(u *UI, want string) bool {
	found := false
	each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		switch o := o.(type) {
		case *look.Line:
			found = found || o.Text() == want
		case *para:
			found = found || o.text == want
		case *look.Button:
			found = found || o.Text() == want
		case *look.Pill:
			found = found || test.WidgetRenderer(o) != nil && pillText(o) == want
		}
	})
	return found
}

func pillText(p *look.Pill) string {
	for _, o := range test.WidgetRenderer(p).Objects() {
		if t, ok := o.(*canvas.Text); ok {
			return t.Text
		}
	}
	return ""
}

// entries lists the inputs in view, from top to bottom.
func entries(u *UI) []*input {
	var list []*input
	each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		if e, ok := o.(*input); ok {
			list = append(list, e)
		}
	})
	return list
}

// pressButton presses the button with a text.
func pressButton(t *testing.T, u *UI, text string) {
	t.Helper()
	var button *look.Button
	each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		if b, ok := o.(*look.Button); ok && b.Text() == text {
			button = b
		}
	})
	if button == nil {
		t.Fatalf("there is no button %q", text)
	}
	if button.Disabled() {
		t.Fatalf("the button %q is disabled", text)
	}
	test.Tap(button)
}

// key presses a key where the focus is, or in the window.
func key(u *UI, name fyne.KeyName) {
	c := u.win.Canvas()
	if f := c.Focused(); f != nil {
		f.TypedKey(&fyne.KeyEvent{Name: name})
		return
	}
	c.OnTypedKey()(&fyne.KeyEvent{Name: name})
}

// shortcut presses a shortcut as the driver would.
func shortcut(u *UI, s fyne.Shortcut) {
	c := u.win.Canvas()
	if f, ok := c.Focused().(fyne.Shortcutable); ok {
		f.TypedShortcut(s)
		return
	}
	u.runShortcut(s) // as the window's canvas does; the headless one knows no shortcuts
}
