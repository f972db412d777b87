package app

import (
	"context"
	"slices"
	"time"

	"hearth/chat"
	"hearth/net/wire"
)

// rowMaker turns events of one room into rows.
type rowMaker struct {
	state   *chat.Room
	alike   map[chat.AccountID]bool
	me      chat.AccountID
	chain   []chat.Hash
	changes map[chat.Seq][]chat.Event // by what they change
	own     []ownChange
	pins    []chat.Seq
	joined  bool
	port    *porter
	blocked map[chat.AccountID]bool
	owner   bool     // of the room: may delete what others wrote
	words   []string // keywords
}

// maker returns what makes rows of a room.
func (s *snapshot) maker(r *roomShot, chain []chat.Hash, changes map[chat.Seq][]chat.Event) *rowMaker {
	m := &rowMaker{
		state: r.state, alike: r.alike, me: s.me, chain: chain, changes: changes, own: r.changing, pins: r.pins, joined: r.view.Joined && !r.view.Archived,
		port: s.port, blocked: s.blocked, words: s.keywords,
	}
	if r.state != nil {
		m.owner = r.state.Members[s.me].Role == chat.RoleOwner
	}
	return m
}

func (m *rowMaker) row(e *chat.Event, i int) MessageView {
	row := MessageView{
		MID: e.MID, Seq: e.Seq, Kind: e.Kind, Author: e.Author, Device: e.Device, Name: distinctOf(m.state, m.alike, e.Author),
		Own: e.Author == m.me, Time: time.UnixMilli(e.Time), State: StateSent, Erased: e.Erased,
		Blocked: m.blocked[e.Author],
	}
	if i < len(m.chain) {
		row.Chain = m.chain[i]
	}
	body, err := wire.ParseBody(e.Kind, e.Body)
	if err != nil {
		row.Unknown = true
		return row
	}
	fillBody(&row, body, m.state, m.alike, e.Author)
	if e.Kind == chat.KindMessage {
		m.message(&row, e, body)
	}
	return row
}

// message adds what the changes of a message say.
func (m *rowMaker) message(row *MessageView, e *chat.Event, body chat.Body) {
	f := fold(e, m.changes[e.Seq], m.own, m.me)
	row.Changing = f.changing
	if row.Erased = f.erased; row.Erased {
		row.Text, row.Unknown, row.Reply, row.Forward, row.Files = "", false, nil, nil, nil
		if !f.erasedBy.IsZero() {
			row.ErasedBy = distinctOf(m.state, m.alike, f.erasedBy)
		}
		return
	}
	for i := range row.Files {
		m.port.look(&row.Files[i])
	}
	row.Text, row.Edited, row.Reactions = f.text, f.edited, f.views(m.me)
	row.Pinned = slices.Contains(m.pins, e.Seq)
	row.Mentions = mentionViews(f.mentions, m.state, m.me)
	if !row.Own && !row.Blocked {
		row.Keywords = findKeywords(m.words, f.text)
		row.MentionsMe = f.mentions.Has(m.me) || len(row.Keywords) > 0
	}
	_, known := body.(chat.Text)
	row.Purged = m.state != nil && e.Seq <= m.state.Purged
	row.MayEdit = known && row.Own && m.joined && !row.Purged
	row.MayDelete = known && m.joined && (row.Own || m.owner) && !row.Purged
}

// fillText sets what stands beside the text of a message. The quote gets its words
// from App.quote.
func fillText(row *MessageView, b chat.Text) {
	row.Text, row.Files = b.Text, fileViews(b.Files)
	if b.Reply > 0 {
		row.Reply = &QuoteView{Seq: b.Reply, Missing: true}
	}
	if b.Forward != nil {
		row.Forward = &ForwardView{Name: b.Forward.Name, Account: b.Forward.Account, Time: time.UnixMilli(b.Forward.Time)}
	}
}

// Carries says in short what files the row has.
func (m *MessageView) Carries() Carried {
	files := make([]chat.File, len(m.Files))
	for i := range m.Files {
		files[i] = m.Files[i].File
	}
	return carried(files)
}

// quote fills in what the rows of a room answer, as it is at present.
func (a *App) quote(ctx context.Context, s *snapshot, r *roomShot, rows []MessageView) error {
	var seqs []chat.Seq
	for i := range rows {
		if q := rows[i].Reply; q != nil && !slices.Contains(seqs, q.Seq) {
			seqs = append(seqs, q.Seq)
		}
	}
	if len(seqs) == 0 {
		return nil
	}
	events, changes, err := s.about(ctx, r, seqs...)
	if err != nil {
		return a.readFailed(err)
	}
	m := s.maker(r, nil, changes)
	quotes := make(map[chat.Seq]QuoteView, len(seqs))
	for seq, e := range events {
		if e.Kind == chat.KindMessage {
			row := m.row(&e, 0)
			q := QuoteView{Seq: seq, Author: row.Author, Name: row.Name, Text: preview(row.Text), Own: row.Own, Erased: row.Erased, Blocked: row.Blocked}
			if q.Blocked {
				q.Text = ""
			} else {
				q.Carried = row.Carries()
			}
			quotes[seq] = q
		}
	}
	for i := range rows {
		if rows[i].Reply == nil {
			continue
		}
		if q, there := quotes[rows[i].Reply.Seq]; there {
			rows[i].Reply = &q // its own: rows of what waits are shared
		}
	}
	return nil
}
