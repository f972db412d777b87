package ui

import (
	"runtime"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// spot is a place the person was at: a room of a group, and where in it.
type spot struct {
	u    *UI
	room chat.RoomID
	at   timeline.Place
}

// is reports whether two spots show the same.
func (s spot) is(o spot) bool {
	return s.u == o.u && s.room == o.room && s.at.Follow == o.at.Follow && (s.at.Follow || s.at.ID == o.at.ID)
}

// travels are the places that the person has been to, as in a browser, and the way back
// that the window offers after a jump to another room.
type travels struct {
	past, future []spot
	ways         []way // jumps to other rooms that one can come back from
	under        bool  // the person is being taken elsewhere: steps of that are no places of their own
	jumped       bool  // within the room, since
	offering     bool  // and the way back is to be offered
}

// way leads back from another room or group.
type way struct {
	from spot
	to   *UI
	room chat.RoomID // of to
}

// mostWays is how many jumps one can go back, mostSpots how many places are remembered.
const (
	mostWays  = 20
	mostSpots = 100
)

// spot is where the person is; false while no room is open.
func (w *Window) spot() (s spot, ok bool) {
	u := w.shown
	if u == nil || u.home == nil || u.home.room.IsZero() {
		return s, false
	}
	return spot{u, u.home.room, u.home.pane.timeline.Place()}, true
}

// travel takes the person elsewhere and remembers where they were. What leads to another
// room by this alone offers no way back: see jump.
func (w *Window) travel(there func()) {
	if w.under {
		there()
		return
	}
	from, ok := w.spot()
	w.under, w.jumped = true, false
	there()
	w.under = false
	to, _ := w.spot()
	switch moved := to.u != from.u || to.room != from.room; {
	case ok && moved:
		w.note(from)
		if !w.offering {
			w.ways = nil // the person has gone on by themselves
		} else if n := len(w.ways); n > 0 && (w.ways[n-1].to != from.u || w.ways[n-1].room != from.room) {
			w.ways = nil
		}
		if w.offering && to.u != nil {
			w.ways = append(w.ways, way{from, to.u, to.room})
			w.ways = w.ways[max(0, len(w.ways)-mostWays):]
		}
	case ok && w.jumped:
		w.note(from)
	}
	w.offerBack()
}

// jump takes the person elsewhere because of something they have looked up or followed: it
// is shown how to come back.
func (w *Window) jump(there func()) {
	before := w.offering
	w.offering = true
	w.travel(there)
	w.offering = before
}

// note remembers a place that the person has left; what they went back from is forgotten.
func (w *Window) note(s spot) {
	w.past = append(w.past, s)
	w.past, w.future = w.past[max(0, len(w.past)-mostSpots):], nil
}

// jumpedFrom is told where the person was before they went elsewhere in the open room.
func (h *home) jumpedFrom(at timeline.Place) {
	if w := h.u.Window; w.under {
		w.jumped = true
	} else if w.shown == h.u {
		w.note(spot{h.u, h.room, at})
	}
}

// there reports whether a place still is.
func (w *Window) there(s spot) bool {
	return slices.Contains(w.all, s.u) && s.u.home != nil && s.u.view != nil && s.u.view.Phase == app.PhaseOpen && s.u.roomOf(s.room) != nil
}

// leaveOut forgets the places of a group that is gone.
func (w *Window) leaveOut(u *UI) {
	gone := func(s spot) bool { return s.u == u }
	w.past, w.future = slices.DeleteFunc(w.past, gone), slices.DeleteFunc(w.future, gone)
	w.ways = slices.DeleteFunc(w.ways, func(x way) bool { return x.to == u || x.from.u == u })
}

// goBackward comes to where the person was before, goForward to where they went back from.
func (h *home) goBackward() { h.u.retrace(&h.u.past, &h.u.future) }
func (h *home) goForward()  { h.u.retrace(&h.u.future, &h.u.past) }

// retrace comes to the last place of one list and notes the present one in the other.
func (w *Window) retrace(from, into *[]spot) {
	now, ok := w.spot()
	for len(*from) > 0 {
		s := (*from)[len(*from)-1]
		*from = (*from)[:len(*from)-1]
		if !w.there(s) || ok && s.is(now) {
			continue
		}
		if ok {
			*into = append(*into, now)
		}
		w.ways = nil
		w.come(s)
		return
	}
}

// come shows a place without making another one of it.
func (w *Window) come(s spot) {
	w.under = true
	w.show(s.u)
	h := s.u.home
	if h.room != s.room {
		h.places[s.room] = s.at
	}
	h.openRoom(s.room)
	h.pane.timeline.ComeTo(s.at)
	w.under = false
	w.offerBack()
}

// goBack returns to where the person was before the last jump to another room; false if
// they have gone on since, or there is no such place.
func (h *home) goBack() bool {
	w := h.u.Window
	n := len(w.ways)
	if n == 0 {
		return false
	}
	x := w.ways[n-1]
	w.ways = w.ways[:n-1]
	if x.to != h.u || x.room != h.room || !w.there(x.from) {
		w.endBack()
		return false
	}
	if now, ok := w.spot(); ok {
		w.future = append(w.future, now)
	}
	for i, s := range slices.Backward(w.past) {
		if s.is(x.from) {
			w.past = w.past[:i]
			break
		}
	}
	w.come(x.from)
	return true
}

// endBack takes the offered way back away: the person does something else where they are.
func (w *Window) endBack() {
	if len(w.ways) > 0 {
		w.ways = nil
		w.offerBack()
	}
}

// offerBack shows over the room in view the way back from the jump that led there.
func (w *Window) offerBack() {
	u := w.shown
	if u == nil || u.home == nil {
		return
	}
	words := ""
	if n := len(w.ways); n > 0 && w.ways[n-1].to == u && w.ways[n-1].room == u.home.room && w.there(w.ways[n-1].from) {
		from := w.ways[n-1].from
		words = tr.F("timeline.back_to", "Room", inSentence(roomName(from.u.roomOf(from.room))))
	}
	u.home.pane.timeline.OfferBack(words)
}

// backKey and forwardKey go through the places as in a browser; on a Mac, Alt and the
// arrows move in what is written.
func backKey() *desktop.CustomShortcut {
	if runtime.GOOS == "darwin" {
		return combo(fyne.KeyModifierSuper, fyne.KeyLeftBracket)
	}
	return combo(fyne.KeyModifierAlt, fyne.KeyLeft)
}

func forwardKey() *desktop.CustomShortcut {
	if runtime.GOOS == "darwin" {
		return combo(fyne.KeyModifierSuper, fyne.KeyRightBracket)
	}
	return combo(fyne.KeyModifierAlt, fyne.KeyRight)
}
