package app

import (
	"testing"

	"hearth/chat"
)

// TestFollow: a group that is served elsewhere is followed by a link or an address, with
// account and device as they are; another group's server is not taken for it.
func TestFollow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		ann.say(w.general, "here")
		ann.sent()
		device := ann.View().Me.Device
		w.stop(true)
		w.address = "elsewhere.test:7490"
		w.start()
		ann.say(w.general, "waiting")
		for _, bad := range []struct {
			to   string
			code FailCode
		}{
			{"no address at all", FailBadAddress},
			{"hearth://", FailBadLink},
			{chat.Link{Addresses: []string{w.address}, Server: chat.ServerID{9}, Bound: true}.String(), FailOtherGroup},
		} {
			if err := ann.Follow(t.Context(), bad.to); failCode(err) != bad.code {
				t.Errorf("%q: %v", bad.to, err)
			}
		}
		if err := ann.Follow(t.Context(), "nowhere.test:1"); failCode(err) != FailConnection {
			t.Errorf("nobody there: %v", err)
		}
		must(t, ann.Follow(t.Context(), w.invite()))
		ann.live().sent()
		if v := ann.View(); v.Me.Device != device || v.Connection.Address != w.address {
			t.Errorf("device %v, was %v; at %s", v.Me.Device, device, v.Connection.Address)
		}
		ann.quit()
		ann.run().live()
		w.stop(true)
		w.address = testAddress
		w.start()
		must(t, ann.Follow(t.Context(), testAddress))
		if got := ann.live().texts(w.general); len(got) != 2 {
			t.Errorf("texts %q", got)
		}
		ann.quit()
	})
}

// TestFollowIsAsked: a way by which a proxy can read along is not taken by a link alone, and
// a better way is kept although a link promises less.
func TestFollowIsAsked(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		weak := chat.Link{Addresses: []string{testAddress}, Server: w.sid}
		must(t, ann.Follow(t.Context(), weak.String()))
		ann.live().quit()
		groups, err := ann.prof.Groups()
		must(t, err)
		if !groups[0].Account().Bound {
			t.Error("the promise is gone although the server keeps it")
		}
	})
}
