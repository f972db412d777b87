package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"hearth/ui"
)

// healthFile names a file that takes a line a second about the program's health, and
// beside it, in a file ending in .stacks, what all goroutines did when the window did
// not answer. For tests of the window; nothing is written without it.
const healthFile = "HEARTH_HEALTH"

// health is a line of the file.
type health struct {
	Goroutines int
	HeapLive   uint64  // bytes that the newest sweep found in use
	Answer     float64 // seconds until the UI goroutine answered
	Delayed    float64 // how long threads were ready meanwhile and had no processor, all together
	Stuck      bool    // it has not answered within stuckAfter
}

const (
	healthEvery = time.Second
	stuckAfter  = time.Second
)

// watchHealth writes lines until ctx ends.
func watchHealth(ctx context.Context, window *ui.Window, log *slog.Logger) {
	path := os.Getenv(healthFile)
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		log.Error("no file for the program's health", "err", err)
		return
	}
	defer f.Close() // every line was written or is missed
	out := json.NewEncoder(f)
	every := time.NewTicker(healthEvery)
	defer every.Stop()
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		h := health{Goroutines: runtime.NumGoroutine()}
		metrics.Read(live)
		h.HeapLive = live[0].Value.Uint64()
		h.Answer, h.Delayed, h.Stuck = answer(ctx, window, path)
		if ctx.Err() != nil {
			return
		}
		if err := out.Encode(h); err != nil {
			log.Error("the program's health was not written", "err", err)
			return
		}
	}
}

// answer asks the UI goroutine and waits for it.
func answer(ctx context.Context, window *ui.Window, path string) (took, delayed float64, stuck bool) {
	began, ready := time.Now(), runDelay()
	answered := window.Answer()
	patience := time.NewTimer(stuckAfter)
	defer patience.Stop()
	for {
		select {
		case <-answered:
			return time.Since(began).Seconds(), (runDelay() - ready).Seconds(), stuck
		case <-ctx.Done():
			return 0, 0, false
		case <-patience.C:
			stuck = true
			dumpStacks(path + ".stacks")
		}
	}
}

// dumpStacks keeps what all goroutines do.
func dumpStacks(path string) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return // only a help for whoever has to understand the line
	}
	defer f.Close()
	_, _ = f.WriteString(time.Now().UTC().Format(time.RFC3339Nano) + "\n")
	_ = pprof.Lookup("goroutine").WriteTo(f, 2)
}

// runDelay is how long threads of this program have been ready without a processor,
// all together: on a busy machine an answer may wait for any of them, the one that
// paints or one that holds what the UI goroutine needs. 0 where the system does not
// say.
func runDelay() (all time.Duration) {
	tasks, err := filepath.Glob("/proc/self/task/*/schedstat")
	if err != nil {
		return 0
	}
	for _, task := range tasks {
		data, _ := os.ReadFile(task) // it may have ended
		if f := strings.Fields(string(data)); len(f) > 1 {
			n, _ := strconv.ParseInt(f[1], 10, 64) // 0 if it is no number
			all += time.Duration(n)
		}
	}
	return all
}
