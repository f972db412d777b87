package desktop

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
)

// trayMark begins what the tray's library says.
const trayMark = "systray error: "

// LibraryLines returns a handler for slog.SetDefault, which takes what libraries say through
// package log. What the tray's library says on a desktop without a tray is several lines,
// which help nobody: the first becomes one of log's own. All else goes to out, as it is.
func LibraryLines(out io.Writer, log *slog.Logger) slog.Handler {
	return &libraryLines{out: out, log: log}
}

type libraryLines struct {
	log  *slog.Logger
	said sync.Once

	mu  sync.Mutex
	out io.Writer // guarded by mu
}

// Enabled implements slog.Handler.
func (*libraryLines) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements slog.Handler.
func (l *libraryLines) Handle(_ context.Context, r slog.Record) error {
	if _, why, ok := strings.Cut(r.Message, trayMark); ok {
		l.said.Do(func() { l.log.Info("the desktop takes no tray icon", "why", why) })
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := fmt.Fprintln(l.out, r.Message)
	return err
}

// WithAttrs implements slog.Handler; package log has none.
func (l *libraryLines) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup implements slog.Handler.
func (l *libraryLines) WithGroup(string) slog.Handler { return l }
