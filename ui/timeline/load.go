package timeline

import "slices"

// Changed says that the room's rows changed. Rows in view stay where they are;
// at the end the view follows, further up the pill counts.
func (t *Timeline) Changed(what What) {
	if t.source == nil {
		return
	}
	if !t.loaded || t.loading[loadNewer] || t.loading[loadWhole] {
		t.stale.late = t.stale.late || what == Shown
		if what != Shown {
			t.again = max(t.again, what)
		}
		return
	}
	t.unsettled, t.start = nil, Start{}
	switch {
	case what == All:
		r := Request{Limit: max(pageRows, min(len(t.window.rows), 4*pageRows))}
		if t.anchor != nil && t.anchor.Seq > 0 && (t.window.newer || !t.follow) {
			r.Around = t.anchor.Seq
		} else if t.away.stays && t.follow {
			r.Around = t.unreadAfter
		}
		t.load(loadWhole, r)
	case what == Shown:
		t.stale.all = true
		t.stale.from, t.stale.to = 0, 0
		t.loadStale()
	case t.window.newer:
		// The end is not loaded; the pill says there is more, without a number.
		t.arrange()
	default:
		t.loadTail()
	}
}

func (t *Timeline) loadTail() {
	t.load(loadNewer, Request{After: t.window.last(), Limit: 2 * pageRows})
}

// load asks the source and takes the answer in, unless the room or the window was
// replaced meanwhile.
func (t *Timeline) load(direction int, r Request) {
	if t.loading[direction] {
		return
	}
	t.loading[direction] = true
	generation := t.generation
	t.source.Load(r, func(p Page, ok bool) {
		if t.generation != generation {
			return
		}
		t.loading[direction] = false
		if ok {
			t.take(direction, r, p)
		}
		if direction == loadShown {
			t.loadStale()
		}
		defer t.comeBack()
		if t.again != 0 && !t.loading[loadNewer] && !t.loading[loadWhole] {
			what := t.again
			t.again = 0
			t.Changed(what)
		}
		if t.stale.late && t.loaded && !t.loading[loadNewer] && !t.loading[loadWhole] {
			t.stale.late = false
			t.Changed(Shown)
		}
	})
}

// take puts a page into the window.
func (t *Timeline) take(direction int, r Request, p Page) {
	switch direction {
	case loadOlder:
		t.window.prepend(p)
		t.window.trim(t.anchorIndex(), t.most)
		t.findUnread()
	case loadNewer:
		added := t.window.replaceAfter(r.After, p)
		if !t.follow {
			t.unseen += added
		}
		t.window.trim(t.anchorIndex(), t.most)
		t.findUnread()
	case loadShown:
		t.window.refresh(p)
		t.findUnread()
	case loadWhole:
		if t.seek(r, p) {
			return
		}
		t.stale.all = false
		t.window.replace(p)
		// A server may have gone back: other messages may stand where some were seen.
		t.read, t.head, t.tail = 0, 0, 0
		t.findUnread()
		if !t.loaded {
			t.loaded = true
			t.unsettled = &r
			t.settle()
			if t.hooks.OnLoaded != nil {
				t.hooks.OnLoaded()
			}
		}
	}
	t.keepAnchor()
	t.keepRows()
	if stayed := t.stay(); stayed {
		t.arrange()
		t.unseen = t.below()
	}
	t.arrange()
	if direction == loadWhole && r.Around > 0 && r.Around == t.start.Show && t.anchor != nil && t.anchor.Seq == r.Around {
		t.light(t.anchor)
	}
}

// seek reads on where a page that is to show the first unread message has none, because
// more lines than it holds are the person's own or nobody's. It reports whether it does.
func (t *Timeline) seek(r Request, p Page) bool {
	after, read := r.After, window{rows: p.Rows}
	if r.Around > 0 && r.Around == t.unreadAfter && t.toUnread() {
		after = r.Around
		t.quietFrom = after
	}
	if after == 0 {
		if t.loaded { // all may be different
			t.quietFrom, t.quietTo = 0, 0
		}
		return false
	}
	last := read.last()
	if i := slices.IndexFunc(p.Rows, func(r *Row) bool { return r.countsBehind(after) }); i >= 0 {
		t.quietTo = p.Rows[i].Seq - 1
		return false
	}
	t.quietTo = max(after, last)
	if !p.Newer || last <= after {
		return false
	}
	t.load(loadWhole, Request{After: last, Limit: seekRows})
	return true
}

// toUnread reports whether what is being loaded as a whole leads to the first unread message.
func (t *Timeline) toUnread() bool {
	if t.loaded {
		return t.away.stays && t.follow
	}
	return t.start.Unread > 0 && t.start.Show == 0 && (t.start.At == nil || t.start.At.Follow)
}

// settle chooses the place after the first page. Until somebody moves, Resize
// calls it again: a window reaches its size in steps when it opens.
func (t *Timeline) settle() {
	if t.unsettled == nil || t.Size().Height <= 0 {
		return
	}
	r, start := *t.unsettled, t.start
	t.anchor, t.follow = nil, true
	if start.Show > 0 {
		if i := t.window.near(start.Show); i >= 0 {
			t.anchor, t.follow = t.window.rows[i], false
			t.distance = max(0, (t.Size().Height-t.of(i).height)/2)
			t.cursor = t.anchor
			return
		}
	}
	if at := start.At; at != nil && !at.Follow {
		if i := t.window.index(at.ID); i >= 0 {
			t.anchor, t.distance, t.follow = t.window.rows[i], at.Offset, false
			return
		}
	}
	if r.Around == 1 && start.Unread == 0 && len(t.window.rows) > 0 { // Home
		t.showAtTop(0)
		return
	}
	if start.Unread == 0 || t.firstUnread == nil {
		return
	}
	if i := t.window.index(t.firstUnread.ID); t.window.newer || t.firstUnread.Hole > 0 || t.heightFrom(i) > t.Size().Height-t.foot() {
		t.showAtTop(i)
		t.downward = true
	}
}

// moved says that the place was chosen by somebody or something else since the
// room opened.
func (t *Timeline) moved() { t.unsettled, t.start, t.downward = nil, Start{}, false }

// heightFrom adds up the rows from i on, as far as it matters.
func (t *Timeline) heightFrom(i int) float32 {
	var sum float32
	for ; i < len(t.window.rows) && sum < t.Size().Height; i++ {
		sum += t.of(i).height
	}
	return sum
}

// showAtTop puts row i at the upper edge, with a little of what is above.
func (t *Timeline) showAtTop(i int) {
	t.follow = false
	t.anchor = t.window.rows[i]
	above := float32(24)
	if i == 0 {
		above = 0
	}
	t.distance = t.Size().Height - t.of(i).height - above
}

// anchorIndex is the anchor's place in the window, the end if there is none.
func (t *Timeline) anchorIndex() int {
	rows := t.window.rows
	if t.anchor == nil || t.follow {
		return len(rows) - 1
	}
	if t.anchorAt >= len(rows) || rows[t.anchorAt] != t.anchor {
		i := t.window.index(t.anchor.ID)
		if i < 0 {
			return len(rows) - 1
		}
		t.anchorAt = i
	}
	return t.anchorAt
}

// keepAnchor finds the anchor again after rows were replaced. If it is gone (a
// discarded message), the row on screen nearest to it takes over in its place; if it
// was a hole, what has come at its upper end.
func (t *Timeline) keepAnchor() {
	if t.anchor == nil || t.follow {
		return
	}
	if i := t.window.index(t.anchor.ID); i >= 0 {
		t.anchor = t.window.rows[i]
		return
	}
	if t.anchor.Hole > 0 && t.keepHole() {
		return
	}
	for i := len(t.placed) - 1; i >= 0; i-- {
		p := t.placed[i]
		if j := t.window.index(p.m.row.ID); j >= 0 {
			t.anchor, t.distance = t.window.rows[j], t.Size().Height-p.bottom()
			return
		}
	}
	t.leap()
	t.anchor, t.follow = nil, true
}

// keepHole puts the first row that stands where a hole began at the hole's upper edge.
func (t *Timeline) keepHole() bool {
	at, first := t.placedRow(t.anchor), t.anchor.Seq
	i := slices.IndexFunc(t.window.rows, func(r *Row) bool { return r.Seq >= first && r.Act == "" })
	if at < 0 || i < 0 {
		return false
	}
	t.anchor, t.anchorAt = t.window.rows[i], i
	t.distance = t.Size().Height - t.placed[at].y - t.of(i).height
	return true
}

// loadNear asks for more rows when the view comes close to an end of the window.
func (t *Timeline) loadNear() {
	if !t.loaded || len(t.placed) == 0 || t.loading[loadWhole] {
		return
	}
	if t.window.older && t.placed[0].index < nearRows {
		if seq := t.window.first(); seq > 0 {
			t.load(loadOlder, Request{Before: seq, Limit: pageRows})
		}
	}
	if t.window.newer && t.placed[len(t.placed)-1].index >= len(t.window.rows)-nearRows {
		t.loadTail()
	}
}
