package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hearth/internal/testkit"
	"hearth/store/secret"
)

// hosting is somebody who hosts a group, with data of its server on the disk.
func hosting(t *testing.T, w *world) (ann *person, run func(), h *testHoster) {
	t.Helper()
	w.stop(true)
	h = &testHoster{w: w, invite: w.invite()}
	ann = w.stranger("ann")
	run = func() {
		a, err := New(Options{Profile: ann.dir, Keyring: ann.ring, Dial: w.net.Dial, Log: testkit.Logger(t), Hoster: h})
		must(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		ann.App, ann.cancel, ann.done = a, cancel, make(chan error, 1)
		go func() { ann.done <- a.Run(ctx) }()
	}
	run()
	ann.welcomed()
	must(t, ann.Host(t.Context(), HostRequest{Group: "Bees", Display: "Ann", Password: password()}))
	h.invite = ""
	ann.live().say(w.general, "first")
	ann.sent()
	must(t, os.MkdirAll(ann.prof.ServerDir(), 0o700))
	must(t, os.WriteFile(filepath.Join(ann.prof.ServerDir(), "server.db"), []byte("all of it"), 0o600))
	return ann, run, h
}

// bare reports what is left in a profile of groups and their server.
func bare(t *testing.T, p *person) (left []string) {
	t.Helper()
	for _, pattern := range []string{"server*", "groups/*"} {
		found, err := filepath.Glob(filepath.Join(p.dir, pattern))
		must(t, err)
		left = append(left, found...)
	}
	return left
}

// TestEndHosting: who has deleted their account in the group that they host can remove the
// group from the machine, all of it, and nobody else can.
func TestEndHosting(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, run, _ := hosting(t, w)
		ctx := t.Context()
		bob := w.member("bob").run().live()
		defer bob.quit()
		if _, err := bob.EndHosting(ctx, false); failCode(err) != FailHosting {
			t.Errorf("who hosts nothing: %v", err)
		}
		ref := refOf(ann.group.folder.Account())
		must(t, ann.DeleteAccount(ctx, DeleteRequest{Password: password()}))
		ann.until("the end", func(v *View) bool { return v.Connection.Reason == ReasonDeleted })
		if list, err := ann.Accounts(ctx); err != nil || len(list) != 1 || list[0].Name != "bob" {
			t.Errorf("who is left: %+v, %v", list, err)
		}
		if err := ann.DeleteLocal(ctx); failCode(err) != FailHosting {
			t.Errorf("without the server's data: %v", err)
		}
		_, err := ann.EndHosting(ctx, false)
		must(t, err)
		ann.welcomed()
		bob.until("the end", func(v *View) bool { return v.Connection.Reason == ReasonEnded })
		if left := bare(t, ann); len(left) > 0 || ann.View().Hosting != nil {
			t.Errorf("left are %q, hosting %+v", left, ann.View().Hosting)
		}
		if _, err := ann.ring.Load(ctx, ref); err == nil {
			t.Error("the keyring still has the group's secrets")
		}
		ann.quit()
		run()
		ann.welcomed().quit()
	})
}

// TestEndHostingCutShort: a program that ends while it removes a group that was hosted here
// goes on at its next start, wherever that was.
func TestEndHostingCutShort(t *testing.T) {
	for name, done := range map[string]func(t *testing.T, ann *person, id string){
		"the server's data are put aside": func(*testing.T, *person, string) {},
		"the group's folder is gone": func(t *testing.T, ann *person, id string) {
			_, err := ann.prof.DiscardAll(id)
			must(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, nil)
				defer w.close()
				ann, run, _ := hosting(t, w)
				id, ref := ann.group.folder.ID(), refOf(ann.group.folder.Account())
				must(t, ann.DeleteAccount(t.Context(), DeleteRequest{Password: password()}))
				ann.until("the end", func(v *View) bool { return v.Connection.Reason == ReasonDeleted })
				if name != "the server's data are put aside" { // which erase writes down before
					must(t, ann.noteLeaving([]secret.Ref{ref}, true))
				}
				ann.quit()
				_, err := ann.prof.EndServer(id)
				must(t, err)
				done(t, ann, id)
				run()
				ann.welcomed().quit()
				if left := bare(t, ann); len(left) > 0 {
					t.Errorf("left are %q", left)
				}
				if _, err := ann.ring.Load(t.Context(), ref); err == nil {
					t.Error("the keyring still has the group's secrets")
				}
			})
		})
	}
}

// TestEndHostingKept: who hosts a group can end it, account or not, and keep what its server
// has. Everybody is told, nobody looks for it by themselves any more, and all read on.
func TestEndHostingKept(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, run, _ := hosting(t, w)
		ctx := t.Context()
		bob := w.member("bob").run().live()
		if s, err := ann.HostingStock(ctx); err != nil || s.Accounts != 2 {
			t.Errorf("the stock is %+v, %v", s, err)
		}
		kept, err := ann.EndHosting(ctx, true)
		must(t, err)
		if data, err := os.ReadFile(filepath.Join(kept, "server.db")); err != nil || string(data) != "all of it" {
			t.Errorf("kept is %q, %v", data, err)
		}
		for _, p := range []*person{ann, bob} {
			p.until("the end", func(v *View) bool {
				return v.Phase == PhaseOpen && v.Connection.State == ConnStopped && v.Connection.Reason == ReasonEnded
			})
		}
		if v := ann.View(); v.Hosting != nil {
			t.Errorf("still hosted: %+v", v.Hosting)
		}
		bob.quit()
		ann.quit()
		w.start() // something has the address
		for p, start := range map[*person]func(){ann: run, bob: func() { bob.run() }} {
			start()
			p.until("the end", func(v *View) bool { return v.Connection.Reason == ReasonEnded })
			time.Sleep(time.Hour)
			if v := p.View(); v.Connection.State != ConnStopped || len(p.texts(w.general)) != 1 || v.Hosting != nil {
				t.Errorf("%s: %+v, texts %q", p.name, v.Connection, p.texts(w.general))
			}
			p.TryNow()
			p.live() // the group lives on elsewhere
			p.quit()
		}
		run()
		ann.live()
		must(t, ann.DeleteLocal(ctx))
		ann.welcomed().quit()
		if _, err := os.Stat(kept); err != nil {
			t.Errorf("what was kept: %v", err)
		}
	})
}

// TestEndHostingFails: where the server's folder does not move nothing has ended, and nobody
// was told that it has; once it moves all are told, also where it moves only while the
// server does not run.
func TestEndHostingFails(t *testing.T) {
	for _, way := range []struct{ keep, still bool }{{true, false}, {false, false}, {true, true}, {false, true}} {
		t.Run(fmt.Sprintf("%+v", way), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, nil)
				defer w.close()
				ann, _, _ := hosting(t, w)
				ann.still = way.still // before anything looks at it
				ctx := t.Context()
				bob := w.member("bob").run().live()
				defer bob.quit()
				id := ann.group.folder.ID()
				var inTheWay []string
				for _, name := range []string{"server-kept-", "server-ended-"} {
					dir := filepath.Join(ann.dir, name+id)
					must(t, os.MkdirAll(filepath.Join(dir, "something"), 0o700))
					inTheWay = append(inTheWay, dir)
				}
				_, err := ann.EndHosting(ctx, way.keep)
				if failCode(err) != FailMove {
					t.Fatalf("the error is %v", err)
				}
				time.Sleep(time.Minute)
				ann.live()
				bob.live().say(w.general, "who has ended what?")
				bob.sent()
				if v := ann.View(); v.Hosting == nil || !v.Hosting.Running {
					t.Errorf("hosting %+v", v.Hosting)
				}
				for _, dir := range inTheWay {
					must(t, os.RemoveAll(dir))
				}
				kept, err := ann.EndHosting(ctx, way.keep)
				must(t, err)
				bob.until("the end", func(v *View) bool { return v.Connection.Reason == ReasonEnded })
				if way.keep {
					if port, err := os.ReadFile(filepath.Join(kept, "served")); err != nil || string(port) != "7480" {
						t.Errorf("where it was served: %q, %v", port, err)
					}
				}
				ann.quit()
				w.start()
			})
		})
	}
}

// TestEndHostingKeptCutShort: a program that ends after it has put the server's data aside
// begins no new server in their place at its next start.
func TestEndHostingKeptCutShort(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, run, h := hosting(t, w)
		id := ann.group.folder.ID()
		ann.quit()
		_, err := ann.prof.KeepServer(id)
		must(t, err)
		starts := h.starts
		for range 2 {
			run()
			ann.until("the end", func(v *View) bool { return v.Connection.Reason == ReasonEnded })
			if v := ann.View(); v.Hosting != nil || h.starts != starts {
				t.Errorf("hosting %+v, %d starts", v.Hosting, h.starts-starts)
			}
			ann.quit()
		}
		w.start()
	})
}

// TestMoveHosting: where a hosted group is reached can be changed, and lasts; where that
// cannot be, everything is as before. A pause lasts until the person ends it.
func TestMoveHosting(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, run, h := hosting(t, w)
		ctx := t.Context()
		bob := w.member("bob").run().live()
		if err := bob.MoveHosting(ctx, HostPlace{}); failCode(err) != FailHosting {
			t.Errorf("who hosts nothing: %v", err)
		}
		for _, port := range []int{-1, 70000} {
			if err := ann.MoveHosting(ctx, HostPlace{Port: port}); failCode(err) != FailBadValue {
				t.Errorf("port %d: %v", port, err)
			}
		}
		must(t, ann.MoveHosting(ctx, HostPlace{Local: true, Port: 7481}))
		ann.until("the move", func(v *View) bool { return v.Hosting.Running && v.Hosting.Local && v.Hosting.Port == 7481 })
		ann.live()
		bob.live()
		h.taken = 7482
		seen := ann.View().Hosting
		if err := ann.MoveHosting(ctx, HostPlace{Port: 7482}); failCode(err) != FailPortInUse {
			t.Errorf("a port that is taken: %v", err)
		}
		if now := ann.View().Hosting; !now.Running || now.Port != seen.Port || now.PortTaken != 0 {
			t.Errorf("shown in between: %+v", now)
		}
		ann.until("what was before", func(v *View) bool {
			return v.Hosting.Running && v.Hosting.Local && v.Hosting.Port == 7481 && v.Hosting.PortTaken == 0
		})
		ann.live()
		ann.quit()
		run()
		ann.until("the same place", func(v *View) bool { return v.Hosting != nil && v.Hosting.Running && v.Hosting.Local })
		if h.as.Port != 7481 || !h.as.Local {
			t.Errorf("started as %+v", h.as)
		}
		ann.live()

		must(t, ann.PauseHosting(ctx))
		ann.until("the pause", func(v *View) bool { return v.Hosting.Paused && v.Connection.State == ConnOffline })
		time.Sleep(time.Minute)
		if c := ann.View().Connection; c.State != ConnOffline || !c.NextTry.IsZero() {
			t.Errorf("the connection of who has paused the server: %+v", c)
		}
		bob.until("the pause", func(v *View) bool { return v.Connection.State != ConnLive && v.Connection.State != ConnStopped })
		ann.quit()
		run()
		ann.until("the pause", func(v *View) bool { return v.Phase == PhaseOpen && v.Hosting != nil && v.Hosting.Paused })
		time.Sleep(time.Minute)
		if h.running {
			t.Error("it runs though it is paused")
		}
		if _, err := ann.BackupHosting(ctx); failCode(err) != FailHosting {
			t.Errorf("a copy of what does not run: %v", err)
		}
		must(t, ann.MoveHosting(ctx, HostPlace{Port: 7483}))
		if v := ann.View().Hosting; h.running || !v.Paused || v.Local || v.Port != 7483 {
			t.Errorf("moved while paused: %+v", v)
		}
		must(t, ann.StartHosting(ctx))
		ann.live()
		bob.live()
		ann.quit()
		run()
		ann.live()
		if v := ann.View().Hosting; v.Paused || h.as.Port != 7483 || h.as.Local {
			t.Errorf("after the pause: %+v, started as %+v", v, h.as)
		}
		bob.quit()
		ann.quit()
		w.start()
	})
}

// TestAccountsChangedElsewhere: what is done with an account beside the window is told.
func TestAccountsChangedElsewhere(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, _, h := hosting(t, w)
		before := ann.View().Hosting.Accounts
		h.changed()
		ann.until("the change", func(v *View) bool { return v.Hosting.Accounts != before })
		ann.quit()
		w.start()
	})
}

// TestHostAgain: a group that was ended with its data kept is served again where it was, by
// a program of later, too; everybody is back, with what they had. Where that cannot be it is
// ended as before.
func TestHostAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, run, h := hosting(t, w)
		ctx := t.Context()
		bob := w.member("bob").run().live()
		if err := bob.HostAgain(ctx); failCode(err) != FailHosting {
			t.Errorf("who has hosted nothing: %v", err)
		}
		must(t, ann.MoveHosting(ctx, HostPlace{Local: true, Port: 7481}))
		must(t, ann.PauseHosting(ctx))
		kept, err := ann.EndHosting(ctx, true)
		must(t, err)
		ann.quit()
		run()
		ended := func() {
			t.Helper()
			ann.until("the end", func(v *View) bool {
				return v.Connection.State == ConnStopped && v.Connection.Reason == ReasonEnded && v.EndedHere && v.Hosting == nil
			})
		}
		if ended(); ann.View().Kept != kept {
			t.Error("nothing is kept")
		}
		elsewhere := filepath.Join(kept, "served-elsewhere")
		must(t, os.WriteFile(elsewhere, nil, 0o600))
		if err := ann.HostAgain(ctx); failCode(err) != FailKeptRuns {
			t.Errorf("served elsewhere: %v", err)
		}
		must(t, os.Remove(elsewhere))
		inTheWay := filepath.Join(ann.prof.ServerDir(), "something")
		must(t, os.MkdirAll(inTheWay, 0o700))
		if err := ann.HostAgain(ctx); failCode(err) != FailKept {
			t.Errorf("with data in the way: %v", err)
		}
		ended()
		// Of a group that was to be hosted instead, to which nobody came.
		must(t, os.WriteFile(filepath.Join(ann.prof.ServerDir(), "nobody"), nil, 0o600))
		must(t, os.Rename(kept, kept+"-away"))
		if err := ann.HostAgain(ctx); failCode(err) != FailKept || ann.View().Kept != "" {
			t.Errorf("with nothing there: %v", err)
		}
		ended()
		must(t, os.Rename(kept+"-away", kept))
		must(t, ann.HostAgain(ctx))
		ann.live().say(w.general, "again")
		ann.sent()
		if v := ann.View(); v.EndedHere || v.Kept != "" || v.Hosting == nil || !v.Hosting.Running || !h.as.Local || h.as.Port != 7481 {
			t.Errorf("hosting %+v, started as %+v", v.Hosting, h.as)
		}
		if data, err := os.ReadFile(filepath.Join(ann.prof.ServerDir(), "server.db")); err != nil || string(data) != "all of it" {
			t.Errorf("served is %q, %v", data, err)
		}
		bob.TryNow()
		bob.live().until("the message", func(*View) bool { return len(bob.texts(w.general)) == 2 })
		bob.quit()
		ann.quit()
		run()
		ann.live()
		if left := bare(t, ann); len(left) != 2 { // the server's, and the group's
			t.Errorf("left are %q", left)
		}
		ann.quit()
		w.start()
	})
}

// TestHostAgainCutShort: a program that ends while it takes the kept data again either has
// the group ended as before, with its data kept, or serves it.
func TestHostAgainCutShort(t *testing.T) {
	for _, moved := range []bool{false, true} {
		t.Run(fmt.Sprintf("moved %v", moved), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, nil)
				defer w.close()
				ann, run, _ := hosting(t, w)
				_, err := ann.EndHosting(t.Context(), true)
				must(t, err)
				folder := ann.group.folder
				ann.quit()
				account := folder.Account()
				account.Hosted = true
				must(t, folder.Update(account))
				if moved {
					must(t, ann.prof.TakeServer(folder.ID()))
				}
				run()
				if !moved {
					ann.until("the end", func(v *View) bool { return v.Connection.Reason == ReasonEnded && v.Kept != "" && v.Hosting == nil })
					must(t, ann.HostAgain(t.Context()))
				}
				ann.live()
				if v := ann.View(); v.Kept != "" || v.EndedHere || v.Hosting == nil || !v.Hosting.Running {
					t.Errorf("kept %q, hosting %+v", v.Kept, v.Hosting)
				}
				ann.quit()
				w.start()
			})
		})
	}
}
