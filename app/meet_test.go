package app

import (
	"context"
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/memnet"
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
