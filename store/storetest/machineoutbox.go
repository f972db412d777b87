package storetest

import (
	"slices"

	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/store"
)

func (m *machine) enqueue(t *rapid.T) {
	var subs []store.Submission
	for range rapid.IntRange(0, 3).Draw(t, "entries") {
		sub := store.Submission{
			MID: m.mid(), Room: m.log(t).Room, Kind: chat.KindMessage, Body: rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "body"),
			Created: int64(m.ids), Transmitted: rapid.Bool().Draw(t, "transmitted"), DSeq: m.ids,
			Draft: anyRest(t), Held: rapid.IntRange(0, 5).Draw(t, "held") == 0,
		}
		switch rapid.IntRange(0, 9).Draw(t, "bad") {
		case 0:
			sub.MID = m.anyMID(t)
		case 1:
			sub.Kind = ""
		}
		m.mids = append(m.mids, sub.MID)
		subs = append(subs, sub)
	}
	same(t, "enqueue", func() ([]store.Entry, error) { return m.real.Enqueue(m.ctx, subs...) },
		func() ([]store.Entry, error) { return m.model.Enqueue(m.ctx, subs...) })
}

func (m *machine) changeOutbox(t *rapid.T) {
	a, b := m.anyMID(t), m.anyMID(t)
	switch rapid.IntRange(0, 7).Draw(t, "how") {
	case 0:
		ts := []store.Transmission{{MID: a, DSeq: m.ids}, {MID: b, DSeq: m.ids + 1}}
		if rapid.Bool().Draw(t, "body") {
			ts[0].Body = []byte("said as it left")
		}
		sameError(t, "transmitted", m.real.MarkTransmitted(m.ctx, ts...), m.model.MarkTransmitted(m.ctx, ts...))
	case 1:
		seq := chat.Seq(rapid.IntRange(1, 40).Draw(t, "seq"))
		acks := []store.Ack{{MID: a, Seq: seq}, {MID: b, Seq: seq + 1}}
		same(t, "acknowledge",
			func() (store.Acknowledged, error) { return m.real.Acknowledge(m.ctx, acks...) },
			func() (store.Acknowledged, error) { return m.model.Acknowledge(m.ctx, acks...) })
	case 2:
		sameError(t, "fail", m.real.Fail(m.ctx, a, chat.CodeForbidden, "no"), m.model.Fail(m.ctx, a, chat.CodeForbidden, "no"))
	case 3:
		sameError(t, "hold", m.real.Hold(m.ctx, a, b), m.model.Hold(m.ctx, a, b))
	case 4:
		sameError(t, "retry", m.real.Retry(m.ctx, a, b), m.model.Retry(m.ctx, a, b))
	case 5:
		sameError(t, "discard", m.real.Discard(m.ctx, a, b), m.model.Discard(m.ctx, a, b))
	case 6:
		sameError(t, "doubt", m.real.Doubt(m.ctx, a, b), m.model.Doubt(m.ctx, a, b))
	case 7:
		replacement := m.mid()
		if rapid.IntRange(0, 4).Draw(t, "taken") == 0 {
			replacement = b
		}
		m.mids = append(m.mids, replacement)
		body, draft := []byte("edited"), anyRest(t)
		kind := rapid.SampledFrom([]chat.Kind{chat.KindMessage, chat.KindPinAdd}).Draw(t, "kind")
		same(t, "edit", func() (store.Entry, error) { return m.real.Edit(m.ctx, a, replacement, kind, body, draft) },
			func() (store.Entry, error) { return m.model.Edit(m.ctx, a, replacement, kind, body, draft) })
	}
}

// drafts are what may be begun in a room.
var drafts = []chat.Draft{
	{},
	{Text: "half a thought"},
	{Text: "另一个", Reply: 7},
	{Edit: chat.DraftEdit{Seq: 3, Text: "better"}, Text: "meanwhile"},
	{Edit: chat.DraftEdit{MID: chat.MID{1}}},
	{Files: []chat.DraftFile{
		{Path: "/home/ann/\xff.txt", Name: "\xff.txt", Size: 5},
		{Content: chat.Hash{4}, Name: "picture.png", Size: 1 << 40, Picture: true, Original: true},
	}},
}

// anyRest is what a transaction of the outbox leaves of a draft; nil: it does not say.
func anyRest(t *rapid.T) *chat.Draft {
	return rapid.SampledFrom([]*chat.Draft{nil, nil, {}, &drafts[2]}).Draw(t, "rest")
}

func (m *machine) changeRoom(t *rapid.T) {
	l := m.log(t)
	seq := chat.Seq(rapid.Uint64Range(0, uint64(l.Head()+3)).Draw(t, "seq"))
	switch rapid.IntRange(0, 8).Draw(t, "how") {
	case 8:
		m.ignore(t)
	case 0, 1:
		same(t, "read", func() (store.Counters, error) { return m.real.SetRead(m.ctx, l.Room, seq) },
			func() (store.Counters, error) { return m.model.SetRead(m.ctx, l.Room, seq) })
	case 2:
		sameError(t, "notified", m.real.SetNotified(m.ctx, l.Room, seq), m.model.SetNotified(m.ctx, l.Room, seq))
	case 3:
		sameError(t, "dseq", m.real.SetNextDSeq(m.ctx, l.Room, uint64(seq)), m.model.SetNextDSeq(m.ctx, l.Room, uint64(seq)))
	case 4:
		gone := rapid.Bool().Draw(t, "gone")
		sameError(t, "gone", m.real.SetGone(m.ctx, l.Room, gone), m.model.SetGone(m.ctx, l.Room, gone))
	case 5:
		d := rapid.SampledFrom(drafts).Draw(t, "draft")
		sameError(t, "draft", m.real.SetDraft(m.ctx, l.Room, d), m.model.SetDraft(m.ctx, l.Room, d))
	case 6:
		same(t, "mark", func() (store.Counters, error) { return m.real.MarkUnread(m.ctx, l.Room, seq) },
			func() (store.Counters, error) { return m.model.MarkUnread(m.ctx, l.Room, seq) })
	case 7:
		theirs := map[chat.RoomID]chat.Marker{chat.NewRoomID(): {Read: 1}, l.Room: {
			Read: seq, Mark: chat.Seq(rapid.Uint64Range(0, 20).Draw(t, "mark")), Rev: rapid.Uint64Range(0, 5).Draw(t, "rev"),
		}}
		same(t, "merge", func() ([]store.Counters, error) { return m.real.MergeMarkers(m.ctx, theirs) },
			func() ([]store.Counters, error) { return m.model.MergeMarkers(m.ctx, theirs) })
	}
}

// ignore lets the messages of the other one count, or not.
func (m *machine) ignore(t *rapid.T) {
	accounts := rapid.SampledFrom([][]chat.AccountID{nil, {m.other}, {m.other, {9}, m.other}}).Draw(t, "ignored")
	ordered := func(s Store) func() ([]store.Counters, error) {
		return func() ([]store.Counters, error) {
			all, err := s.SetIgnored(m.ctx, accounts)
			slices.SortFunc(all, func(a, b store.Counters) int { return slices.Compare(a.Room[:], b.Room[:]) })
			return all, err
		}
	}
	same(t, "ignored", ordered(m.real), ordered(m.model))
}

var settingKeys = []string{"", "theme", "theme2"}

func (m *machine) changeSmall(t *rapid.T) {
	switch rapid.IntRange(0, 2).Draw(t, "how") {
	case 0:
		key := rapid.SampledFrom(settingKeys).Draw(t, "key")
		value := rapid.SampledFrom([][]byte{nil, {}, []byte("dark")}).Draw(t, "value")
		sameError(t, "setting", m.real.SetSetting(m.ctx, key, value), m.model.SetSetting(m.ctx, key, value))
	case 1:
		info := store.Info{Group: "g", Name: "ada", Seen: int64(m.ids), Limits: chat.DefaultLimits(), May: []string{"invite"}}
		sameError(t, "info", m.real.SetInfo(m.ctx, info), m.model.SetInfo(m.ctx, info))
	case 2:
		epoch := chat.Epoch{byte(rapid.IntRange(1, 3).Draw(t, "epoch"))}
		sameError(t, "epoch", m.real.SetEpoch(m.ctx, epoch), m.model.SetEpoch(m.ctx, epoch))
	}
}
