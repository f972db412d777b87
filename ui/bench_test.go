//go:build linux

package ui

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"
	"golang.org/x/sys/unix"

	"hearth/app"
	"hearth/bench/big"
	"hearth/chat"
	"hearth/store/secret"
)

// Benchmarks of the window over a real core with a real, large store: what the UI
// goroutine pays, painting left out. All figures are processor time of its thread.

// threadCPU is what the calling thread has used.
func threadCPU() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// paid runs what is posted until ok, and returns the UI goroutine's processor time.
func (q *queue) paid(b *testing.B, what string, ok func() bool) (cpu time.Duration) {
	b.Helper()
	for end := time.Now().Add(time.Minute); ; {
		from := threadCPU()
		q.run()
		cpu += threadCPU() - from
		if ok() {
			return cpu
		}
		if time.Now().After(end) {
			b.Fatalf("%s: not within a minute", what)
		}
		select {
		case <-q.some:
		case <-time.After(time.Millisecond):
		}
	}
}

// bigWindow opens a window over a group of about n messages.
func bigWindow(b *testing.B, n int) (*UI, *queue, *big.Group) {
	b.Helper()
	if n > 20_000 && os.Getenv("HEARTH_BENCH_LARGE") == "" {
		b.Skip("takes minutes to prepare: set HEARTH_BENCH_LARGE=1")
	}
	runtime.LockOSThread()
	b.Cleanup(runtime.UnlockOSThread)
	g, err := big.Open(b.Context(), n)
	if err != nil {
		b.Fatal(err)
	}
	end, err := g.Serve(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := end(); err != nil {
			b.Error(err)
		}
	})
	core, stop, err := g.Run(context.WithoutCancel(b.Context()), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(stop)
	q := newQueue()
	s := app.DefaultSettings()
	s.Language, s.Theme = "en", "light"
	u := New(core, test.NewTempApp(b), Options{Log: slog.New(slog.DiscardHandler), Settings: s, post: q.post})
	b.Cleanup(func() { u.End() })
	u.Show(b.Context())
	q.paid(b, "a live window", func() bool {
		return u.home != nil && !u.home.room.IsZero() && u.view.Connection.State == app.ConnLive
	})
	return u, q, g
}

func milliseconds(list []time.Duration) (best, median float64) {
	slices.Sort(list)
	return list[0].Seconds() * 1000, list[len(list)/2].Seconds() * 1000
}

// BenchmarkRoomSwitch opens a room of 100,000 messages: until its newest rows stand in
// the window, ready to be painted. Goals: 16 ms of the UI goroutine, 50 ms in all.
func BenchmarkRoomSwitch(b *testing.B) {
	u, q, g := bigWindow(b, big.Messages)
	var other chat.RoomID
	for i := range u.view.Rooms {
		if id := u.view.Rooms[i].ID; id != g.First {
			other = id
		}
	}
	cpu, wall := map[chat.RoomID][]time.Duration{}, map[chat.RoomID][]time.Duration{}
	open := func(id chat.RoomID) {
		delete(u.home.places, id)
		before := u.home.pane.timeline.NewestOwn()
		at, from := time.Now(), threadCPU()
		u.home.openRoom(id)
		used := threadCPU() - from
		used += q.paid(b, "the newest rows", func() bool {
			row := u.home.pane.timeline.NewestOwn()
			return row != nil && row != before
		})
		cpu[id], wall[id] = append(cpu[id], used), append(wall[id], time.Since(at))
	}
	u.home.openRoom(other)
	q.paid(b, "the other room", func() bool { return u.home.pane.timeline.NewestOwn() != nil })
	for b.Loop() {
		open(g.First)
		open(other)
	}
	var best, median, all float64 // of the dearer of the two rooms
	for id := range cpu {
		least, middle := milliseconds(cpu[id])
		best, median = max(best, least), max(median, middle)
		least, _ = milliseconds(wall[id])
		all = max(all, least)
	}
	b.ReportMetric(best, "ui-ms-min")
	b.ReportMetric(median, "ui-ms")
	b.ReportMetric(all, "all-ms-min")
}

// BenchmarkKeystroke types into the composer of a room of 100,000 messages. Goal: 8 ms.
func BenchmarkKeystroke(b *testing.B) {
	u, q, g := bigWindow(b, big.Messages)
	u.home.openRoom(g.First)
	q.paid(b, "the newest rows", func() bool { return u.home.pane.timeline.NewestOwn() != nil })
	entry := u.home.pane.composer.entry
	u.win.Canvas().Focus(entry)
	var cpu []time.Duration
	text := []rune("hello there, this is a line that somebody writes @d ")
	n := 0
	for b.Loop() {
		from := threadCPU()
		entry.TypedRune(text[n%len(text)])
		q.run()
		cpu = append(cpu, threadCPU()-from)
		if n++; n%400 == 0 {
			entry.SetText("")
		}
	}
	best, median := milliseconds(cpu)
	b.ReportMetric(best, "ui-ms-min")
	b.ReportMetric(median, "ui-ms")
}

// BenchmarkBurst has another person's core write 1,000 messages as fast as it can into
// the room that is open. Goal: 100 ms of the UI goroutine until all are there.
func BenchmarkBurst(b *testing.B) {
	const burst = 1000
	u, q, g := bigWindow(b, 20_000)
	other := guest(b, u)
	if err := other.JoinRoom(b.Context(), g.First); err != nil {
		b.Fatal(err)
	}
	u.home.openRoom(g.First)
	q.paid(b, "the guest in the room", func() bool {
		me := other.View().Me.Account
		if !slices.ContainsFunc(other.View().Rooms, func(r app.RoomView) bool { return r.ID == g.First && r.Joined }) {
			return false
		}
		return slices.ContainsFunc(u.roomOf(g.First).Members, func(m app.MemberView) bool { return m.Account == me })
	})
	var cpu []time.Duration
	for b.Loop() {
		head := u.roomOf(g.First).Head
		var writing sync.WaitGroup
		writing.Go(func() {
			for i := range burst {
				if _, err := other.Send(b.Context(), g.First, fmt.Sprint("one of many, with some words to be wrapped ", i)); err != nil {
					b.Error(err)
					return
				}
			}
		})
		cpu = append(cpu, q.paid(b, "all of the burst", func() bool { return u.roomOf(g.First).Head >= head+burst }))
		writing.Wait()
	}
	best, median := milliseconds(cpu)
	b.ReportMetric(best, "ui-ms-min")
	b.ReportMetric(median, "ui-ms")
}

// guest is the core of another person who joins the group of a window.
func guest(b *testing.B, u *UI) *app.App {
	b.Helper()
	link, err := u.core.CreateInvite(b.Context(), 1, time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	core, err := app.New(app.Options{Profile: filepath.Join(b.TempDir(), "guest"), Keyring: secret.NewMemory()})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.Context()))
	var running sync.WaitGroup
	running.Go(func() { _ = core.Run(ctx) })
	b.Cleanup(func() {
		cancel()
		running.Wait()
	})
	wait := func(what string, ok func() bool) {
		for end := time.Now().Add(time.Minute); !ok(); runtime.Gosched() {
			if time.Now().After(end) {
				b.Fatal(what)
			}
		}
	}
	wait("the guest has not started", func() bool { return core.View().Phase == app.PhaseWelcome })
	name := "Guest " + rand.Text()[:12]
	if err := core.Join(b.Context(), app.JoinRequest{Link: link.Link, Name: strings.ToLower(rand.Text()[:12]), Display: name, Password: []byte("a long enough password")}); err != nil {
		b.Fatal(err)
	}
	wait("the guest has no room", func() bool { return len(core.View().Rooms) > 0 && core.View().Connection.State == app.ConnLive })
	return core
}
