package highlight

import (
	"context"
	"errors"
)

// Limits of a Painter.
const (
	keptCodes  = 96 // pieces of code whose parts are remembered
	waitCodes  = 24 // that wait; the oldest gives way
	giveUpFrom = 3  // pieces beyond the bounds after which a language has no colours
	giveUpAll  = 8  // and after which none has
)

// Painter remembers the parts of code that was shown, and has what is new looked at,
// one piece at a time. It belongs to the UI goroutine; looking happens elsewhere.
type Painter struct {
	// Fixed after NewPainter.
	work func(do func(ctx context.Context) (then func()))
	tell func()

	kept    map[piece][]Span
	order   []piece // of kept, the oldest first
	wait    []piece
	busy    bool
	beyond  map[string]int // pieces beyond the bounds, by grammar
	spent   int            // of them in all
	changed bool
}

type piece struct{ file, code string }

// NewPainter returns a painter. work runs do on a goroutine of its own, and what it
// returns on the UI goroutine; its owner waits for it. tell is called when there are
// new parts.
func NewPainter(work func(do func(ctx context.Context) (then func())), tell func()) *Painter {
	return &Painter{work: work, tell: tell, kept: map[piece][]Span{}, beyond: map[string]int{}}
}

// Spans returns the parts of a piece of code as far as they are known; the others are
// looked for, and tell is called. The result must not be changed.
func (p *Painter) Spans(language, code string) []Span {
	file := fileOf(language)
	if file == "" || code == "" || len(code) > MaxCode || p.beyond[file] >= giveUpFrom || p.spent >= giveUpAll {
		return nil
	}
	key := piece{file, code}
	if spans, ok := p.kept[key]; ok {
		return spans
	}
	for _, w := range p.wait {
		if w == key {
			return nil
		}
	}
	p.wait = append(p.wait, key)
	if len(p.wait) > waitCodes {
		p.wait = append(p.wait[:0:0], p.wait[1:]...)
	}
	p.next()
	return nil
}

// Idle reports whether nothing is being looked at.
func (p *Painter) Idle() bool { return !p.busy }

// next looks at the newest piece that waits: it is the likeliest to be in view.
func (p *Painter) next() {
	if p.busy || len(p.wait) == 0 {
		return
	}
	n := len(p.wait) - 1
	key := p.wait[n]
	p.busy = true
	p.work(func(ctx context.Context) func() {
		spans, err := find(ctx, key.file, key.code, wholeTime)
		return func() { p.done(key, spans, err) }
	})
}

func (p *Painter) done(key piece, spans []Span, err error) {
	p.busy = false
	for i, w := range p.wait {
		if w == key {
			p.wait = append(p.wait[:i:i], p.wait[i+1:]...)
			break
		}
	}
	if errors.Is(err, ErrBounds) {
		p.beyond[key.file]++
		p.spent++
	}
	if len(p.order) >= keptCodes {
		delete(p.kept, p.order[0])
		p.order = append(p.order[:0:0], p.order[1:]...)
	}
	p.kept[key] = spans
	p.order = append(p.order, key)
	p.changed = p.changed || len(spans) > 0
	if len(p.wait) == 0 && p.changed { // one redraw for all that came into view together
		p.changed = false
		p.tell()
	}
	p.next()
}
