package app

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"hearth/net/link/linktest"
)

// TestIdentitySucceeded: a server gets a new identity, vouched for by the old
// one. Its people follow without a question, remember, and pass the new one on;
// the old key, perhaps stolen, has no power over them any more.
func TestIdentitySucceeded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPrey(t)
		p.server.Start()
		p.run().live().quit()
		old := p.server.Key
		next := p.successor()
		fresh := linktest.NewKey(t)
		next.Key, next.Chain = fresh, func() tls.Certificate { return linktest.Succeeded(t, fresh, old) }
		next.Start()
		p.run().live()
		p.say(p.w.general, "still here")
		p.sent()
		if v := p.View(); v.Group.Server != next.ID() || v.Group.Fingerprint != next.ID().Groups() || !v.Group.Verified {
			t.Errorf("%+v, want %s", v.Group, next.ID())
		}
		p.quit()

		// After a restart the new one is the only one: it needs no voucher any more.
		alone := p.successor()
		alone.Start()
		p.run().live()
		if got := p.texts(p.w.general); got[len(got)-1] != "still here" {
			t.Errorf("%v", got)
		}
		p.quit()

		thief := p.successor()
		key := linktest.NewKey(t)
		thief.Key, thief.Chain = key, func() tls.Certificate { return linktest.Succeeded(t, key, old) }
		thief.Start()
		p.run()
		defer p.quit()
		p.until("the alarm", func(v *View) bool { return v.Connection.State == ConnStopped })
		v := p.View().Connection
		if v.Reason != ReasonPinMismatch || !strings.EqualFold(v.Expected, next.ID().Groups()) {
			t.Errorf("%+v", v)
		}
		time.Sleep(time.Hour)
		p.silent(t)
	})
}
