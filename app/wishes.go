package app

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/store"
)

// What the person has decided on a device goes to the one that takes its place (takeLeft),
// and holds on a server that was restored from before it (docs/adr/0053).

// settingLeftMarks is how far the person has read on the device before this one, JSON of
// leftMarks, until the first sync has been compared with it.
const settingLeftMarks = "left_marks"

// wishes are what the person has decided on a device.
type wishes struct {
	blocks   map[chat.AccountID]block
	contacts map[chat.AccountID]bool
	privacy  privacyRecord
	epoch    chat.Epoch // of the server that the rest of it is about
	marks    map[chat.RoomID]chat.Marker
}

// leftMarks are read positions in the history of an epoch.
type leftMarks struct {
	Epoch chat.Epoch `json:"epoch"`
	Rooms []leftMark `json:"rooms"`
}

// leftMark is one of them. At are places up to it, the nearest first, with what the chain
// was there: another history may go on from one of them.
type leftMark struct {
	Room chat.RoomID `json:"room"`
	Read chat.Seq    `json:"read"`
	Mark chat.Seq    `json:"mark,omitzero"`
	Rev  uint64      `json:"rev,omitzero"`
	At   []leftPlace `json:"at"`
}

type leftPlace struct {
	Seq   chat.Seq  `json:"seq"`
	Chain chat.Hash `json:"chain"`
}

// wishes are what the person has decided here. In the loop, or of a group that no loop has.
func (g *group) wishes() wishes {
	w := wishes{
		blocks: g.blocks, contacts: g.contacts, epoch: g.epoch, marks: map[chat.RoomID]chat.Marker{},
		privacy: privacyRecord{Privacy: g.privacy, Epoch: g.privacyEpoch},
	}
	for id, r := range g.rooms {
		if m := r.c.Marker().Advance(g.reads[id]); m.Read > 0 {
			w.marks[id] = m
		}
	}
	return w
}

// carryWishes takes over what the person has decided on another device. What this one
// knows already counts.
func (g *group) carryWishes(ctx context.Context, l *left) error {
	for _, name := range []string{settingNotify, settingPictures, settingEmoji, settingLastRoom} {
		value, err := l.store.Setting(ctx, name)
		if err == nil {
			err = g.setMissing(ctx, name, value)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	known := maps.Clone(g.contacts)
	maps.Copy(known, l.wishes.contacts)
	delete(known, g.me())
	blocks := maps.Clone(g.blocks)
	for account, b := range l.wishes.blocks {
		if mine, both := blocks[account]; account == g.me() || both && mine.Merge(b.Block) == mine.Block {
			continue
		}
		blocks[account] = b
	}
	marks, err := l.leftMarks(ctx)
	if err != nil {
		return err
	}
	err = errors.Join(
		g.setJSON(ctx, settingKnown, slices.Collect(maps.Keys(known))),
		g.setJSON(ctx, settingBlocks, slices.Collect(maps.Values(blocks))),
		g.setJSON(ctx, settingLeftMarks, marks),
	)
	if g.privacyEpoch.IsZero() { // the server has not said it to this device
		err = errors.Join(err, g.setJSON(ctx, settingPrivacy, l.wishes.privacy))
	}
	if err != nil {
		return err
	}
	last, err := g.store.Setting(ctx, settingLastRoom)
	if err == nil {
		_ = g.lastRoom.UnmarshalText(last) // a room that cannot be read is no room
	}
	return errors.Join(g.loadBlocks(ctx), g.loadKnown(ctx), g.loadEmoji(ctx), g.loadRules(ctx), g.loadPrivacy(ctx))
}

func (g *group) setJSON(ctx context.Context, name string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return g.store.SetSetting(ctx, name, data)
}

// setMissing sets what was never set here.
func (g *group) setMissing(ctx context.Context, name string, value []byte) error {
	if _, err := g.store.Setting(ctx, name); !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return g.store.SetSetting(ctx, name, value)
}

// leftMarks are the positions with the places that they can be compared by: dense near
// them, as what a restored server lacks is usually little.
func (l *left) leftMarks(ctx context.Context) (leftMarks, error) {
	all := leftMarks{Epoch: l.wishes.epoch}
	for room, m := range l.wishes.marks {
		seqs := []chat.Seq{m.Read}
		for back := chat.Seq(1); back < m.Read; back += max(back/8, 1) {
			seqs = append(seqs, m.Read-back)
		}
		places, err := l.store.Places(ctx, room, seqs)
		if err != nil {
			return all, err
		}
		mark := leftMark{Room: room, Read: m.Read, Mark: m.Mark, Rev: m.Rev}
		for _, p := range slices.Compact(places) {
			if p.Seq > 0 {
				mark.At = append(mark.At, leftPlace(p))
			}
		}
		all.Rooms = append(all.Rooms, mark)
	}
	return all, nil
}

// takeMarks merges what the person has read on the device before this one, once the rooms
// are here: in another history, up to the last place that is known to be in both.
func (a *App) takeMarks() {
	g := a.group
	var all leftMarks
	if err := g.loadJSON(a.disk, settingLeftMarks, &all); err != nil || len(all.Rooms) == 0 {
		a.storeResult(err)
		return
	}
	merge := map[chat.RoomID]chat.Marker{}
	for i := range all.Rooms {
		l := &all.Rooms[i]
		r := g.rooms[l.Room]
		if r == nil || r.c.Cursor.Seq == 0 {
			continue
		}
		m := chat.Marker{Read: l.Read, Mark: l.Mark, Rev: l.Rev}
		if all.Epoch != g.net.session.Greeting().Epoch {
			same, err := a.sameUpTo(r, l.At)
			if err != nil {
				a.storeResult(err)
				return
			}
			if m.Read = min(m.Read, same); m.Mark > same {
				m.Mark, m.Rev = 0, 0 // what it marked is not there
			}
		}
		m.Read = min(m.Read, r.c.Cursor.Seq)
		merge[l.Room] = m
	}
	rooms, err := g.store.MergeMarkers(a.disk, merge)
	if err == nil {
		err = g.setJSON(a.disk, settingLeftMarks, leftMarks{})
	}
	a.storeResult(err)
	for i := range rooms {
		a.marked(g.rooms[rooms[i].Room], &rooms[i])
	}
}

// sameUpTo is the first of the places, the highest first, that a room's log has as well.
func (a *App) sameUpTo(r *room, at []leftPlace) (chat.Seq, error) {
	seqs := make([]chat.Seq, len(at))
	for i := range at {
		seqs[i] = at[i].Seq
	}
	places, err := a.group.store.Places(a.disk, r.id, seqs)
	if err != nil {
		return 0, err
	}
	for i, p := range places {
		if leftPlace(p) == at[i] && p.Seq <= r.c.Cursor.Seq {
			return p.Seq, nil
		}
	}
	return 0, nil
}

// privacyRecord is what the account keeps to itself, and in which epoch the server said so.
type privacyRecord struct {
	Privacy
	Epoch chat.Epoch `json:"epoch,omitzero"`
}

// stricter hides what either of two hides.
func (p Privacy) stricter(o Privacy) Privacy {
	return Privacy{
		HidePresence: p.HidePresence || o.HidePresence,
		HideReadings: p.HideReadings || o.HideReadings,
		HideTyping:   p.HideTyping || o.HideTyping,
	}
}

// privacyTold takes over what the server says. One that was restored from an older backup
// would show again what was hidden since: it is told to hide it, without a question.
func (a *App) privacyTold(theirs Privacy) {
	g := a.group
	epoch := g.net.session.Greeting().Epoch
	want := g.privacy.stricter(theirs)
	if g.privacyEpoch.IsZero() || g.privacyEpoch == epoch || want == theirs || !g.net.has(wire.FeaturePrivacy) {
		a.keepPrivacy(theirs)
		return
	}
	request := func() wire.Request { return &wire.PrivacySet{Privacy: wire.Privacy(want)} }
	a.insist(alarmPrivacy, request, func(wire.Reply) {
		a.keepPrivacy(want)
		a.notice(Notice{Kind: NoticePrivacyKept})
	}, func(error) { a.keepPrivacy(theirs) })
}
