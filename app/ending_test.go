package app

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"hearth/internal/testkit"
	"hearth/store/secret"
)

// hosting is somebody who hosts a group, with data of its server on the disk.
func hosting(t *testing.T, w *world) (ann *person, run func()) {
	t.Helper()
	w.stop(true)
	h := &testHoster{w: w, invite: w.invite()}
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
	return ann, run
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
// group from the machine, all of it; before that they cannot, and nobody else can.
func TestEndHosting(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, run := hosting(t, w)
		ctx := t.Context()
		bob := w.member("bob").run().live()
		defer bob.quit()
		for _, p := range []*person{ann, bob} {
			if err := p.EndHosting(ctx); failCode(err) != FailHosting {
				t.Errorf("%s: %v", p.name, err)
			}
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
		must(t, ann.EndHosting(ctx))
		ann.welcomed()
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
				ann, run := hosting(t, w)
				id, ref := ann.group.folder.ID(), refOf(ann.group.folder.Account())
				must(t, ann.DeleteAccount(t.Context(), DeleteRequest{Password: password()}))
				ann.until("the end", func(v *View) bool { return v.Connection.Reason == ReasonDeleted })
				if name != "the server's data are put aside" { // which erase writes down before
					must(t, ann.noteLeaving([]secret.Ref{ref}, true))
				}
				ann.quit()
				must(t, ann.prof.EndServer(id))
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
