package app

import (
	"context"
	"crypto/ed25519"
	"slices"
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/memnet"
	"hearth/server/storage"
	"hearth/store/secret"
)

// again are the ways in which somebody whose device was removed gets back in. Each is
// given links of before and after the server has changed its identity.
var again = []struct {
	name string
	in   func(ctx context.Context, p *person, before, after chat.Link) error
}{
	{"the group's own link", func(ctx context.Context, p *person, _, _ chat.Link) error {
		return p.SignIn(ctx, SignInRequest{Password: []byte(oldPassword)})
	}},
	{"a link from before", func(ctx context.Context, p *person, before, _ chat.Link) error {
		return p.SignIn(ctx, SignInRequest{Link: before.String(), Password: []byte(oldPassword)})
	}},
	{"a link from after", func(ctx context.Context, p *person, _, after chat.Link) error {
		return p.SignIn(ctx, SignInRequest{Link: after.String(), Name: "ann", Password: []byte(oldPassword)})
	}},
	{"a link for a new password", func(ctx context.Context, p *person, _, _ chat.Link) error {
		return p.ResetPassword(ctx, ResetRequest{Link: p.w.reset(p.account), Password: []byte(newPassword)})
	}},
	{"one from before", func(ctx context.Context, p *person, before, _ chat.Link) error {
		l, err := chat.ParseLink(p.w.reset(p.account))
		must(p.w.t, err)
		l.Server = before.Server
		return p.ResetPassword(ctx, ResetRequest{Link: l.String(), Password: []byte(newPassword)})
	}},
	{"the recovery key", func(ctx context.Context, p *person, _, _ chat.Link) error {
		return p.Recover(ctx, RecoverRequest{Name: "Ann", Key: p.w.recovers(p.account), Password: []byte(newPassword)})
	}},
	{"the recovery key with a link from before", func(ctx context.Context, p *person, before, _ chat.Link) error {
		return p.Recover(ctx, RecoverRequest{Link: before.String(), Name: "ann", Key: p.w.recovers(p.account), Password: []byte(newPassword)})
	}},
	{"the recovery key with a link from after", func(ctx context.Context, p *person, _, after chat.Link) error {
		return p.Recover(ctx, RecoverRequest{Link: after.String(), Name: "ann", Key: p.w.recovers(p.account), Password: []byte(newPassword)})
	}},
}

// link is a link to the world's server as it is now.
func (w *world) link() chat.Link {
	return chat.Link{Addresses: []string{w.address}, Server: w.sid, Bound: true}
}

// removed has the server, with a new identity or several, say that a device was removed.
// followed: the program has met the new one before.
func (p *person) removed(followed bool) {
	p.w.t.Helper()
	w := p.w
	w.stop(true)
	w.rotate(false)
	if w.start(); followed {
		p.TryNow()
		p.live()
		w.stop(true)
	} else {
		w.stop(true)
	}
	p.say(w.general, "waiting")
	must(w.t, w.data.RevokeDevice(w.t.Context(), p.View().Me.Device))
	w.start()
	p.TryNow()
	p.until("the removal", func(v *View) bool { return v.Connection.Reason == ReasonRevoked })
	p.begins(w.general, chat.Draft{Text: "half a thought"})
}

// TestSignInAfterRotation: the server has changed its identity since the group came into
// the profile. Whatever link somebody signs in again by, the group is there once, with all
// that waited, now and after a restart.
func TestSignInAfterRotation(t *testing.T) {
	for _, way := range again {
		for name, followed := range map[string]bool{"followed": true, "not followed yet": false} {
			t.Run(way.name+", "+name, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					w := newWorld(t, nil)
					defer w.close()
					p := w.member("ann").protect(oldPassword)
					h := newHouse(t, w.net).takeIn(p).run()
					h.untilPhases(PhaseOpen)
					before := w.link()
					ann := h.of(w, "ann").live()
					ann.account = p.account
					ann.removed(followed)
					must(t, way.in(t.Context(), ann, before, w.link()))
					check := func(when string) {
						t.Helper()
						time.Sleep(time.Minute)
						if n := len(h.Groups.Groups()); n != 1 {
							t.Fatalf("%s there are %d groups", when, n)
						}
						ann := h.of(w, "ann").live().sent()
						if got := ann.texts(w.general); len(got) != 1 || got[0] != "waiting" {
							t.Errorf("%s the room is %q", when, got)
						}
						if got := ann.draftOf(w.general); got.Text != "half a thought" {
							t.Errorf("%s the draft is %+v", when, got)
						}
					}
					check("at once")
					h.quit()
					h.run().untilPhases(PhaseOpen)
					check("started again,")
					h.quit()
				})
			})
		}
	}
}

// TestNoSecondAfterRotation: an account that is here already is not signed in to once
// more, by a link of the identity that the profile has not met yet neither.
func TestNoSecondAfterRotation(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		p := w.member("ann").protect(goodPassword)
		h := newHouse(t, w.net).takeIn(p).run()
		h.untilPhases(PhaseOpen)
		h.of(w, "ann").live()
		w.stop(true)
		w.net.CutAll()
		w.rotate(false)
		w.start()
		item := h.Add()
		time.Sleep(time.Millisecond)
		err := item.Core.SignIn(t.Context(), SignInRequest{Link: w.link().String(), Name: "ann", Password: password()})
		if failCode(err) != FailSignedIn {
			t.Errorf("a second time: %v", err)
		}
		h.quit()
	})
}

// TestStrangerInherits: the server of another group says of the account that signs in there
// that it is the one that the profile has elsewhere. It does not get what waits there, and
// the group stays; so too where it shows an identity that has not vouched for it, and
// where its key was once the group's.
func TestStrangerInherits(t *testing.T) {
	for name, forge := range map[string]func(evil, w *world) (refused bool){
		"another identity": func(*world, *world) bool { return false },
		"forged": func(evil, w *world) bool {
			evil.line = w.line
			evil.rotate(true)
			return true
		},
		"succeeded long ago": func(evil, w *world) bool {
			evil.line = w.line[len(w.line)-1:]
			evil.rotate(false)
			return false
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) { testStrangerInherits(t, forge) })
		})
	}
}

func testStrangerInherits(t *testing.T, forge func(evil, w *world) bool) {
	network := memnet.New()
	w := newWorldAt(t, testAddress, network, nil)
	defer w.close()
	evil := newWorldAt(t, "evil.test:7480", network, nil)
	defer evil.close()
	p := w.member("ann").protect(goodPassword)
	h := newHouse(t, network).takeIn(p).run()
	h.untilPhases(PhaseOpen)
	ann := h.of(w, "ann").live()
	ann.removed(true)
	q := *p
	q.w = evil
	evil.admit(&q)
	q.protect(goodPassword)
	evil.stop(true)
	evil.general, evil.options.DefaultRooms = w.general, []chat.RoomID{w.general} // it knows its members' rooms elsewhere
	evil.makeGeneral()
	refused := forge(evil, w)
	evil.start()
	err := ann.SignIn(t.Context(), SignInRequest{Link: evil.link().String(), Name: "ann", Password: password()})
	if (err != nil) != refused {
		t.Fatalf("another group: %v", err)
	}
	if !refused {
		h.untilPhases(PhaseOpen, PhaseOpen)
		time.Sleep(time.Minute)
		there := h.of(evil, "ann").live()
		if got := there.texts(evil.general); len(got) != 0 || there.View().Waiting != 0 {
			t.Errorf("the stranger got %q, and %d wait", got, there.View().Waiting)
		}
	}
	here := h.of(w, "ann")
	here.until("the group", func(v *View) bool { return v.Connection.Reason == ReasonRevoked })
	if got := here.texts(w.general); len(got) != 1 || here.View().Waiting != 1 {
		t.Errorf("the group has %q, and %d wait", got, here.View().Waiting)
	}
	if got := here.draftOf(w.general); got.Text != "half a thought" {
		t.Errorf("the draft is %+v", got)
	}
	h.quit()
}

// forgotten has a restored server, also with another identity, not know a device: the backup
// is from before it was made. What the account has since is lost there.
func (p *person) forgotten(backup storage.Store, rotated bool) {
	p.w.t.Helper()
	w := p.w
	w.stop(true)
	p.say(w.general, "waiting")
	for _, m := range p.rows(w.general) { // what is lost is changed before anybody knows
		switch m.Text {
		case "mistyped":
			must(w.t, p.EditMessage(w.t.Context(), w.general, m.Seq, "typed well"))
		case "regretted":
			must(w.t, p.DeleteMessage(w.t.Context(), w.general, m.Seq))
		}
	}
	if rotated {
		w.rotate(false)
	}
	first := *p // the device that the account had then
	b := secret.NewBundle(w.sid)
	first.device.ID, first.device.Key = b.Device, b.Seed.PrivateKey().Public().(ed25519.PublicKey)
	w.putBack(backup, true, &first)
	first.protect(oldPassword)
	p.TryNow()
	p.until("being unknown", func(v *View) bool { return v.Connection.Reason == ReasonUnknown })
	p.begins(w.general, chat.Draft{Text: "half a thought"})
}

// back are the ways of somebody whose device a restored server does not know.
var back = []struct {
	name string
	in   func(ctx context.Context, p *person) error
}{
	{"by the password", func(ctx context.Context, p *person) error {
		return p.SignIn(ctx, SignInRequest{Password: []byte(oldPassword)})
	}},
	{"by a link for a new password", func(ctx context.Context, p *person) error {
		return p.ResetPassword(ctx, ResetRequest{Link: p.w.reset(p.account), Password: []byte(newPassword)})
	}},
	{"by the recovery key", func(ctx context.Context, p *person) error {
		return p.Recover(ctx, RecoverRequest{Link: p.w.link().String(), Name: p.name, Key: p.w.recovers(p.account), Password: []byte(newPassword)})
	}},
}

// recovers gives an account a recovery key, as its owner would have.
func (w *world) recovers(account chat.AccountID) string {
	w.t.Helper()
	key := chat.NewRecoverySecret()
	devices, err := w.data.Devices(w.t.Context(), account)
	must(w.t, err)
	public := key.Key().Public().(ed25519.PublicKey)
	must(w.t, w.data.SetRecovery(w.t.Context(), account, nil, public, devices[0].ID, time.Now().UnixMilli()))
	return key.Sheet()
}

// TestBackAfterRestore: the server was restored from a backup that does not know the device,
// and has perhaps another identity since. Whatever way back in somebody takes, the group is
// there once, what waited is sent once, what was lost is offered, and what the device was
// told about rooms and people is as it was.
func TestBackAfterRestore(t *testing.T) {
	for _, way := range back {
		for name, rotated := range map[string]bool{"": false, ", with another identity": true} {
			t.Run(way.name+name, func(t *testing.T) {
				bubble(t, func(t *testing.T) { testBackAfterRestore(t, way.in, rotated) })
			})
		}
	}
}

func testBackAfterRestore(t *testing.T, in func(ctx context.Context, p *person) error, rotated bool) {
	w := newWorld(t, nil)
	defer w.close()
	ctx := t.Context()
	p := w.member("ann").protect(oldPassword)
	bob, carol := w.member("bob").run().live(), w.member("carol")
	h := newHouse(t, w.net).takeIn(p).run()
	h.untilPhases(PhaseOpen)
	ann := h.of(w, "ann").live()
	ann.account, ann.stored, ann.device = p.account, p.stored, p.device
	bob.say(w.general, "one", "two")
	bob.sent()
	ann.until("the room", func(*View) bool { return len(ann.texts(w.general)) == 2 })
	read := ann.roomView(w.general).Head
	bob.say(w.general, "not read")
	bob.sent()
	ann.until("the rest", func(*View) bool { return len(ann.texts(w.general)) == 3 })
	backup := w.backup(w.heads())
	ann.SetRead(w.general, read)
	must(t, ann.SetPrivacy(ctx, Privacy{HidePresence: true, HideTyping: true}))
	must(t, ann.Block(ctx, carol.account, true))
	must(t, ann.ChangeNotify(ctx, func(r *NotifyRules) {
		r.Rooms, r.Keywords = map[chat.RoomID]RoomNotify{w.general: {Level: LevelNone}}, []string{"tea"}
	}))
	ann.say(w.general, "lost")
	ann.sent()
	must(t, ann.EditMessage(ctx, w.general, ann.roomView(w.general).Head, "lost and mended"))
	ann.sent()
	ann.say(w.general, "mistyped", "regretted")
	ann.sent()
	bob.quit()
	old := ann.View().Me.Device
	ann.forgotten(backup, rotated)
	w.admit(bob)
	w.admit(carol)
	must(t, in(ctx, ann))
	h.until("another device", func() bool { p := h.of(w, "ann"); return p != nil && p.View().Me.Device != old })
	h.of(w, "ann").live().retryHeld(w.general)
	for _, when := range []string{"at once", "started again"} {
		time.Sleep(time.Minute)
		if n := len(h.Groups.Groups()); n != 1 {
			t.Fatalf("%s there are %d groups", when, n)
		}
		ann := h.of(w, "ann").live().sent()
		got := ann.texts(w.general)
		slices.Sort(got)
		if !slices.Equal(got, []string{"lost and mended", "not read", "one", "two", "typed well", "waiting"}) {
			t.Errorf("%s the room is %q", when, got)
		}
		if got := ann.draftOf(w.general); got.Text != "half a thought" {
			t.Errorf("%s the draft is %+v", when, got)
		}
		v, room := ann.View(), ann.roomView(w.general)
		if v.Failed != 0 || room.Unread != 1 || room.Read != read {
			t.Errorf("%s %d failed, %d unread, read up to %d", when, v.Failed, room.Unread, room.Read)
		}
		account, err := w.data.Account(ctx, p.account)
		must(t, err)
		if want := (Privacy{HidePresence: true, HideTyping: true}); v.Privacy != want || hiddenBy(&account) != want {
			t.Errorf("%s hidden are %+v, on the server %+v", when, v.Privacy, account.Privacy)
		}
		if rules := v.Notify; rules.Rooms[w.general].Level != LevelNone || !slices.Equal(rules.Keywords, []string{"tea"}) {
			t.Errorf("%s the rules are %+v", when, rules)
		}
		if len(v.Blocked) != 1 || v.Blocked[0].Account != carol.account {
			t.Errorf("%s blocked are %+v", when, v.Blocked)
		}
		h.quit()
		if when == "at once" {
			h.run().untilPhases(PhaseOpen)
		}
	}
}

func hiddenBy(a *storage.Account) Privacy {
	return Privacy{HidePresence: a.Privacy.Presence, HideReadings: a.Privacy.Readings, HideTyping: a.Privacy.Typing}
}

// TestPrivacyKept: a restored server shows what was hidden since the backup. It is hidden
// again by the device that knows, and said; what is decided after that counts.
func TestPrivacyKept(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ctx := t.Context()
		ann := w.member("ann").run().live()
		hidden := Privacy{HideReadings: true}
		must(t, ann.SetPrivacy(ctx, hidden))
		backup := w.backup(w.heads())
		w.stop(true)
		w.putBack(backup, true, ann) // shows everything
		ann.TryNow()
		ann.until("the word of it", func(*View) bool { return ann.told(NoticePrivacyKept) })
		onServer := func() Privacy {
			t.Helper()
			account, err := w.data.Account(ctx, ann.account)
			must(t, err)
			return hiddenBy(&account)
		}
		if got := onServer(); got != hidden || ann.View().Privacy != hidden {
			t.Errorf("hidden are %+v, on the server %+v", ann.View().Privacy, got)
		}
		must(t, ann.SetPrivacy(ctx, Privacy{}))
		ann.quit()
		ann.run().live()
		defer ann.quit()
		time.Sleep(time.Minute)
		if got := onServer(); got != (Privacy{}) || ann.View().Privacy != (Privacy{}) || ann.told(NoticePrivacyKept) {
			t.Errorf("after it was allowed hidden are %+v, on the server %+v", ann.View().Privacy, got)
		}
	})
}
