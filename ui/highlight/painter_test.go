package highlight

import (
	"context"
	"fmt"
	"testing"
)

// desk is a UI goroutine: what is to be done elsewhere waits until the test lets it.
type desk struct {
	todo []func(context.Context) func()
	told int
}

func (d *desk) work(do func(ctx context.Context) func()) { d.todo = append(d.todo, do) }

func (d *desk) run(t *testing.T) (most int) {
	t.Helper()
	for len(d.todo) > 0 {
		most = max(most, len(d.todo))
		do := d.todo[0]
		d.todo = d.todo[1:]
		do(t.Context())()
	}
	return most
}

func TestPainter(t *testing.T) {
	d := &desk{}
	p := NewPainter(d.work, func() { d.told++ })
	for range 3 { // asking again does not look again
		for i := range 5 {
			if p.Spans("go", fmt.Sprintf("x := %d", i)) != nil {
				t.Fatal("parts before anybody looked")
			}
		}
	}
	if most := d.run(t); most != 1 || d.told != 1 {
		t.Errorf("%d pieces at a time, told %d times", most, d.told)
	}
	for i := range 5 {
		if spans := p.Spans("Go", fmt.Sprintf("x := %d", i)); len(spans) != 1 || spans[0].Kind != Number {
			t.Errorf("piece %d: %v", i, spans)
		}
	}
	if len(d.todo) > 0 {
		t.Error("what is known was looked at again")
	}
	for _, language := range []string{"", "klingon"} {
		if p.Spans(language, "x := 1") != nil || len(d.todo) > 0 {
			t.Errorf("%q was looked at", language)
		}
	}
	for i := range 4 * keptCodes {
		p.Spans("go", fmt.Sprint(i))
	}
	if len(p.wait) != waitCodes {
		t.Errorf("%d pieces wait", len(p.wait))
	}
	for i := range 4 * keptCodes {
		p.Spans("go", fmt.Sprint(i))
		d.run(t)
	}
	if len(p.kept) > keptCodes || len(p.order) != len(p.kept) || len(p.wait) > 0 {
		t.Errorf("%d kept, %d in order, %d wait", len(p.kept), len(p.order), len(p.wait))
	}
}

// TestPainterGivesUp: a language that keeps us busy has no colours any more; others do.
func TestPainterGivesUp(t *testing.T) {
	d := &desk{}
	p := NewPainter(d.work, func() {})
	for i := range giveUpFrom {
		p.Spans("go", fmt.Sprintf("%d\xff", i)) // no text, like what is beyond the bounds
		d.run(t)
	}
	if p.Spans("go", "x := 1"); len(d.todo) > 0 {
		t.Error("the language is still looked at")
	}
	p.Spans("python", "x = 1")
	d.run(t)
	if len(p.Spans("python", "x = 1")) != 1 {
		t.Error("another language has no colours")
	}
	for i := range 3 * giveUpAll {
		p.Spans([]string{"c", "rust", "java", "sql"}[i%4], fmt.Sprintf("%d\xff", i))
		d.run(t)
	}
	if p.Spans("yaml", "a: 1"); len(d.todo) > 0 || p.spent != giveUpAll {
		t.Errorf("after %d pieces beyond the bounds others are looked at", p.spent)
	}
}
