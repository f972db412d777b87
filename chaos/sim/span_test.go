package sim

import (
	"cmp"
	"slices"

	"hearth/app"
	"hearth/chat"
)

// What of a room's log is for whom, told from the events alone and not by what the
// program itself makes of them.

// span is a part of a log that somebody may see: from a place to where they left; 0: they
// have not.
type span struct{ from, to chat.Seq }

// rule is what newcomers see, and where that began.
type rule struct {
	history chat.History
	since   chat.Seq
}

// follow takes note of one event, before the state does.
func (l *serverLog) follow(e *chat.Event, body chat.Body, now *rule) {
	switch b := body.(type) {
	case chat.RoomCreate:
		*now = rule{b.History, 1}
		l.uneven = b.History != chat.HistoryAll
		l.spans[e.Author] = []span{{from: 1}} // there before the first join
	case chat.SetHistory:
		if b.History != now.history {
			*now = rule{b.History, e.Seq}
			l.uneven = true
		}
	case chat.Join:
		if spans := l.spans[b.Account]; len(spans) > 0 && spans[len(spans)-1].to == 0 {
			return
		}
		s := span{from: e.Seq}
		if now.history == chat.HistoryAll {
			s.from = now.since
		}
		l.spans[b.Account] = append(l.spans[b.Account], s)
	case chat.Leave:
		l.ends(b.Account, e.Seq)
	case chat.Remove:
		l.ends(b.Account, e.Seq)
	}
}

func (l *serverLog) ends(account chat.AccountID, at chat.Seq) {
	if spans := l.spans[account]; len(spans) > 0 && spans[len(spans)-1].to == 0 {
		spans[len(spans)-1].to = at
	}
}

// inside reports whether a place of the log was ever for an account.
func (l *serverLog) inside(account chat.AccountID, seq chat.Seq) bool {
	return !l.uneven || slices.ContainsFunc(l.spans[account], func(s span) bool {
		return seq >= s.from && (s.to == 0 || seq <= s.to)
	})
}

// begins is from where on a new device of an account is shown a room.
func (l *serverLog) begins(account chat.AccountID) chat.Seq {
	from := chat.Seq(1)
	if spans := l.spans[account]; len(spans) > 0 {
		from = spans[len(spans)-1].from
	}
	return max(from, l.state.Purged+1)
}

// hidden reports whether a part of a room's log is declared as purged, as not for the person, or,
// in a room they have left, as not loaded before they did. Nothing is for whose joining was
// lost with what a restored backup did not have.
func (l *serverLog) hidden(account chat.AccountID, r *app.RoomView, from, to chat.Seq) bool {
	gaps := slices.Concat(r.Complete.Void, r.Complete.Missing)
	slices.SortFunc(gaps, func(a, b app.Gap) int { return cmp.Compare(a.From, b.From) })
	for _, g := range gaps {
		later := l.uneven && (g.Reason == app.GapNotVisible || g.Reason == app.GapUnloaded)
		later = later || g.Reason == app.GapNotVisible && len(l.spans[account]) == 0
		if from == g.From && (later || g.Missing && !r.Joined || g.Reason == app.GapPurged && g.To <= r.Purged) {
			from = g.To + 1
		}
	}
	return from > to
}
