package sim

import (
	"context"
	"log/slog"
)

// unheard are log lines that no run may bring, and what each means: both ends mend
// what they tell of, so that nobody would ever notice that it was broken.
var unheard = map[string]string{
	noticedGap:                                          "feed",
	deadFeed:                                            "feed",
	"database engine panicked":                          "panic",
	"database takes no writes any more":                 "store",
	"the store has failed":                              "store",
	"Encoding a frame failed":                           "frame",
	"the server contradicts itself":                     "frame",
	"the outbox has no space for lost messages":         "store",
	"the server limits the rate although we keep to it": "pace",
}

const (
	deadFeed  = "the socket was alive but the feed was not"
	endedLine = "connection ended"
)

// calm reports whether somebody's network is and was good.
func (w *world) calm(who string) bool {
	w.mu.Lock()
	n := w.nics[who]
	w.mu.Unlock()
	return n != nil && n.calm()
}

// lossy is set while an injector loses pushes: then mending is what is tested.
var lossy bool

// ear listens to everybody's log lines on their way.
type ear struct {
	slog.Handler
	w   *world
	who string
}

// Handle implements slog.Handler.
func (h *ear) Handle(ctx context.Context, r slog.Record) error {
	check, bad := unheard[r.Message]
	if r.Message == deadFeed && !h.w.calm(h.who) {
		bad = false // on a slow line the heads may be known before what they are the heads of
	}
	if r.Message == "the server's history of a room does not fit ours" && h.w.whole() {
		check, bad = "I4", true
	}
	switch r.Message {
	case noticedGap:
		h.w.gaps.notice(h.who, &r)
	case endedLine:
		h.w.gaps.ended(h.who)
	}
	if bad && !(lossy && check == "feed") {
		text := h.who + " logs: " + r.Message
		r.Attrs(func(a slog.Attr) bool { text += " " + a.String(); return true })
		h.w.violate(check, "%s", text)
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h *ear) WithAttrs(attrs []slog.Attr) slog.Handler {
	who := h.who
	for _, a := range attrs {
		if a.Key == "who" {
			who = a.Value.String()
		}
	}
	return &ear{h.Handler.WithAttrs(attrs), h.w, who}
}

// WithGroup implements slog.Handler.
func (h *ear) WithGroup(name string) slog.Handler { return &ear{h.Handler.WithGroup(name), h.w, h.who} }

// whole reports that no backup was restored so far.
func (w *world) whole() bool {
	w.book.mu.Lock()
	defer w.book.mu.Unlock()
	return w.book.era == 0
}
