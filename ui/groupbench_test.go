//go:build linux

package ui

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"hearth/app"
	"hearth/chat"
	"hearth/store/secret"
)

// BenchmarkGroupSwitch goes to another group of 30 rooms: the first time, when its page
// has to be built, and again. Goal: 16 ms of the UI goroutine until it can be painted;
// what follows after that is counted apart.
func BenchmarkGroupSwitch(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	one, two := newGroupNamed(b, "Bees"), newGroupNamed(b, "Ants")
	h := newHousehold(b, filepath.Join(b.TempDir(), "profile"), secret.NewMemory())
	w, q := newHouse(b, h, Desktop{})
	b.Cleanup(w.End)
	q.paid(b, "the welcome", func() bool { return w.shown.stage.phase == app.PhaseWelcome })
	fill(b, q, w.shown, one)
	w.addGroup()
	fill(b, q, w.shown, two)

	var first, after, again []time.Duration
	show := func(u *UI) (until, rest time.Duration) {
		from := threadCPU()
		w.show(u)
		until = threadCPU() - from
		return until, q.paid(b, "rows", func() bool { return u.home != nil && u.home.pane.timeline.NewestOwn() != nil })
	}
	for b.Loop() {
		for _, u := range w.all {
			u.clear()
			until, rest := show(u)
			first, after = append(first, until), append(after, rest)
		}
		for _, u := range w.all {
			until, _ := show(u)
			again = append(again, until)
		}
	}
	best, median := milliseconds(first)
	b.ReportMetric(best, "first-ui-ms-min")
	b.ReportMetric(median, "first-ui-ms")
	best, _ = milliseconds(after)
	b.ReportMetric(best, "then-ui-ms-min")
	best, _ = milliseconds(again)
	b.ReportMetric(best, "again-ui-ms-min")
}

// fill joins a group, and makes rooms in it with messages in each.
func fill(b *testing.B, q *queue, u *UI, g *group) {
	b.Helper()
	core := u.core
	if err := core.Join(b.Context(), app.JoinRequest{Link: g.invite(), Name: strings.ToLower(rand.Text()[:12]), Display: "Ana", Password: []byte("a long enough password")}); err != nil {
		b.Fatal(err)
	}
	live := func() bool { return u.home != nil && !u.home.room.IsZero() && u.view.Connection.State == app.ConnLive }
	q.paid(b, "a live group", live)
	rooms := []chat.RoomID{u.home.room}
	for i := range 29 {
		id, err := core.CreateRoom(b.Context(), app.RoomRequest{Name: fmt.Sprint("Room of many words ", i), Access: chat.AccessOpen})
		if err != nil {
			b.Fatal(err)
		}
		rooms = append(rooms, id)
	}
	for i := range 120 {
		for _, r := range rooms {
			if r != rooms[0] && i > 1 {
				continue
			}
			if _, err := core.Send(b.Context(), r, fmt.Sprint("one of many, with some words to be wrapped ", i)); err != nil {
				b.Fatal(err)
			}
		}
	}
	q.paid(b, "everything sent", func() bool { return len(u.view.Rooms) == 30 && u.view.Waiting == 0 })
}
