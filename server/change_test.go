package server

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage/boltstore"
)

// body is the body of a change to a place.
func bodyOf(seq chat.Seq, more string) string { return fmt.Sprintf(`{"seq":%d%s}`, seq, more) }

// wants checks a refusal.
func (c *raw) wants(room chat.RoomID, kind chat.Kind, body string, code chat.Code, path string) {
	c.t.Helper()
	e := c.refused(c.post(room, kind, body))
	if e.Code != code || e.Path != path {
		c.t.Errorf("%s %s: refused as %v, want %s at %s", kind, body, e, code, path)
	}
}

// events returns a room's whole log.
func (w *world) events(room chat.RoomID) []chat.Event {
	w.t.Helper()
	page, err := w.store.Read(w.t.Context(), room, 1, 1<<50, 1<<20, 1<<30)
	if err != nil {
		w.t.Fatal(err)
	}
	return page.Events
}

// TestChanges: who may change what, and what a change does to what is stored.
func TestChanges(t *testing.T) {
	w := newWorld(t, nil, Options{Limits: roomy()})
	ann, ben, eve := w.person(), w.person(), w.person()
	room, founded := ann.found(chat.AccessOpen, ben.account, eve.account)
	m := ben.text(room, "a secret").Seq

	for _, kind := range []chat.Kind{chat.KindEdit, chat.KindDelete, chat.KindReactionAdd, chat.KindReactionRemove, chat.KindPinAdd, chat.KindPinRemove} {
		more := map[chat.Kind]string{chat.KindEdit: `,"text":"x"`, chat.KindReactionAdd: `,"emoji":"🫖"`, chat.KindReactionRemove: `,"emoji":"🫖"`}[kind]
		ben.wants(room, kind, bodyOf(m+100, more), chat.CodeMessageGone, "/body/seq")
		ben.wants(room, kind, bodyOf(m+1, more), chat.CodeMessageGone, "/body/seq") // its own place
		ben.wants(room, kind, bodyOf(founded.Seq, more), chat.CodeMessageGone, "/body/seq")
	}
	ann.wants(room, chat.KindEdit, bodyOf(m, `,"text":"x"`), chat.CodeForbidden, "/body/seq")
	eve.wants(room, chat.KindDelete, bodyOf(m, ``), chat.CodeForbidden, "/body/seq")

	first := ben.say(room, chat.KindEdit, bodyOf(m, `,"text":"a secret, edited"`)).Seq
	second := ben.say(room, chat.KindEdit, bodyOf(m, `,"text":"a secret, again"`)).Seq
	ben.wants(room, chat.KindEdit, bodyOf(first, `,"text":"an edit is no message"`), chat.CodeMessageGone, "/body/seq")
	eve.say(room, chat.KindReactionAdd, bodyOf(m, `,"emoji":"🫖"`))
	eve.say(room, chat.KindReactionAdd, bodyOf(m, `,"emoji":"🫖"`))
	eve.say(room, chat.KindPinAdd, bodyOf(m, ``))
	if pins := w.room(room).view.Load().state.Pins; !slices.Equal(pins, []chat.Seq{m}) {
		t.Errorf("pinned: %v", pins)
	}

	gone := ann.say(room, chat.KindDelete, bodyOf(m, ``)).Seq // the owner
	for _, e := range w.events(room) {
		if want := e.Seq == m || e.Seq == first || e.Seq == second; e.Erased != want || want && len(e.Body)+len(bytes.Trim(e.Salt[:], "\x00")) > 0 {
			t.Errorf("%d after the deletion: %+v", e.Seq, e)
		}
	}
	if pins := w.room(room).view.Load().state.Pins; len(pins) != 0 {
		t.Errorf("pinned: %v", pins)
	}
	ben.wants(room, chat.KindEdit, bodyOf(m, `,"text":"x"`), chat.CodeMessageGone, "/body/seq")
	eve.wants(room, chat.KindReactionAdd, bodyOf(m, `,"emoji":"🫖"`), chat.CodeMessageGone, "/body/seq")
	eve.wants(room, chat.KindPinAdd, bodyOf(m, ``), chat.CodeMessageGone, "/body/seq")
	eve.wants(room, chat.KindDelete, bodyOf(m, ``), chat.CodeForbidden, "/body/seq")
	for _, ack := range []*wire.Ack{
		ben.say(room, chat.KindDelete, bodyOf(m, ``)),
		eve.say(room, chat.KindReactionRemove, bodyOf(m, `,"emoji":"🫖"`)),
		eve.say(room, chat.KindPinRemove, bodyOf(m, ``)),
	} {
		if ack.Seq <= gone {
			t.Errorf("accepted at %d", ack.Seq)
		}
	}
	if err := w.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestChangeLimits: emoji of a message, pins of a room, edits of a message.
func TestChangeLimits(t *testing.T) {
	w := newWorld(t, nil, Options{Limits: roomy()})
	ann, ben := w.person(), w.person()
	room, _ := ann.found(chat.AccessOpen, ben.account)
	m := ann.text(room, "popular").Seq
	emoji := func(i int) string { return fmt.Sprintf(`,"emoji":"%c"`, 0x1F600+i) }
	for i := range chat.MaxReactionKinds {
		[]*raw{ann, ben}[i%2].say(room, chat.KindReactionAdd, bodyOf(m, emoji(i)))
	}
	ann.wants(room, chat.KindReactionAdd, bodyOf(m, emoji(99)), chat.CodeLimitReached, "/body/emoji")
	ben.say(room, chat.KindReactionAdd, bodyOf(m, emoji(0))) // another one's
	ann.say(room, chat.KindReactionRemove, bodyOf(m, emoji(0)))
	ann.wants(room, chat.KindReactionAdd, bodyOf(m, emoji(99)), chat.CodeLimitReached, "/body/emoji") // ben's stands
	ben.say(room, chat.KindReactionRemove, bodyOf(m, emoji(0)))
	ann.say(room, chat.KindReactionAdd, bodyOf(m, emoji(99)))

	var ids []uint64
	for range chat.MaxPins + 1 {
		ann.text(room, "pin me")
	}
	last := w.room(room).head()
	for i := range chat.MaxPins {
		s := ann.post(room, chat.KindPinAdd, bodyOf(last-chat.Seq(i), ``))
		ann.dseq[room]++
		ids = append(ids, ann.ask(s))
	}
	for range chat.MaxEdits {
		s := ann.post(room, chat.KindEdit, bodyOf(m, `,"text":"x"`))
		ann.dseq[room]++
		ids = append(ids, ann.ask(s))
	}
	for _, id := range ids {
		if f, ok := ann.answer(id).(*wire.Ack); !ok {
			t.Fatalf("refused: %+v", f)
		}
	}
	ann.wants(room, chat.KindPinAdd, bodyOf(m, ``), chat.CodeLimitReached, "/body/seq")
	ann.say(room, chat.KindPinAdd, bodyOf(last, ``)) // is pinned
	ann.say(room, chat.KindPinRemove, bodyOf(last, ``))
	ann.say(room, chat.KindPinAdd, bodyOf(m, ``))
	ann.wants(room, chat.KindEdit, bodyOf(m, `,"text":"x"`), chat.CodeLimitReached, "/body/seq")
	ann.say(room, chat.KindDelete, bodyOf(m, ``))
	erased := 0
	for _, e := range w.events(room) {
		if e.Erased {
			erased++
		}
	}
	if erased != 1+chat.MaxEdits {
		t.Errorf("%d events are erased", erased)
	}
}

// TestChangeRetry: a retry of what was erased meanwhile, or of a deletion, is told
// its place, whatever it says.
func TestChangeRetry(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann := w.person()
	room, _ := ann.found(chat.AccessClosed)
	said := ann.post(room, chat.KindMessage, `{"text":"once"}`)
	first := ann.answer(ann.ask(said)).(*wire.Ack)
	ann.dseq[room]++
	del := ann.post(room, chat.KindDelete, bodyOf(first.Seq, ``))
	deleted := ann.answer(ann.ask(del)).(*wire.Ack)
	ann.dseq[room]++
	for s, want := range map[*wire.Send]*wire.Ack{said: first, del: deleted} {
		again, ok := ann.answer(ann.ask(s)).(*wire.Ack)
		if !ok || !again.Duplicate || again.Seq != want.Seq || again.Chain != want.Chain {
			t.Errorf("retry of %s: %+v", s.Kind, again)
		}
	}
	other := *said
	other.Body = `{"text":"guessed"}` // nothing tells whether it is what was said
	if again, ok := ann.answer(ann.ask(&other)).(*wire.Ack); !ok || !again.Duplicate {
		t.Errorf("retry with another text: %+v", again)
	}
	if head := w.room(room).head(); head != deleted.Seq {
		t.Errorf("the log ends at %d", head)
	}
}

// draftOf decides sends as one batch and writes it.
func draftOf(w *world, room chat.RoomID, sends []*post) []outcome {
	r := w.room(room)
	var outcomes []outcome
	for _, p := range sends {
		p.done = func(ack *wire.Ack, err *chat.Error) { outcomes = append(outcomes, outcome{p, ack, err}) }
	}
	r.srv.posting.Add(int64(len(sends)))
	r.commit(sends)
	return outcomes
}

// TestChangesInOneBatch: what one commit holds is decided in its order, and what it
// erases itself is neither stored nor pushed.
func TestChangesInOneBatch(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, ben := w.person(), w.person()
	room, _ := ann.found(chat.AccessOpen, ben.account)
	old := ann.text(room, "older secret").Seq
	ben.sync()
	ben.until(func(f wire.Frame) bool { _, ok := f.(*wire.Live); return ok })
	head := w.room(room).head()
	var sends []*post
	dseq := ann.dseq[room]
	add := func(kind chat.Kind, body string) {
		dseq++
		req := &wire.Send{MID: chat.NewMID(), Room: room, DSeq: dseq, Kind: kind, Body: body}
		p := w.server.prepare(t.Context(), ann.who(), ann.deviceID(), req)
		sends = append(sends, p)
	}
	at := func(i int) chat.Seq { return head + chat.Seq(i) }
	add(chat.KindMessage, `{"text":"newer secret"}`)                       // 1
	add(chat.KindEdit, bodyOf(at(1), `,"text":"newer secret, corrected"`)) // 2
	add(chat.KindEdit, bodyOf(old, `,"text":"older secret, corrected"`))   // 3
	add(chat.KindPinAdd, bodyOf(at(1), ``))                                // 4
	add(chat.KindDelete, bodyOf(at(1), ``))                                // 5
	add(chat.KindDelete, bodyOf(at(1), ``))                                // 6: changes nothing
	add(chat.KindDelete, bodyOf(old, ``))                                  // 7
	add(chat.KindDelete, bodyOf(old, ``))                                  // 8
	refusedFrom := len(sends)
	add(chat.KindEdit, bodyOf(at(1), `,"text":"x"`))
	dseq--
	add(chat.KindEdit, bodyOf(old, `,"text":"x"`))
	dseq--
	add(chat.KindReactionAdd, bodyOf(old, `,"emoji":"🫖"`))
	dseq--
	add(chat.KindMessage, `{"text":"the end"}`) // 9
	for i, o := range draftOf(w, room, sends) {
		refused := i >= refusedFrom && i < len(sends)-1
		if refused != (o.err != nil) || refused && o.err.Code != chat.CodeMessageGone {
			t.Errorf("send %d: %+v %v", i+1, o.ack, o.err)
		}
	}
	frames := ben.until(func(f wire.Frame) bool {
		e, ok := f.(*wire.Events)
		return ok && e.Events[len(e.Events)-1].Seq == at(9)
	})
	pushed := eventsIn(frames, room)
	pushed = pushed[len(pushed)-9:]
	stored := w.events(room)
	chain := chainAt(t, w, room, head)
	for i := range pushed {
		e := pushed[i].Event(room)
		want := slices.Contains([]int{1, 2, 3}, i+1)
		if e.Erased != want || strings.Contains(string(e.Body), "secret") {
			t.Errorf("pushed at %d: %s", e.Seq, e.Body)
		}
		if d := cmp.Diff(stored[e.Seq-1], e, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("pushed and stored differ: %s", d)
		}
		chain = e.Chain(chain)
	}
	if chain != chainAt(t, w, room, at(9)) {
		t.Error("the chain is another one")
	}
	if !stored[old-1].Erased {
		t.Error("the older message is not erased")
	}
	if err := w.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// shown is what a log makes of one message.
type shown struct {
	Text  string
	Gone  bool
	Emoji map[string]int
}

// fold reads a log from its start as docs/adr/0020 says.
func foldOf(events []chat.Event) (map[chat.Seq]*shown, []chat.Seq) {
	all, marks := map[chat.Seq]*shown{}, map[string]bool{}
	room := chat.NewRoom(chat.RoomID{})
	for i := range events {
		e := &events[i]
		body, _ := wire.ParseBody(e.Kind, e.Body)
		if e.Erased {
			if e.Kind == chat.KindMessage {
				all[e.Seq] = &shown{Gone: true, Emoji: map[string]int{}}
			}
			continue
		}
		room.Apply(e, body)
		m := all[chat.TargetOf(body)]
		key := func(emoji string) string { return fmt.Sprint(e.Author, chat.TargetOf(body), emoji) }
		switch b := body.(type) {
		case chat.Text:
			all[e.Seq] = &shown{Text: b.Text, Emoji: map[string]int{}}
		case chat.Edit:
			m.Text = b.Text
		case chat.Delete:
			m.Gone, m.Text = true, ""
		case chat.Reaction:
			if k := key(b.Emoji); !marks[k] {
				marks[k] = true
				m.Emoji[b.Emoji]++
			}
		case chat.Unreaction:
			if k := key(b.Emoji); marks[k] {
				delete(marks, k)
				if m.Emoji[b.Emoji]--; m.Emoji[b.Emoji] == 0 {
					delete(m.Emoji, b.Emoji)
				}
			}
		}
	}
	return all, room.Pins
}

// TestChangesModel: whatever three members do, in batches of any size, with retries
// and rooms read anew in between, the log says what a model of it says: sets and texts.
func TestChangesModel(t *testing.T) {
	store, err := boltstore.Open(t.TempDir(), boltstore.Options{JournalEvents: 20})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, store, Options{Limits: roomy()})
	people := []*raw{w.person(), w.person(), w.person()}
	who := map[chat.AccountID]*raw{}
	for _, c := range people {
		who[c.account] = c
	}
	rapid.Check(t, func(rt *rapid.T) {
		room, _ := people[0].found(chat.AccessOpen, people[1].account, people[2].account)
		model, marks := map[chat.Seq]*shown{}, map[string]bool{}
		authors, pins := map[chat.Seq]int{}, []chat.Seq{}
		dseqs := map[*raw]uint64{people[0]: people[0].dseq[room]}
		var sent []*post
		for range rapid.IntRange(1, 6).Draw(rt, "batches") {
			head := w.room(room).head()
			var batch []*post
			var effects []func(seq chat.Seq) bool // model's half: whether it is accepted
			for range rapid.IntRange(1, 8).Draw(rt, "sends") {
				if len(sent) > 0 && rapid.IntRange(0, 9).Draw(rt, "retry") == 0 {
					again := *sent[rapid.IntRange(0, len(sent)-1).Draw(rt, "which")]
					batch, effects = append(batch, &again), append(effects, nil)
					continue
				}
				i := rapid.IntRange(0, 2).Draw(rt, "who")
				c := people[i]
				target := chat.Seq(rapid.Uint64Range(3, uint64(head)+8).Draw(rt, "target"))
				emoji := rapid.SampledFrom([]string{"👍", "🫖"}).Draw(rt, "emoji")
				text := rapid.StringMatching(`[a-z]{1,9}`).Draw(rt, "text")
				kind := rapid.SampledFrom([]chat.Kind{
					chat.KindMessage, chat.KindMessage, chat.KindEdit, chat.KindDelete,
					chat.KindReactionAdd, chat.KindReactionRemove, chat.KindPinAdd, chat.KindPinRemove,
				}).Draw(rt, "kind")
				body, key := bodyOf(target, ``), fmt.Sprint(i, target, emoji)
				var effect func(seq chat.Seq) bool
				switch kind {
				case chat.KindMessage:
					body = fmt.Sprintf(`{"text":%q,"reply":%d}`, text, target)
					effect = func(seq chat.Seq) bool {
						model[seq], authors[seq] = &shown{Text: text, Emoji: map[string]int{}}, i
						return true
					}
				case chat.KindEdit:
					body = bodyOf(target, fmt.Sprintf(`,"text":%q`, text))
					effect = func(chat.Seq) bool {
						m := model[target]
						if m == nil || m.Gone || authors[target] != i {
							return false
						}
						m.Text = text
						return true
					}
				case chat.KindDelete:
					effect = func(chat.Seq) bool {
						m := model[target]
						if m == nil || authors[target] != i && i != 0 {
							return false
						}
						m.Gone, m.Text = true, ""
						pins = slices.DeleteFunc(pins, func(s chat.Seq) bool { return s == target })
						return true
					}
				case chat.KindReactionAdd, chat.KindReactionRemove:
					body = bodyOf(target, fmt.Sprintf(`,"emoji":%q`, emoji))
					effect = func(chat.Seq) bool {
						m := model[target]
						if m == nil || m.Gone && kind == chat.KindReactionAdd {
							return false
						}
						if on := kind == chat.KindReactionAdd; on != marks[key] {
							marks[key] = on
							m.Emoji[emoji] += map[bool]int{true: 1, false: -1}[on]
							maps.DeleteFunc(m.Emoji, func(_ string, n int) bool { return n == 0 })
						}
						return true
					}
				case chat.KindPinAdd, chat.KindPinRemove:
					effect = func(chat.Seq) bool {
						m := model[target]
						if m == nil || m.Gone && kind == chat.KindPinAdd {
							return false
						}
						in := slices.Contains(pins, target)
						if kind == chat.KindPinAdd && !in {
							pins = append(pins, target)
						} else if kind == chat.KindPinRemove && in {
							pins = slices.DeleteFunc(pins, func(s chat.Seq) bool { return s == target })
						}
						return true
					}
				}
				// The counter is set when it is known whether those before it were accepted.
				req := &wire.Send{MID: chat.NewMID(), Room: room, Kind: kind, Body: body}
				p := w.server.prepare(t.Context(), c.who(), c.deviceID(), req)
				batch, effects = append(batch, p), append(effects, effect)
			}
			seq := head
			var want []bool
			for k, p := range batch {
				if effects[k] == nil {
					want = append(want, true)
					continue
				}
				c := who[p.account]
				p.req.DSeq = dseqs[c] + 1
				ok := effects[k](seq + 1)
				if ok {
					seq++
					dseqs[c]++
				}
				want = append(want, ok)
			}
			for k, o := range draftOf(w, room, batch) {
				if (o.err == nil) != want[k] || effects[k] == nil && !o.ack.Duplicate {
					rt.Fatalf("%s %s: %+v, %v", o.p.req.Kind, o.p.req.Body, o.ack, o.err)
				}
				if o.err == nil {
					sent = append(sent, o.p)
				}
			}
			if rapid.IntRange(0, 3).Draw(rt, "put away") == 0 {
				h := w.server.hub
				h.mu.Lock()
				delete(h.rooms, room)
				h.mu.Unlock()
			}
		}
		events := w.events(room)
		got, gotPins := foldOf(events)
		if d := cmp.Diff(model, got); d != "" {
			rt.Fatalf("-model +log\n%s", d)
		}
		state := w.room(room).view.Load().state
		if !slices.Equal(pins, gotPins) || !slices.Equal(pins, state.Pins) {
			rt.Fatalf("pins: model %v, log %v, state %v", pins, gotPins, state.Pins)
		}
	})
	if err := store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestReactionFlood: nobody reacts to a message so often that the reactions of others
// are out of everybody's sight.
func TestReactionFlood(t *testing.T) {
	l := roomy()
	w := newWorld(t, nil, Options{Limits: l})
	ann, bob := w.person(), w.person()
	m := ann.text(w.general, "look").Seq
	on, off := fmt.Sprintf(`{"seq":%d,"emoji":"🫖"}`, m), fmt.Sprintf(`{"seq":%d,"emoji":"🫖"}`, m)
	ann.say(w.general, chat.KindReactionAdd, fmt.Sprintf(`{"seq":%d,"emoji":"👍"}`, m))
	for i := range chat.MaxOwnReactions {
		if i%2 == 0 {
			bob.say(w.general, chat.KindReactionAdd, on)
		} else {
			bob.say(w.general, chat.KindReactionRemove, off)
		}
	}
	bob.wants(w.general, chat.KindReactionAdd, on, chat.CodeLimitReached, "/body/seq")
	bob.wants(w.general, chat.KindReactionRemove, off, chat.CodeLimitReached, "/body/seq")
	ann.say(w.general, chat.KindReactionAdd, on)
	bob.say(w.general, chat.KindReactionAdd, fmt.Sprintf(`{"seq":%d,"emoji":"🫖"}`, bob.text(w.general, "something else").Seq))
}

// TestOddMembers: a member under another spelling of its name changes nothing: what was
// checked is what is done.
func TestOddMembers(t *testing.T) {
	w := newWorld(t, nil, keeping(t, nil))
	ann, bob := w.person(), w.person()
	victim, own := ann.text(w.general, "keep me").Seq, bob.text(w.general, "mine").Seq
	secret := []byte("only for ann")
	newCourier(ann).upload(secret)
	private, _ := ann.found(chat.AccessClosed)
	ann.say(private, chat.KindMessage, naming(secret))
	for _, name := range []string{"SEQ", "Seq", "ſeq", `\u0053eq`} {
		bob.say(w.general, chat.KindEdit, fmt.Sprintf(`{"seq":%d,"text":"x","%s":%d}`, own, name, victim))
		bob.say(w.general, chat.KindPinAdd, fmt.Sprintf(`{"seq":%d,"%s":%d}`, own, name, victim))
	}
	seq := bob.say(w.general, chat.KindDelete, fmt.Sprintf(`{"seq":%d,"SEQ":%d}`, own, victim)).Seq
	page, err := w.store.Read(t.Context(), w.general, 1, seq, 100, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if page.Events[victim-1].Erased || !page.Events[own-1].Erased || page.Events[seq-1].Target() != own {
		t.Errorf("deleted: %v, own: %v, indexed as %d", page.Events[victim-1].Erased, page.Events[own-1].Erased, page.Events[seq-1].Target())
	}
	if places, err := w.store.AboutPlaces(t.Context(), w.general, victim); err != nil || len(places) > 0 {
		t.Errorf("changes of another's message: %v %v", places, err)
	}
	// Nor does a content become one's own by being named oddly.
	bob.say(w.general, chat.KindMessage, strings.NewReplacer(`"files"`, `"FILES"`, `"text":""`, `"text":"x"`).Replace(naming(secret)))
	newCourier(bob).wants(http.StatusNotFound, http.MethodGet, "/"+spell(secret)+"?room="+w.general.String(), nil)
	if err := w.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}
