package storetest

import (
	"errors"
	"slices"
	"testing"

	"hearth/chat"
	"hearth/store"
)

// Cases runs the named cases against stores that open makes, each a fresh one.
func Cases(t *testing.T, open func(t *testing.T, owner store.Owner) Store) {
	for name, run := range map[string]func(c *testCase){
		"the event comes before the ack": eventBeforeAck,
		"the ack comes before the event": ackBeforeEvent,
		"an ack below the cursor":        ackBelowCursor,
		"an ack inside a void":           ackInVoid,
		"an ack of what was purged":      ackInPurged,
		"own events in a hole":           ownInHole,
		"a hole over own events ends":    holeEnds,
		"own events in a hole are lost":  ownInHoleLost,
		"purged unseen, then lost":       purgedAndLost,
		"the server changes its epoch":   epochChange,
		"the server loses events":        lostEvents,
		"what may be edited":             editing,
		"a draft goes with its message":  draftGoes,
		"a draft goes with a change":     draftGoesWithChange,
	} {
		t.Run(name, func(t *testing.T) {
			c := &testCase{
				T: t, room: chat.RoomID{1}, other: chat.AccountID{2},
				owner: store.Owner{Server: chat.ServerID{9}, Account: chat.AccountID{1}, Device: chat.DeviceID{7}},
			}
			c.log = NewLog(c.room)
			c.Store = open(t, c.owner)
			run(c)
			if err := c.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// testCase is a store, a room on a server, and the words of the cases. It fails
// the test where an operation fails that should not.
type testCase struct {
	*testing.T
	Store
	room  chat.RoomID
	other chat.AccountID
	owner store.Owner
	log   *Log
}

func (c *testCase) ok(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

func (c *testCase) wantError(got, want error) {
	c.Helper()
	if !errors.Is(got, want) {
		c.Fatalf("got %v, want %v", got, want)
	}
}

// waits puts a message into the outbox, transmitted with dseq unless that is 0.
func (c *testCase) waits(dseq uint64) chat.MID {
	c.Helper()
	mid := chat.NewMID()
	_, err := c.Enqueue(c.Context(), store.Submission{
		MID: mid, Room: c.room, Kind: chat.KindMessage, Body: TextBody("x"), Transmitted: dseq > 0, DSeq: dseq,
	})
	c.ok(err)
	return mid
}

// arrives lets the server accept a message id of ours; zero: somebody else's message.
func (c *testCase) arrives(mid chat.MID) chat.Seq {
	if mid.IsZero() {
		return c.log.Text(c.other, "x").Seq
	}
	return c.log.Append(chat.KindMessage, c.owner.Account, c.owner.Device, mid, TextBody("x")).Seq
}

// apply brings the store to the server's head.
func (c *testCase) apply() store.Applied {
	c.Helper()
	events, chain := c.log.Part(1, c.log.Head())
	done, err := c.Apply(c.Context(), store.Update{Rooms: []store.RoomUpdate{{Room: c.room, Events: events, Chain: chain}}})
	c.ok(err)
	return done
}

func (c *testCase) entry(mid chat.MID) (store.Entry, bool) {
	c.Helper()
	entries, err := c.Outbox(c.Context())
	c.ok(err)
	for _, e := range entries {
		if e.MID == mid {
			return e, true
		}
	}
	return store.Entry{}, false
}

func (c *testCase) wantState(mid chat.MID, want store.EntryState, seq chat.Seq) {
	c.Helper()
	if e, ok := c.entry(mid); !ok || e.State != want || e.Seq != seq {
		c.Fatalf("there: %v, %v at %d; want %v at %d", ok, e.State, e.Seq, want, seq)
	}
}

func (c *testCase) wantGone(mid chat.MID) {
	c.Helper()
	if e, ok := c.entry(mid); ok {
		c.Fatalf("still there: %v", e.State)
	}
}

func (c *testCase) nextDSeq() uint64 {
	c.Helper()
	r, err := c.Room(c.Context(), c.room)
	c.ok(err)
	return r.NextDSeq
}

func eventBeforeAck(c *testCase) {
	mid := c.waits(5)
	seq := c.arrives(mid)
	if done := c.apply(); len(done.Resolved) != 1 || done.Resolved[0] != mid || done.Rooms[0].Unread != 0 {
		c.Errorf("%+v", done)
	}
	c.wantGone(mid)
	if n := c.nextDSeq(); n != 6 {
		c.Errorf("next dseq %d", n)
	}
	c.acked(store.Ack{MID: mid, Seq: seq})
	c.wantGone(mid)
	if done := c.apply(); done.Duplicates != 1 || done.Events != 0 {
		c.Errorf("%+v", done)
	}
}

func ackBeforeEvent(c *testCase) {
	c.arrives(chat.MID{})
	c.apply()
	mid := c.waits(3)
	seq := c.arrives(mid)
	c.acked(store.Ack{MID: mid, Seq: seq})
	c.wantState(mid, store.EntryAcknowledged, seq)
	if n := c.nextDSeq(); n != 4 {
		c.Errorf("next dseq %d", n)
	}
	c.ok(c.Fail(c.Context(), mid, chat.CodeForbidden, "too late"))
	c.ok(c.Retry(c.Context(), mid))
	c.ok(c.Hold(c.Context(), mid))
	c.wantState(mid, store.EntryAcknowledged, seq)
	other := c.waits(4)
	c.ok(c.Doubt(c.Context(), mid, other))
	c.wantState(mid, store.EntryHeld, 0)
	c.wantState(other, store.EntryQueued, 0)
	c.ok(c.Discard(c.Context(), other))
	c.apply()
	c.wantGone(mid)
}

func ackBelowCursor(c *testCase) {
	seq := c.arrives(chat.MID{})
	c.apply()
	mid := c.waits(1)
	c.acked(store.Ack{MID: mid, Seq: seq})
	c.wantGone(mid)
}

// acked tells the store of an ack after which nothing is to be kept as failed.
func (c *testCase) acked(a store.Ack) {
	c.Helper()
	if done, err := c.Acknowledge(c.Context(), a); err != nil || len(done.Unkept) != 0 {
		c.Errorf("%+v, %v", done, err)
	}
}

// ackInPurged: a message that got into the log, and was purged before this device heard
// of it, is not taken from its author: the words stay, as failed, whatever came first.
func ackInPurged(c *testCase) {
	early, late, reaction := c.waits(1), c.waits(2), chat.NewMID()
	_, err := c.Enqueue(c.Context(), store.Submission{MID: reaction, Room: c.room, Kind: chat.KindReactionAdd, Body: []byte(`{"seq":1,"emoji":"x"}`), Created: 3})
	c.ok(err)
	one, two := c.arrives(early), c.arrives(late)
	c.acked(store.Ack{MID: early, Seq: one})
	done, err := c.Apply(c.Context(), store.Update{Rooms: []store.RoomUpdate{
		{Room: c.room, Void: &store.Void{From: 1, To: two, Reason: "purged", Chain: c.log.Chain(two)}},
	}})
	c.ok(err)
	if len(done.Resolved) != 0 {
		c.Errorf("%+v", done)
	}
	c.wantState(early, store.EntryFailed, one)
	for range 2 { // also if it is tried once more
		done, err := c.Acknowledge(c.Context(), store.Ack{MID: late, Seq: two}, store.Ack{MID: reaction, Seq: one})
		c.ok(err)
		if len(done.Unkept) != 1 || done.Unkept[0] != late {
			c.Errorf("kept as failed: %v", done.Unkept)
		}
		c.wantState(late, store.EntryFailed, two)
		c.wantGone(reaction)
		c.ok(c.Retry(c.Context(), late))
		c.wantState(late, store.EntryQueued, 0)
	}
}

// purgedAndLost: a server that goes back to before a message that was purged unseen has
// lost it, and knows of no purge: it waits for the person like everything else that is
// lost, between what stood before and behind it. What was purged before that place is
// not lost.
func purgedAndLost(c *testCase) {
	old, mid, other := c.waits(1), c.waits(2), c.waits(3)
	one := c.arrives(old)
	purged := func(from, to chat.Seq) {
		_, err := c.Apply(c.Context(), store.Update{Rooms: []store.RoomUpdate{
			{Room: c.room, Void: &store.Void{From: from, To: to, Reason: "purged", Chain: c.log.Chain(to)}},
		}})
		c.ok(err)
	}
	purged(1, one)
	kept := c.arrives(chat.MID{})
	first, last := chat.NewMID(), chat.NewMID()
	c.arrives(first)
	c.apply()
	at := c.arrives(mid)
	purged(at, at)
	c.arrives(last)
	c.apply()
	acked, err := c.Acknowledge(c.Context(), store.Ack{MID: old, Seq: one}, store.Ack{MID: mid, Seq: at})
	c.ok(err)
	if len(acked.Unkept) != 2 {
		c.Fatalf("kept as failed: %v", acked.Unkept)
	}
	again := func(e *chat.Event) (chat.Kind, []byte, bool) { return e.Kind, e.Body, true }
	done, err := c.Rewind(c.Context(), c.room, store.Rewinding{To: kept, State: chat.NewRoom(c.room), Offer: again})
	c.ok(err)
	if len(done.Offered) != 2 || len(done.Moved) != 2 || done.Moved[0].MID != mid || done.Moved[1].MID != other {
		c.Errorf("%+v", done)
	}
	c.wantState(mid, store.EntryHeld, 0)
	c.wantState(old, store.EntryFailed, one)
	c.wantState(other, store.EntryQueued, 0)
	all, err := c.Outbox(c.Context())
	c.ok(err)
	for i, want := range []chat.MID{old, first, mid, last, other} {
		because := store.CodeLost
		if i == 4 { // it goes out by itself
			because = ""
		}
		if all[i].MID != want || i > 0 && all[i].Code != because {
			c.Errorf("%d is %+v", i, all[i])
		}
	}
	c.ok(c.Retry(c.Context(), mid))
	c.wantState(mid, store.EntryQueued, 0)
}

// ackInVoid: nor is one that got into a part of the log that is not for its author.
func ackInVoid(c *testCase) {
	mid, join := c.waits(1), c.sends(chat.KindJoin, `{}`)
	seq := c.arrives(mid)
	next := c.arrives(join)
	c.acked(store.Ack{MID: mid, Seq: seq})
	c.acked(store.Ack{MID: join, Seq: next})
	done, err := c.Apply(c.Context(), store.Update{Rooms: []store.RoomUpdate{
		{Room: c.room, Void: &store.Void{From: 1, To: next, Reason: "not_visible", Chain: c.log.Chain(next)}},
	}})
	c.ok(err)
	if len(done.Resolved) != 1 || done.Resolved[0] != join {
		c.Errorf("%+v", done)
	}
	c.wantState(mid, store.EntryFailed, seq)
	if e, _ := c.entry(mid); e.Code != store.CodeUnseen {
		c.Errorf("code %q", e.Code)
	}
	c.wantGone(join)
}

// sends puts an event of any kind into the outbox, transmitted.
func (c *testCase) sends(kind chat.Kind, body string) chat.MID {
	c.Helper()
	mid := chat.NewMID()
	_, err := c.Enqueue(c.Context(), store.Submission{MID: mid, Room: c.room, Kind: kind, Body: []byte(body), Transmitted: true, DSeq: 9})
	c.ok(err)
	return mid
}

// leaps makes all that the server has and the store has not a hole.
func (c *testCase) leaps() store.Applied {
	c.Helper()
	from := chat.Seq(1)
	if r, err := c.Room(c.Context(), c.room); err == nil {
		from = r.Cursor.Seq + 1
	}
	to := c.log.Head()
	done, err := c.Apply(c.Context(), store.Update{Rooms: []store.RoomUpdate{
		{Room: c.room, State: chat.NewRoom(c.room), Void: &store.Void{From: from, To: to, Chain: c.log.Chain(to), Hole: true}},
	}})
	c.ok(err)
	return done
}

// fills loads places of a hole.
func (c *testCase) fills(from, to chat.Seq) store.Filled {
	c.Helper()
	f := store.Fill{Room: c.room, Before: c.log.Chain(from - 1)}
	f.Events, f.Chain = c.log.Part(from, to)
	done, err := c.FillHole(c.Context(), f)
	c.ok(err)
	return done
}

// ownInHole: what was sent and lies in a part of the log that is not here stays until it
// is, whether the ack came before the hole or after it, words or not.
func ownInHole(c *testCase) {
	c.arrives(chat.MID{})
	c.apply()
	early, late, reaction := c.waits(1), c.waits(2), c.sends(chat.KindReactionAdd, `{"seq":1,"emoji":"x"}`)
	one, two, three := c.arrives(early), c.arrives(late), c.arrives(reaction)
	c.arrives(chat.MID{})
	c.acked(store.Ack{MID: early, Seq: one})
	if done := c.leaps(); len(done.Resolved) != 0 {
		c.Errorf("%+v", done)
	}
	c.acked(store.Ack{MID: late, Seq: two})
	for range 2 { // also if it is told again
		done, err := c.Acknowledge(c.Context(), store.Ack{MID: reaction, Seq: three})
		c.ok(err)
		if len(done.Resolved)+len(done.Unkept) != 0 {
			c.Errorf("%+v", done)
		}
	}
	c.wantState(early, store.EntryAcknowledged, one)
	c.wantState(late, store.EntryAcknowledged, two)
	c.wantState(reaction, store.EntryAcknowledged, three)
	if done := c.fills(two, 5); len(done.Resolved) != 2 || len(done.Doubted) != 0 {
		c.Errorf("%+v", done)
	}
	c.wantState(early, store.EntryAcknowledged, one)
	if done := c.fills(one, one); len(done.Resolved) != 1 || done.Resolved[0] != early {
		c.Errorf("%+v", done)
	}
	c.wantGone(early)
}

// holeEnds: a hole over what was sent ends otherwise.
func holeEnds(c *testCase) {
	c.arrives(chat.MID{})
	c.apply()
	var mids []chat.MID
	var seqs []chat.Seq
	for i := range 4 {
		mids = append(mids, c.waits(uint64(i+1)))
		seqs = append(seqs, c.arrives(mids[i]))
	}
	c.leaps()
	for i, mid := range mids {
		c.acked(store.Ack{MID: mid, Seq: seqs[i]})
	}
	code := func(i int, want chat.Code) {
		c.Helper()
		c.wantState(mids[i], store.EntryFailed, seqs[i])
		if e, _ := c.entry(mids[i]); e.Code != want {
			c.Errorf("code %q, want %q", e.Code, want)
		}
	}
	// Nothing can be given for the newest.
	_, err := c.VoidHole(c.Context(), c.room, store.Void{From: seqs[3], To: seqs[3], Reason: "damaged", Chain: c.log.Chain(seqs[3])}, c.log.Chain(seqs[2]))
	c.ok(err)
	code(3, store.CodeUnseen)
	// The oldest is no longer kept.
	_, err = c.VoidBefore(c.Context(), c.room, store.Void{To: seqs[0], Reason: "purged", Chain: c.log.Chain(seqs[0])})
	c.ok(err)
	code(0, store.CodeUnkept)
	c.wantState(mids[1], store.EntryAcknowledged, seqs[1])
	// The server says that something else stands there.
	c.ok(c.Discard(c.Context(), mids[3]))
	again := c.waits(9)
	c.acked(store.Ack{MID: again, Seq: seqs[2]})
	if done := c.fills(seqs[2], seqs[2]); len(done.Doubted) != 1 || done.Doubted[0] != again || len(done.Resolved) != 1 {
		c.Errorf("%+v", done)
	}
	c.wantState(again, store.EntryHeld, 0)
	c.wantGone(mids[2])
	// One was away, and the log begins anew.
	c.arrives(chat.MID{})
	to := c.log.Head()
	done, err := c.Apply(c.Context(), store.Update{Rooms: []store.RoomUpdate{
		{Room: c.room, Void: &store.Void{From: to, To: to, Reason: "not_visible", Chain: c.log.Chain(to), Begins: true}},
	}})
	c.ok(err)
	if len(done.Resolved) != 0 {
		c.Errorf("%+v", done)
	}
	code(1, store.CodeUnseen)
}

// ownInHoleLost: the server loses what lies in a hole, and some of what stands around it.
// All is offered in the order in which it was written.
func ownInHoleLost(c *testCase) {
	stays := c.waits(1)
	kept := c.arrives(stays)
	c.apply()
	var mids []chat.MID
	for i := range 3 {
		mids = append(mids, c.waits(uint64(i+2)))
	}
	c.arrives(mids[0])
	middle := c.arrives(mids[1])
	c.arrives(mids[2])
	c.leaps()
	c.fills(kept+1, kept+1)
	c.fills(kept+3, kept+3)
	c.acked(store.Ack{MID: mids[1], Seq: middle})
	waits := c.waits(0)
	again := func(e *chat.Event) (chat.Kind, []byte, bool) { return e.Kind, e.Body, true }
	done, err := c.Rewind(c.Context(), c.room, store.Rewinding{To: kept, State: chat.NewRoom(c.room), Offer: again})
	c.ok(err)
	if len(done.Offered) != 2 || len(done.Moved) != 2 {
		c.Fatalf("%+v", done)
	}
	entries, err := c.Outbox(c.Context())
	c.ok(err)
	want := append(slices.Clone(mids), waits)
	for i := range entries {
		if len(entries) != len(want) || entries[i].MID != want[i] || entries[i].State == store.EntryAcknowledged {
			c.Errorf("%d of %d: %v", i, len(entries), entries[i].State)
		}
	}
}

func epochChange(c *testCase) {
	c.ok(c.SetEpoch(c.Context(), chat.Epoch{1}))
	mid := c.waits(1)
	c.acked(store.Ack{MID: mid, Seq: 8})
	c.ok(c.SetEpoch(c.Context(), chat.Epoch{1}))
	c.wantState(mid, store.EntryAcknowledged, 8)
	c.ok(c.SetEpoch(c.Context(), chat.Epoch{2}))
	c.wantState(mid, store.EntryHeld, 0)
	c.ok(c.Retry(c.Context(), mid))
	c.wantState(mid, store.EntryQueued, 0)
}

func lostEvents(c *testCase) {
	kept := c.arrives(chat.MID{})
	own := c.waits(1)
	c.arrives(own)
	c.arrives(chat.MID{})
	c.apply()
	_, err := c.SetRead(c.Context(), c.room, 3)
	c.ok(err)
	acked := c.waits(2)
	c.acked(store.Ack{MID: acked, Seq: 4})
	c.log.Cut(kept)

	again := func(e *chat.Event) (chat.Kind, []byte, bool) { return e.Kind, e.Body, true }
	done, err := c.Rewind(c.Context(), c.room, store.Rewinding{To: kept, State: chat.NewRoom(c.room), Offer: again})
	c.ok(err)
	if len(done.Offered) != 1 || done.Offered[0].MID != own || done.Lost != 2 || done.Left != 0 || done.Cursor.Seq != kept {
		c.Fatalf("%+v", done)
	}
	c.wantState(own, store.EntryHeld, 0)
	c.wantState(acked, store.EntryHeld, 0)
	r, err := c.Room(c.Context(), c.room)
	c.ok(err)
	if r.Cursor != (chat.Head{Seq: kept, Chain: c.log.Chain(kept)}) || r.Read != kept || r.Unread != 0 || r.Strays != 2 {
		c.Fatalf("%+v", r.Counters)
	}
	strays, err := c.Strays(c.Context(), c.room)
	c.ok(err)
	if len(strays) != 2 || strays[0].Seq != 2 || strays[1].Seq != 3 {
		c.Fatalf("%d strays", len(strays))
	}
	// The person has agreed, the same id arrives: it is lost no more. Others go on.
	c.ok(c.Retry(c.Context(), own))
	c.wantState(own, store.EntryQueued, 0)
	c.arrives(chat.MID{})
	c.arrives(own)
	if done := c.apply(); done.Events != 2 || len(done.Resolved) != 1 || done.Rooms[0].Unread != 1 || done.Rooms[0].Strays != 1 {
		c.Fatalf("%+v", done)
	}
	strays, err = c.Strays(c.Context(), c.room)
	c.ok(err)
	if len(strays) != 1 || strays[0].Seq != 3 {
		c.Fatalf("%d strays", len(strays))
	}
	_, err = c.Rewind(c.Context(), c.room, store.Rewinding{To: 99})
	c.wantError(err, store.ErrInvalid)
	_, err = c.Rewind(c.Context(), chat.RoomID{5}, store.Rewinding{})
	c.wantError(err, store.ErrNotFound)
}

func editing(c *testCase) {
	fresh, sent, refused := c.waits(0), c.waits(1), c.waits(2)
	c.ok(c.Fail(c.Context(), refused, chat.CodeTooLong, "too long"))
	_, err := c.Edit(c.Context(), sent, chat.NewMID(), chat.KindMessage, TextBody("y"), nil)
	c.wantError(err, store.ErrTransmitted)
	_, err = c.Edit(c.Context(), fresh, sent, chat.KindMessage, TextBody("y"), nil)
	c.wantError(err, store.ErrDuplicateMID)
	_, err = c.Edit(c.Context(), chat.NewMID(), chat.NewMID(), chat.KindMessage, TextBody("y"), nil)
	c.wantError(err, store.ErrNotFound)
	for _, old := range []chat.MID{fresh, refused} {
		before, _ := c.entry(old)
		e, err := c.Edit(c.Context(), old, chat.NewMID(), chat.KindMessage, TextBody("y"), nil)
		c.ok(err)
		after, there := c.entry(e.MID)
		if !there || after.Order != before.Order || after.State != store.EntryQueued || after.Transmitted || after.Code != "" {
			c.Errorf("%+v", after)
		}
		c.wantGone(old)
	}
}

func draftGoesWithChange(c *testCase) {
	sent, fresh := c.waits(1), c.waits(0)
	begun := chat.Draft{Text: "meanwhile", Edit: chat.DraftEdit{MID: fresh, Text: "y"}}
	c.ok(c.SetDraft(c.Context(), c.room, begun))
	left := chat.Draft{Text: "meanwhile"}
	_, err := c.Edit(c.Context(), sent, chat.NewMID(), chat.KindMessage, TextBody("y"), &left)
	c.wantError(err, store.ErrTransmitted)
	if d, err := c.Draft(c.Context(), c.room); err != nil || !d.Equal(&begun) {
		c.Fatalf("after a refusal: %+v, %v", d, err)
	}
	_, err = c.Edit(c.Context(), fresh, chat.NewMID(), chat.KindMessage, TextBody("y"), &left)
	c.ok(err)
	if d, err := c.Draft(c.Context(), c.room); err != nil || !d.Equal(&left) {
		c.Fatalf("afterwards: %+v, %v", d, err)
	}
}

func draftGoes(c *testCase) {
	c.ok(c.SetDraft(c.Context(), c.room, chat.Draft{Text: "half a thought", Reply: 3}))
	sub := store.Submission{MID: chat.NewMID(), Room: c.room, Kind: chat.KindMessage, Body: TextBody("x"), Draft: &chat.Draft{Text: "and"}}
	_, err := c.Enqueue(c.Context(), sub, sub)
	c.wantError(err, store.ErrDuplicateMID)
	if d, err := c.Draft(c.Context(), c.room); err != nil || d.Text != "half a thought" || d.Reply != 3 {
		c.Fatalf("after a refusal: %+v, %v", d, err)
	}
	_, err = c.Enqueue(c.Context(), sub)
	c.ok(err)
	if d, err := c.Draft(c.Context(), c.room); err != nil || !d.Equal(sub.Draft) {
		c.Fatalf("afterwards: %+v, %v", d, err)
	}
	sub.MID, sub.Draft = chat.NewMID(), &chat.Draft{}
	_, err = c.Enqueue(c.Context(), sub)
	c.ok(err)
	if d, err := c.Draft(c.Context(), c.room); err != nil || !d.IsZero() {
		c.Fatalf("at the end: %+v, %v", d, err)
	}
}
