package main

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hearth/app"
	"hearth/chaos/proxy"
	"hearth/internal/boltkit"
	"hearth/internal/testkit"
	"hearth/server/storage/boltstore"
	"hearth/store/secret"
)

func TestMain(m *testing.M) {
	if code, ok := boltkit.RunTask(context.Background(), os.Args[1:], os.Stdin, os.Stdout, tasks()); ok {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// hostingCore is the core of somebody who hosts a group, with the server that the window
// runs and everything real.
type hostingCore struct {
	*app.App
	t       *testing.T
	dir     string
	changes <-chan struct{}
}

func startHosting(t *testing.T) *hostingCore {
	t.Helper()
	dir := testkit.Dir(t)
	log := testkit.Logger(t)
	a, err := app.New(app.Options{
		Profile: dir, Log: log, Hoster: &hoster{log: log}, Memory: secret.NewMemory(), Rerun: boltkit.Self,
	})
	if err != nil {
		t.Fatal(err)
	}
	sub := a.Subscribe()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	c := &hostingCore{App: a, t: t, dir: dir, changes: sub.Ready()}
	c.until("the welcome", func(v *app.View) bool { return v.Phase == app.PhaseWelcome })
	password := []byte("a password of some length")
	if err := a.Host(t.Context(), app.HostRequest{Group: "Bees", Name: "ann", Display: "Ann", Password: password, Local: true, Port: freePort(t), Secret: app.SecretChoice{Mode: app.SecretMemory}}); err != nil {
		t.Fatal(err)
	}
	c.live()
	return c
}

// freePort is one that no program takes by itself while the server is stopped for a moment.
func freePort(t *testing.T) int {
	t.Helper()
	address, err := proxy.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return int(netip.MustParseAddrPort(address).Port())
}

// patience is for what hangs.
const patience = 4 * time.Minute

// until waits for what the core shows.
func (c *hostingCore) until(what string, ok func(*app.View) bool) *app.View {
	c.t.Helper()
	for {
		if v := c.View(); ok(v) {
			return v
		}
		select {
		case <-c.changes:
		case <-time.After(patience):
			c.t.Fatalf("%s: still %+v", what, c.View())
		}
	}
}

func (c *hostingCore) live() *app.View {
	c.t.Helper()
	return c.until("the connection", func(v *app.View) bool { return v.Connection.State == app.ConnLive && len(v.Rooms) > 0 })
}

// says sends a message to the first room, and waits until the server has it.
func (c *hostingCore) says(text string) {
	c.t.Helper()
	v := c.live()
	if _, err := c.Send(c.t.Context(), v.Rooms[0].ID, text); err != nil {
		c.t.Fatal(err)
	}
	c.until(text, func(v *app.View) bool { return v.Waiting == 0 })
}

// data is where the server's data are.
func (c *hostingCore) data() string { return filepath.Join(c.dir, "server", boltstore.FileName) }

// TestBackToBackup: a hosted group whose data are damaged does not start and says so by a
// code; a backup that is damaged as well changes nothing; the newest sound one brings the
// group back, with the same account, the damaged data beside it; and what is newer than it
// is offered for sending again.
func TestBackToBackup(t *testing.T) {
	c := startHosting(t)
	ctx := t.Context()
	c.says("in the backup")
	good, err := c.BackupHosting(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.CheckBackup(ctx, good); err != nil {
		t.Errorf("the backup: %v", err)
	}
	c.says("newer than it")
	room := c.View().Rooms[0].ID
	if err := c.PauseHosting(ctx); err != nil {
		t.Fatal(err)
	}
	wrong := damage(t, c.data(), 2)
	if err := c.StartHosting(ctx); code(err) != app.FailHostDamaged {
		t.Fatalf("damaged data: %v", err)
	}
	c.until("the damage", func(v *app.View) bool { h := v.Hosting; return h != nil && !h.Running && h.Damaged && !h.Mendable })

	bad := filepath.Join(filepath.Dir(good), "hearth-20200101T000000Z.db")
	sound, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bad, sound, 0o600); err != nil {
		t.Fatal(err)
	}
	damage(t, bad, 2)
	if err := c.CheckBackup(ctx, bad); code(err) != app.FailBackup {
		t.Errorf("a damaged backup: %v", err)
	}
	if _, err := c.RestoreHosting(ctx, bad); code(err) != app.FailBackup {
		t.Errorf("a damaged backup: %v", err)
	}
	if now, err := os.ReadFile(c.data()); err != nil || !bytes.Equal(now, wrong) {
		t.Errorf("the data were changed: %v", err)
	}

	list, err := c.HostingBackups(ctx)
	if err != nil || len(list.List) != 2 || list.List[0].Path != good || !list.List[0].Asked || list.List[1].Path != bad {
		t.Fatalf("the backups: %+v, %v", list, err)
	}
	aside, err := c.RestoreHosting(ctx, good)
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := os.ReadFile(aside); err != nil || !bytes.Equal(kept, wrong) {
		t.Errorf("the damaged data are not in %s: %v", aside, err)
	}
	c.live()
	c.until("what is newer", func(v *app.View) bool {
		return slices.ContainsFunc(v.Rooms, func(r app.RoomView) bool { return r.ID == room && r.Lost > 0 })
	})
	lost, err := c.LostMessages(ctx, room)
	if err != nil || len(lost) != 1 || lost[0].Text != "newer than it" {
		t.Errorf("offered: %+v, %v", lost, err)
	}
	c.says("after it")
}

// TestMendedHead: data of which only one head is damaged can be gone on with as they are,
// and nothing said before is missing.
func TestMendedHead(t *testing.T) {
	c := startHosting(t)
	ctx := t.Context()
	c.says("before the damage")
	if err := c.PauseHosting(ctx); err != nil {
		t.Fatal(err)
	}
	damage(t, c.data(), 1)
	if err := c.StartHosting(ctx); code(err) != app.FailHostDamaged {
		t.Fatalf("damaged data: %v", err)
	}
	c.until("the damage", func(v *app.View) bool { return v.Hosting != nil && v.Hosting.Damaged && v.Hosting.Mendable })
	if _, err := c.RestoreHosting(ctx, ""); err != nil {
		t.Fatal(err)
	}
	c.live()
	c.says("after it")
}

// TestRestoreOfRunning: going back stops the server by itself, and one that is stopped by
// the person stays so.
func TestRestoreOfRunning(t *testing.T) {
	c := startHosting(t)
	ctx := t.Context()
	good, err := c.BackupHosting(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.RestoreHosting(ctx, good); err != nil {
		t.Fatal(err)
	}
	c.until("the server", func(v *app.View) bool { return v.Hosting.Running && v.Connection.State == app.ConnLive })
	ended, cancel := context.WithCancel(ctx)
	cancel()
	before, err := os.ReadFile(c.data())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.RestoreHosting(ended, good); err == nil {
		t.Error("it went on although whoever asked was gone")
	}
	if now, err := os.ReadFile(c.data()); err != nil || len(now) != len(before) {
		t.Errorf("the data were changed: %v", err)
	}
	c.live()
	if err := c.PauseHosting(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := c.RestoreHosting(ctx, good); err != nil {
		t.Fatal(err)
	}
	if v := c.View(); v.Hosting.Running || !v.Hosting.Paused {
		t.Errorf("after going back while stopped: %+v", v.Hosting)
	}
	if err := c.StartHosting(ctx); err != nil {
		t.Fatal(err)
	}
	c.live()
}

// damage overwrites the first heads of a file and returns what it has then.
func damage(t *testing.T, path string, heads int) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range heads {
		at := i * os.Getpagesize()
		copy(data[at+16:at+80], bytes.Repeat([]byte{0xA5}, 64))
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return data
}

func code(err error) app.FailCode {
	var f *app.Failed
	if !errors.As(err, &f) {
		return ""
	}
	return f.Code
}

// TestHostAgain: a group that was ended with its data kept is hosted again by the real
// server, with the same accounts, at the same port, and not while another one has its data.
func TestHostAgain(t *testing.T) {
	c := startHosting(t)
	ctx := t.Context()
	c.says("before the end")
	was := c.View().Hosting
	kept, err := c.EndHosting(ctx, true)
	if err != nil {
		t.Fatal(err)
	}
	c.until("the end", func(v *app.View) bool { return v.EndedHere && v.Kept != "" && v.Hosting == nil })
	other := &hoster{log: testkit.Logger(t)}
	if _, err := other.Start(ctx, kept, app.HostConfig{Local: true, Port: was.Port}, func() {}); err != nil {
		t.Fatal(err)
	}
	// The lock tells; on Windows the folder does not move, as files in it are open.
	if err := c.HostAgain(ctx); err == nil {
		t.Error("it is hosted while another server has its data")
	}
	if v := c.View(); !v.EndedHere || v.Hosting != nil {
		t.Errorf("then: ended %v, hosting %+v", v.EndedHere, v.Hosting)
	}
	if err := other.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.HostAgain(ctx); err != nil {
		t.Fatal(err)
	}
	v := c.live()
	if v.EndedHere || v.Kept != "" || !v.Hosting.Running || !v.Hosting.Local || v.Hosting.Port != was.Port {
		t.Errorf("then: ended %v, kept %q, hosting %+v", v.EndedHere, v.Kept, v.Hosting)
	}
	c.says("after it")
	if stock, err := c.HostingStock(ctx); err != nil || stock.Messages < 2 || stock.Accounts != 1 {
		t.Errorf("it has %+v, %v", stock, err)
	}
}
