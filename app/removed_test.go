package app

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"hearth/chat"
	"hearth/server/blob"
)

// TestRemovedDevice: the device was removed; signing in makes a new one, which
// takes over what waited.
func TestRemovedDevice(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.stranger("ann").run().welcomed()
		ctx := t.Context()
		must(t, ann.Join(ctx, JoinRequest{Link: w.invite(), Display: "Ann", Password: password()}))
		ann.live().say(w.general, "before")
		ann.sent()
		old := ann.View().Me.Device
		w.stop(true)
		ann.say(w.general, "waiting")
		must(t, w.data.RevokeDevice(ctx, old))
		w.start()
		ann.TryNow()
		ann.until("the removal", func(v *View) bool { return v.Connection.State == ConnStopped })
		if c := ann.View().Connection; c.Reason != ReasonRevoked {
			t.Fatalf("connection %+v", c)
		}
		// A link by which a proxy could read along, where none could, asks first.
		weak := chat.Link{Addresses: []string{testAddress}, Server: w.sid}
		if err := ann.SignIn(ctx, SignInRequest{Link: weak.String(), Name: "ann", Password: password()}); failCode(err) != FailUnbound {
			t.Errorf("through a proxy unasked: %v", err)
		}
		ann.AllowUnbound(chat.ServerID{9}) // another one
		if err := ann.SignIn(ctx, SignInRequest{Link: weak.String(), Name: "ann", Password: password()}); failCode(err) != FailUnbound {
			t.Errorf("through a proxy, allowed elsewhere: %v", err)
		}
		if ann.AllowUnbound(w.sid); ann.weaker(weak, nil) != nil {
			t.Error("refused although it is allowed")
		}
		must(t, ann.SignIn(ctx, SignInRequest{Password: password()}))
		ann.live().sent()
		if v := ann.View(); v.Me.Device == old || v.Failed != 0 {
			t.Errorf("me %+v, %d failed", v.Me, v.Failed)
		}
		if got := ann.texts(w.general); len(got) != 2 || got[1] != "waiting" {
			t.Errorf("texts %q", got)
		}
		ann.quit()
		ann.run().live()
		if got := ann.texts(w.general); len(got) != 2 {
			t.Errorf("texts after a restart %q", got)
		}
		ann.quit()
	})
}

// TestRemovedDeviceCarries: with what waited go the files that it names, and what was
// begun in the rooms: they lie in the folder of the removed device, sealed by its key.
func TestRemovedDeviceCarries(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		w.keepsFiles(blob.Limits{})
		ann := w.stranger("ann").run().welcomed()
		ctx := t.Context()
		must(t, ann.Join(ctx, JoinRequest{Link: w.invite(), Display: "Ann", Password: password()}))
		ann.live().say(w.general, "before")
		ann.sent()
		old := ann.View().Me.Device
		w.stop(true)
		data, pasted := noise(300_000), noise(5_000)
		_, err := ann.SendFiles(ctx, w.general, Outgoing{Text: "waiting"}, []LocalFile{bytesFile("plan.bin", data)})
		must(t, err)
		h, err := ann.KeepContent(ctx, bytes.NewReader(pasted))
		must(t, err)
		begun := chat.Draft{Text: "half a thought", Files: []chat.DraftFile{{Content: h, Name: "pasted", Size: int64(len(pasted))}}}
		ann.begins(w.general, begun)
		must(t, w.data.RevokeDevice(ctx, old))
		w.start()
		ann.TryNow()
		ann.until("the removal", func(v *View) bool { return v.Connection.State == ConnStopped })
		must(t, ann.SignIn(ctx, SignInRequest{Password: password()}))
		ann.live().sent()
		if v := ann.View(); v.Me.Device == old || v.Failed != 0 {
			t.Errorf("me %+v, %d failed", v.Me, v.Failed)
		}
		for range 2 {
			time.Sleep(time.Minute) // what nothing names is swept away
			row := ann.last(w.general)
			if len(row.Files) != 1 {
				t.Fatalf("the message has come as %+v", row)
			}
			if got, err := ann.content(row.Files[0].File); err != nil || !bytes.Equal(got, data) {
				t.Errorf("its file: %d bytes, %v", len(got), err)
			}
			if got := ann.draftOf(w.general); !got.Equal(&begun) {
				t.Errorf("the draft is %+v", got)
			}
			if got, err := ann.content(chat.File{Hash: h}); err != nil || !bytes.Equal(got, pasted) {
				t.Errorf("what was pasted: %d bytes, %v", len(got), err)
			}
			ann.quit()
			ann.run().live()
		}
		ann.quit()
	})
}

// TestRemovedDeviceLongAway: what waited on a device that was away for long, and is
// removed, is not sent silently by the one that takes its place, although that one was
// never away: what may have been sent is asked for, everything else waits for its author.
func TestRemovedDeviceLongAway(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.stranger("ann").run().welcomed()
		ctx := t.Context()
		must(t, ann.Join(ctx, JoinRequest{Link: w.invite(), Display: "Ann", Password: password()}))
		ann.live().say(w.general, "before")
		ann.sent()
		old := ann.View().Me.Device
		time.Sleep(3 * heardEvery) // connected: that is not away
		w.net.Last().Down.Stall(true)
		ann.say(w.general, "unanswered")
		time.Sleep(time.Second)
		w.net.Last().Up.Stall(true)
		ann.say(w.general, "on its way")
		time.Sleep(time.Second)
		w.stop(true)
		ann.say(w.general, "waiting")
		ann.quit()
		time.Sleep(7*24*time.Hour + time.Minute)
		must(t, w.data.RevokeDevice(ctx, old))
		w.start()
		ann.run()
		defer func() { ann.quit() }()
		ann.until("the removal", func(v *View) bool { return v.Connection.State == ConnStopped })
		must(t, ann.SignIn(ctx, SignInRequest{Password: password()}))
		ann.live().sent()
		for range 2 { // nor by a later connection, or program
			time.Sleep(time.Minute)
			if got := texts(w, w.general); !slices.Equal(got, []string{"before", "unanswered"}) {
				t.Errorf("the server has %q without anybody's consent", got)
			}
			if got := ann.texts(w.general); !slices.Equal(got, []string{"before", "unanswered", "on its way (failed)", "waiting (failed)"}) {
				t.Errorf("texts %q", got)
			}
			ann.quit()
			ann.run().live()
		}
		if n, err := ann.RetryAll(ctx); n != 2 || err != nil {
			t.Errorf("%d are sent: %v", n, err)
		}
		ann.sent()
		if got := texts(w, w.general); !slices.Equal(got, []string{"before", "unanswered", "on its way", "waiting"}) {
			t.Errorf("in the end the server has %q", got)
		}
	})
}
