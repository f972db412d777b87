package main

import (
	"log/slog"
	"time"

	"fyne.io/fyne/v2"
	"github.com/go-gl/glfw/v3.4/glfw"
)

// pointer has clicks and keys take effect where and in the order in which they
// happened, and are seen. The toolkit looks at the pointer's place once a frame, but takes a click at
// once: where a frame takes long, somebody who moves and clicks would press what was
// under the pointer a frame ago. So a click waits until the toolkit has looked, which is
// before the animations of the same frame, and what comes behind a click waits with it.
//
// Everything of it belongs to the toolkit's goroutine.
type pointer struct {
	move   glfw.CursorPosCallback // the toolkit's own
	click  glfw.MouseButtonCallback
	scroll glfw.ScrollCallback
	key    glfw.KeyCallback
	char   glfw.CharCallback

	hold func() bool // what is changed now would not be painted

	frames interface{ Start() } // has tick called once a frame
	end    func()               // ends that
	todo   []input              // in the order in which it happened
}

// input is something the person did.
type input struct {
	do    func()
	moves bool // the toolkit has to look before anything else is done
}

// steadyPointer puts a pointer between the system and a window that has been shown.
func steadyPointer(log *slog.Logger, hold func() bool) func(fyne.Window) {
	known := map[fyne.Window]bool{}
	return func(win fyne.Window) {
		if known[win] {
			return
		}
		known[win] = true
		view := viewport(win)
		if view == nil {
			log.Warn("the toolkit's window is not what it was: clicks may miss while frames take long")
			return
		}
		p := &pointer{hold: hold}
		a := fyne.NewAnimation(time.Hour, func(float32) { p.tick() })
		a.RepeatCount = fyne.AnimationRepeatForever
		p.frames, p.end = a, a.Stop
		p.move = view.SetCursorPosCallback(p.moved)
		p.click = view.SetMouseButtonCallback(p.clicked)
		p.scroll = view.SetScrollCallback(p.scrolled)
		p.key = view.SetKeyCallback(p.keyed)
		p.char = view.SetCharCallback(p.typed)
	}
}

// viewport is the system's window of the toolkit's; nil if it has none, or does not
// lend it any more.
func viewport(win fyne.Window) (view *glfw.Window) {
	if lender, ok := win.(interface{ RunWithContext(run func()) }); ok {
		lender.RunWithContext(func() { view = glfw.GetCurrentContext() })
	}
	return view
}

// later does something in one of the next frames, this one as a rule.
func (p *pointer) later(i input) {
	if len(p.todo) == 0 {
		p.frames.Start()
	}
	p.todo = append(p.todo, i)
}

// idle reports whether something may be done at once.
func (p *pointer) idle() bool { return len(p.todo) == 0 && !p.hold() }

// tick is called once a frame, after the toolkit has looked where the pointer is.
func (p *pointer) tick() {
	for len(p.todo) > 0 && !p.hold() {
		i := p.todo[0]
		p.todo = p.todo[1:]
		i.do()
		if i.moves {
			break
		}
	}
	if len(p.todo) == 0 {
		p.todo = nil
		p.end()
	}
}

func (p *pointer) moved(w *glfw.Window, x, y float64) {
	if p.idle() {
		p.move(w, x, y)
		return
	}
	to := input{do: func() { p.move(w, x, y) }, moves: true}
	if last := len(p.todo) - 1; last >= 0 && p.todo[last].moves {
		p.todo[last] = to // only the last place counts
		return
	}
	p.later(to)
}

func (p *pointer) clicked(w *glfw.Window, b glfw.MouseButton, a glfw.Action, mods glfw.ModifierKey) {
	p.later(input{do: func() { p.click(w, b, a, mods) }})
}

func (p *pointer) scrolled(w *glfw.Window, x, y float64) {
	p.later(input{do: func() { p.scroll(w, x, y) }})
}

func (p *pointer) keyed(w *glfw.Window, key glfw.Key, code int, a glfw.Action, mods glfw.ModifierKey) {
	if p.idle() {
		p.key(w, key, code, a, mods)
		return
	}
	p.later(input{do: func() { p.key(w, key, code, a, mods) }})
}

func (p *pointer) typed(w *glfw.Window, r rune) {
	if p.idle() {
		p.char(w, r)
		return
	}
	p.later(input{do: func() { p.char(w, r) }})
}
