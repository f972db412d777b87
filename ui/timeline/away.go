package timeline

// away is what becomes of the place while nobody looks: who comes back finds the first
// message they have not seen, under the line, and not the newest.
type away struct {
	stays bool // the view follows no further than to the line
	back  bool // somebody looks again: it ends with what is on its way
}

// Away says that nobody looks at the timeline from now on, and that what is behind a
// sequence number comes unseen: the line goes there, and the view follows what comes until
// the line has reached its upper edge.
func (t *Timeline) Away(after uint64) {
	t.away = away{stays: true}
	t.MarkUnread(max(1, after))
}

// Back says that somebody looks again: what comes is seen.
func (t *Timeline) Back() {
	t.away.back = true
	t.comeBack()
}

// comeBack ends being away when nothing is on its way any more.
func (t *Timeline) comeBack() {
	if t.away.back && t.again == 0 && t.loading == [4]bool{} {
		t.away = away{}
	}
}

// stay puts the line at the upper edge if nobody looks and the view would follow beyond
// it, which it reports.
func (t *Timeline) stay() bool {
	if !t.away.stays || !t.follow || t.firstUnread == nil {
		return false
	}
	i := t.window.index(t.firstUnread.ID)
	if !t.window.newer && t.heightFrom(i) <= t.Size().Height-t.foot() {
		return false
	}
	t.moved()
	t.showAtTop(i)
	return true
}

// below counts others' messages that are loaded and lie below the view.
func (t *Timeline) below() (n int) {
	if len(t.placed) == 0 {
		return 0
	}
	for _, r := range t.window.rows[t.placed[len(t.placed)-1].index+1:] {
		if r.counts() {
			n++
		}
	}
	return n
}
