package desktop

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Notification is one message on the desktop.
type Notification struct {
	// Tag is what it is about, such as a room: a later one with the same tag replaces
	// it, and Close takes it away.
	Tag string
	// Title and Body are plain text; people's text among it need not be escaped, but
	// must have been guarded against what misleads a reader. Both are cut.
	Title string
	Body  string // lines
	// Open names the action of a click, for desktops that show it.
	Open  string
	Sound bool
}

// Bounds of what is given to a desktop, in characters.
const (
	maxTitle = 100
	maxBody  = 200
)

// Notifier shows notifications. Show and Close may be called from any goroutine and
// never wait; what they ask is done by Run.
type Notifier interface {
	// Run does what is asked until the context ends, then takes away what still
	// shows, and returns with nothing it started left.
	Run(ctx context.Context)
	Show(n Notification)
	Close(tag string)
}

// NotifierOptions are the choices of NewNotifier.
type NotifierOptions struct {
	// App is the name of the program, ID that of its desktop entry and icon.
	App, ID string
	// Icon is the program's icon, a PNG picture, for where it has no entry to take it from.
	Icon []byte
	// Log receives, once, that there is no way to notify. Default: nothing.
	Log *slog.Logger
	// Opened is called, by Run, when the person clicks a notification. It must not
	// block.
	Opened func(tag string)
}

func (o NotifierOptions) filled() NotifierOptions {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Opened == nil {
		o.Opened = func(string) {}
	}
	return o
}

// maxPending bounds what waits for the system.
const maxPending = 64

// wishes are what Show and Close have asked for and Run has not done, one a tag.
type wishes struct {
	ready chan struct{} // holds one token while there is something; fixed

	mu   sync.Mutex
	list []wish // guarded by mu
}

// wish is a notification to show, or only its tag: to close.
type wish struct {
	Notification
	close bool
}

func newWishes() *wishes { return &wishes{ready: make(chan struct{}, 1)} }

// put notes a wish; it replaces an earlier one about the same tag. If too many
// wait, the oldest is dropped: the person has been told enough.
func (w *wishes) put(x wish) {
	w.mu.Lock()
	kept := w.list[:0]
	for _, old := range w.list {
		if old.Tag != x.Tag {
			kept = append(kept, old)
		}
	}
	w.list = append(kept, x)
	if len(w.list) > maxPending {
		w.list = append([]wish(nil), w.list[1:]...)
	}
	w.mu.Unlock()
	select {
	case w.ready <- struct{}{}:
	default: // the token is there already
	}
}

// take returns all wishes, the oldest first.
func (w *wishes) take() []wish {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.list
	w.list = nil
	return list
}

// plain makes a text safe to hand over as data: valid, without control characters
// except line ends, and not longer than a notification needs.
func plain(s string, most int, lines bool) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' && lines:
			return r
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			return ' '
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:most-1])) + "…"
}

// markup escapes a text for a desktop that may read it as markup.
func markup(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// title makes one line that is no markup however it is read: titles are not to be
// escaped, but some desktops read them as markup all the same.
func title(s string) string {
	return strings.NewReplacer("<", "‹", ">", "›").Replace(plain(s, maxTitle, false))
}
