package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/ui/tr"
)

// question is what a search asks for.
type question struct {
	text string
	here bool // in the group in view only
	most int
}

// same reports whether two ask for the same, for as many or for more.
func (q question) same(o question) bool { return q.text == o.text && q.here == o.here }

// hitIn is a message that was found, with the group it is in.
type hitIn struct {
	app.Hit
	u *UI
}

// is reports whether another one is the same message.
func (h hitIn) is(o hitIn) bool {
	return h.u == o.u && h.Room == o.Room && h.Message.MID == o.Message.MID && h.Message.Seq == o.Message.Seq
}

// reads reports whether another one is the same message and reads the same.
func (h hitIn) reads(o hitIn) bool {
	return h.is(o) && h.RoomName == o.RoomName && h.Message.Text == o.Message.Text && h.Message.Name == o.Message.Name &&
		h.Message.Lost == o.Message.Lost && h.Message.Blocked == o.Message.Blocked && len(h.Message.Files) == len(o.Message.Files) && slices.Equal(h.Terms, o.Terms)
}

// findings are what a search has found so far.
type findings struct {
	hits    []hitIn  // the newest first, one more than asked for where there is more
	without []string // names of groups that could not be searched
	err     error    // nothing could be searched
}

// gathering asks the groups at once and puts together what they find: one that is slow
// holds nobody up, and one that cannot be asked is named.
type gathering struct {
	most   int    // fixed
	groups []part // fixed; what they hold is guarded by mu
	mu     sync.Mutex
}

// part is what a search asks of one group.
type part struct {
	u    *UI          // fixed
	core app.Commands // fixed
	text string       // fixed
	shut string       // fixed: the name of a group that cannot be asked
	hits []hitIn
	err  error
}

// newGathering prepares a search, of the group in view or of all. UI goroutine only.
func newGathering(q question, u *UI) *gathering {
	g := &gathering{most: q.most}
	for _, x := range u.joined() {
		if q.here && x != u {
			continue
		}
		p := part{u: x, core: x.core, text: q.text}
		if x.view == nil || x.view.Phase != app.PhaseOpen {
			p.shut = x.groupName()
		}
		g.groups = append(g.groups, p)
	}
	return g
}

// run asks, and returns when all have answered.
func (g *gathering) run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for i := range g.groups {
		p := &g.groups[i]
		if p.shut != "" {
			continue
		}
		wg.Go(func() {
			err := p.core.Search(ctx, p.text, func(h app.Hit) bool {
				g.mu.Lock()
				defer g.mu.Unlock()
				p.hits = append(p.hits, hitIn{h, p.u})
				return len(p.hits) <= g.most // one more than shown tells that there is more
			})
			g.mu.Lock()
			p.err = err
			g.mu.Unlock()
		})
	}
}

// sofar puts together what has been found until now. UI goroutine only.
func (g *gathering) sofar() (f findings) {
	g.mu.Lock()
	defer g.mu.Unlock()
	asked := 0
	var unknown error // what the search names is not in a group; it is searched for all that
	for i := range g.groups {
		p := &g.groups[i]
		switch {
		case p.shut != "":
			f.without = append(f.without, p.shut)
			continue
		case namesNobody(p.err):
			unknown = p.err
		case p.err != nil:
			f.without = append(f.without, p.u.groupName())
			f.err = p.err
		default:
			asked++
		}
		f.hits = append(f.hits, p.hits...)
	}
	if asked > 0 {
		f.err = nil
	} else if unknown != nil {
		f.err = unknown
	} else if f.err != nil {
		f.without = nil // it says why
	}
	slices.SortStableFunc(f.hits, func(a, b hitIn) int { return b.Message.Time.Compare(a.Message.Time) })
	f.hits = f.hits[:min(len(f.hits), g.most+1)]
	return f
}

// namesNobody reports whether a search was for the words of somebody, or in a room, that a
// group does not know.
func namesNobody(err error) bool {
	var failed *app.Failed
	return errors.As(err, &failed) && (failed.Code == app.FailNobody || failed.Code == app.FailNowhere)
}

// joined lists the pages of the groups that the person is in.
func (w *Window) joined() []*UI {
	return slices.DeleteFunc(slices.Clone(w.all), func(u *UI) bool {
		return u.item.Adding || u.view != nil && u.view.Phase == app.PhaseWelcome
	})
}

// question is what stands in the field, and where it is to be looked for.
func (s *searchPage) question() question {
	return question{text: strings.TrimSpace(s.find.Text()), here: s.h.u.searchHere, most: s.most}
}

// scope chooses between all groups and the one in view.
func (s *searchPage) scope() fyne.CanvasObject {
	at := 0
	if s.h.u.searchHere {
		at = 1
	}
	return newSegments([]string{tr.S("search.all"), tr.S("search.here")}, at, func(i int) {
		s.h.u.searchHere = i == 1
		s.hint()
		s.search()
	})
}

// hint says in the empty field where is looked.
func (s *searchPage) hint() {
	text := tr.S("search.hint")
	if s.h.u.searchHere && len(s.h.u.joined()) > 1 {
		text = tr.F("search.hint_here", "Group", inSentence(s.h.u.groupName()))
	}
	s.find.entry.SetHint(text)
}
