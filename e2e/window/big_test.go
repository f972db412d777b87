//go:build window

package window

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"hearth/bench/big"
	"hearth/store/secret"
)

// Goals of the window over a million stored messages, with pictures drawn in software.
const (
	goalUsable = time.Second
	goalPSS    = 200 // MB
	bigRounds  = 3
	bigWatched = time.Minute
)

// measured is what one start of the window costs.
type measured struct {
	usable, cpu     time.Duration // from the start of the process until it can be used
	delayed         time.Duration // of it, how long the main thread was ready and had no processor
	pss             int           // MB, after idle
	idle, minimised float64       // of one processor, with the keyboard and out of sight
}

// BenchmarkBig starts the window over a million stored messages, beside one over an
// empty profile that gives what the toolkit itself takes, in turns. It prints a table
// with the goals and fails nothing: see docs/performance.md. `make bench-window` runs it.
func BenchmarkBig(b *testing.B) {
	g, err := big.Open(b.Context(), big.Messages)
	if err != nil {
		b.Fatal(err)
	}
	if err := secret.NewKeyring(secret.KeyringOptions{}).Save(b.Context(), g.Bundle); err != nil {
		b.Fatal(err)
	}
	end, err := g.Serve(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := end(); err != nil {
			b.Error(err)
		}
	}()
	var full, empty []measured
	for b.Loop() {
		for range bigRounds {
			empty = append(empty, measure(b, b.TempDir(), func(title string) bool { return title == "Hearth" }))
			full = append(full, measure(b, g.ProfileDir(), func(title string) bool { return strings.HasSuffix(title, " – Big – Hearth") }))
		}
	}
	report(b, full, empty)
}

// measure starts the window once.
func measure(b *testing.B, profile string, usable func(title string) bool) (m measured) {
	from := time.Now()
	c := open(b, profile)
	until(b, "a window that can be used", patience, func() bool { return usable(c.title()) })
	m.usable, m.cpu, m.delayed = time.Since(from), c.cpu(), c.delayed()
	c.front()                 // the composer has the keyboard
	c.steady(3 * time.Second) // connected and drawn
	c.quiet()                 // searches' filters are made, what the start needed is given back
	m.idle = idle(c, bigWatched)
	m.pss = c.memory() >> 20
	run(b, "xdotool", "mousemove", "5", "5")
	run(b, "xdotool", "windowminimize", c.id)
	c.quiet()
	m.minimised = idle(c, bigWatched)
	c.stop()
	return m
}

// report prints the best and the median of all rounds beside the goals.
func report(b *testing.B, full, empty []measured) {
	load, _ := os.ReadFile("/proc/loadavg")
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "figure\tgoal\tbest\tmedian\tempty profile\tfull/empty\n")
	row := func(name, goal, unit string, of func(m measured) float64) {
		f, e := figures(full, of), figures(empty, of)
		fmt.Fprintf(w, "%s\t%s\t%.2f %s\t%.2f\t%.2f\t%.2f\n", name, goal, f[0], unit, f[len(f)/2], e[len(e)/2], f[len(f)/2]/max(e[len(e)/2], 1e-9))
		b.ReportMetric(f[0], strings.ReplaceAll(name, " ", "-")+"-"+unit)
	}
	row("start to usable", fmt.Sprintf("≤ %v", goalUsable), "s", func(m measured) float64 { return m.usable.Seconds() })
	row("without processor", "", "s", func(m measured) float64 { return m.delayed.Seconds() })
	row("CPU until usable", "", "s", func(m measured) float64 { return m.cpu.Seconds() })
	row("memory PSS", fmt.Sprintf("≤ %d MB", goalPSS), "MB", func(m measured) float64 { return float64(m.pss) })
	row("idle in composer", fmt.Sprintf("≤ %.0f %%", 100*goalIdle), "%", func(m measured) float64 { return 100 * m.idle })
	row("idle minimised", fmt.Sprintf("≤ %.0f %%", 100*goalIdle), "%", func(m measured) float64 { return 100 * m.minimised })
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d rounds, load %s\n%s", len(full), strings.TrimSpace(string(load)), out.String())
}

func figures(list []measured, of func(measured) float64) (all []float64) {
	for _, m := range list {
		all = append(all, of(m))
	}
	slices.Sort(all)
	return all
}

// delayed is how long the main thread, which starts and paints, was ready and had no
// processor: other programs had them.
func (c *client) delayed() time.Duration {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", c.cmd.Process.Pid))
	if err != nil {
		return 0 // the system does not say
	}
	var ran, waited int64
	if _, err := fmt.Sscan(string(data), &ran, &waited); err != nil {
		return 0
	}
	return time.Duration(waited)
}

// quiet waits until the program takes next to nothing for a second.
func (c *client) quiet() {
	c.t.Helper()
	until(c.t, "a quiet program", patience, func() bool { return idle(c, time.Second) < 0.1 })
}
