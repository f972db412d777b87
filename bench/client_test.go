//go:build unix

package bench

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"hearth/app"
	"hearth/bench/big"
	"hearth/internal/cputime"
)

// bigGroup is the group with a million messages.
func bigGroup(b *testing.B) *big.Group {
	b.Helper()
	large(b)
	g, err := big.Open(b.Context(), big.Messages)
	if err != nil {
		b.Fatal(err)
	}
	return g
}

// BenchmarkSearch_1000000 looks through a million stored messages by way of the
// client's core, as the window does: until the first results are there (40, or the
// end if there are fewer). Goal: 100 ms.
func BenchmarkSearch_1000000(b *testing.B) {
	g := bigGroup(b)
	core, end, err := g.Run(b.Context(), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer end()
	opened(b, core)
	for _, c := range []struct {
		name, query string
		want        int
	}{
		{"common", big.Common, 40},
		{"rare", big.Rare, 20},
		{"absent", big.Absent, 0},
		{"two_words", "garden zebra", -1},
		{"part", "ebrafis", 20},
		{"one_letter", "z", 40},
		{"two_letters", "zq", 0},
		{"han", "鲸鱼", 10},
		{"han_one", "鲸", 10},
		{"from_often", "from:dana garden", 40},
		{"from_seldom", "from:quinn", 20},
		{"from_seldom_word", "from:quinn tea", -1},
		{"link", "has:link", 40},
		{"link_rare", "has:link zebrafish", -1},
		{"file", "has:file", 40},
		{"file_rare", "has:file zebrafish", 0},
		{"in", "in:kitchen zebrafish", -1},
		{"old", "before:2020-01-01", 0},
		{"old_word", "before:2026-01-15 garden", -1},
	} {
		b.Run(c.name, func(b *testing.B) {
			var cpu, best time.Duration
			for b.Loop() {
				found := 0
				from := cputime.All()
				err := core.Search(b.Context(), c.query, func(app.Hit) bool {
					found++
					return found < 40
				})
				used := cputime.All() - from
				if cpu += used; best == 0 || used < best {
					best = used
				}
				if err != nil || c.want >= 0 && found != c.want {
					b.Fatalf("%d found, want %d: %v", found, c.want, err)
				}
			}
			b.ReportMetric(best.Seconds()*1000, "cpu-ms-min")
			b.ReportMetric(cpu.Seconds()*1000/float64(b.N), "cpu-ms")
		})
	}
}

// opened waits until a core shows its group.
func opened(b *testing.B, core *app.App) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	sub := core.Subscribe()
	defer sub.End()
	for core.View().Phase != app.PhaseOpen {
		select {
		case <-sub.Ready():
			sub.Take()
		case <-ctx.Done():
			b.Fatalf("not open: %+v", core.View().Problem)
		}
	}
}

// BenchmarkOpenProfile_1000000 measures from a closed profile with a million stored
// messages to a view with the newest messages of a room: what a cold start waits for
// besides the window itself.
func BenchmarkOpenProfile_1000000(b *testing.B) {
	g := bigGroup(b)
	var cpu, wall []float64
	for b.Loop() {
		for range 5 {
			from, at := cputime.All(), time.Now()
			core, end, err := g.Run(b.Context(), slog.New(slog.DiscardHandler))
			if err != nil {
				b.Fatal(err)
			}
			opened(b, core)
			page, err := core.Messages(b.Context(), g.First, app.Window{Limit: 100})
			if err != nil || len(page.Messages) != 100 {
				b.Fatal(len(page.Messages), err)
			}
			cpu, wall = append(cpu, (cputime.All()-from).Seconds()*1000), append(wall, time.Since(at).Seconds()*1000)
			end()
		}
	}
	b.ReportMetric(median(cpu), "cpu-ms")
	b.ReportMetric(median(wall), "wall-ms")
}
