package app

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestTalk is the way of a message: two people, one order, one chain.
func TestTalk(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		var want []string
		for i := range 10 {
			ann.say(w.general, fmt.Sprint("a", i))
			ann.sent()
			bob.say(w.general, fmt.Sprint("b", i))
			bob.sent()
			want = append(want, fmt.Sprint("a", i), fmt.Sprint("b", i))
		}
		ann.same(bob)
		if d := cmp.Diff(want, ann.texts(w.general)); d != "" {
			t.Errorf("messages (-want +got):\n%s", d)
		}
		if n := bob.roomView(w.general).Unread; n != 10 {
			t.Errorf("bob has %d unread, want 10", n)
		}
	})
}

// same waits until two people have the same log, and checks that they do.
func (p *person) same(other *person) {
	p.w.t.Helper()
	for range 1000 {
		a, b := p.roomView(p.w.general), other.roomView(p.w.general)
		if a.Head == b.Head && a.Chain == b.Chain && a.Waiting == 0 && b.Waiting == 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	a, b := p.roomView(p.w.general), other.roomView(p.w.general)
	if a.Head != b.Head || a.Chain != b.Chain {
		p.w.t.Errorf("%s is at %d %v, %s at %d %v", p.name, a.Head, a.Chain, other.name, b.Head, b.Chain)
	}
	if d := cmp.Diff(p.texts(p.w.general), other.texts(p.w.general)); d != "" {
		p.w.t.Errorf("%s and %s differ (-%s +%s):\n%s", p.name, other.name, p.name, other.name, d)
	}
}
