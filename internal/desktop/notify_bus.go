//go:build !windows && !darwin

package desktop

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/godbus/dbus/v5"
)

// The notification service of freedesktop.org desktops.
const (
	busName  = "org.freedesktop.Notifications"
	busPath  = dbus.ObjectPath("/org/freedesktop/Notifications")
	busFace  = busName
	keyOpen  = "default" // the action of a click on the notification itself
	keptOpen = -1        // the desktop decides how long it stays
)

const (
	// callPatience is how long the desktop may take for one call.
	callPatience = 5 * time.Second
	// busAgain is how long to leave a bus alone that was not there.
	busAgain = 30 * time.Second
	// leavePatience is how long taking away what shows may take in all, at the end.
	leavePatience = time.Second
)

// NewNotifier returns the desktop's notifier, nil where there is none of our own.
func NewNotifier(o NotifierOptions) Notifier {
	return &busNotifier{o: o.filled(), wishes: newWishes(), shown: map[string]uint32{}}
}

// busNotifier speaks to the notification service on the session's bus.
type busNotifier struct {
	o      NotifierOptions // fixed
	wishes *wishes         // fixed

	// Owned by Run.
	conn    *dbus.Conn // nil while there is none
	stop    func()     // ends conn
	signals chan *dbus.Signal
	shown   map[string]uint32 // by tag
	gone    struct {          // what went last
		id  uint32
		tag string
	}
	raw     bool      // the service says that it reads no markup
	actions bool      // the service has actions
	failed  time.Time // when there was no bus; zero: there was
	told    bool      // the log knows
}

// Show implements Notifier.
func (b *busNotifier) Show(n Notification) { b.wishes.put(wish{Notification: n}) }

// Close implements Notifier.
func (b *busNotifier) Close(tag string) {
	b.wishes.put(wish{Notification: Notification{Tag: tag}, close: true})
}

// Run implements Notifier.
func (b *busNotifier) Run(ctx context.Context) {
	defer b.leave(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.wishes.ready:
			for _, w := range b.wishes.take() {
				b.grant(ctx, w)
			}
		case s, ok := <-b.signals:
			if !ok || s == nil {
				b.drop()
				continue
			}
			b.hear(s)
		}
	}
}

// grant does what was asked.
func (b *busNotifier) grant(ctx context.Context, w wish) {
	id, shows := b.shown[w.Tag]
	if w.close {
		if shows && b.conn != nil {
			delete(b.shown, w.Tag)
			b.check(b.call(ctx, "CloseNotification", id).Err)
		}
		return
	}
	if !b.connect(ctx) {
		return
	}
	call := b.call(ctx, "Notify", b.arguments(&w.Notification, id)...)
	if call.Err != nil {
		b.check(call.Err)
		return
	}
	if err := call.Store(&id); err == nil && id != 0 {
		b.shown[w.Tag] = id
	}
	b.failed, b.told = time.Time{}, false
}

// arguments are those of Notify.
func (b *busNotifier) arguments(n *Notification, replaces uint32) []any {
	body := plain(n.Body, maxBody, true)
	if !b.raw {
		body = markup(body)
	}
	actions := []string{}
	if b.actions {
		actions = append(actions, keyOpen, plain(n.Open, maxTitle, false))
	}
	hints := map[string]dbus.Variant{
		"desktop-entry": dbus.MakeVariant(b.o.ID),
		"category":      dbus.MakeVariant("im.received"),
		"urgency":       dbus.MakeVariant(byte(1)), // normal
	}
	if n.Sound {
		hints["sound-name"] = dbus.MakeVariant("message-new-instant")
	} else {
		hints["suppress-sound"] = dbus.MakeVariant(true)
	}
	return []any{b.o.App, replaces, b.o.ID, title(n.Title), body, actions, hints, int32(keptOpen)}
}

// call calls the service. A call under way when ctx ends has a moment to be
// answered: what was shown meanwhile can be taken away only by its number.
func (b *busNotifier) call(ctx context.Context, method string, args ...any) *dbus.Call {
	life, cancel := context.WithTimeout(context.WithoutCancel(ctx), callPatience)
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(leavePatience, cancel) })()
	return b.conn.Object(busName, busPath).CallWithContext(life, busFace+"."+method, 0, args...)
}

// connect makes a connection of our own, so that nobody else closes it, unless
// there is one or there was none a moment ago. It starts no bus.
func (b *busNotifier) connect(ctx context.Context) bool {
	if b.conn != nil {
		return true
	}
	if !b.failed.IsZero() && time.Since(b.failed) < busAgain {
		return false
	}
	if err := b.dial(ctx); err != nil {
		b.check(err)
		b.drop()
		return false
	}
	var can []string
	if err := b.call(ctx, "GetCapabilities").Store(&can); err != nil {
		b.check(err)
		b.drop()
		return false
	}
	b.actions = slices.Contains(can, "actions")
	b.raw = !slices.Contains(can, "body-markup")
	return true
}

func (b *busNotifier) dial(ctx context.Context) error {
	ctx, done := context.WithTimeout(ctx, callPatience)
	defer done()
	// The connection outlives Run's context for a moment, see leave.
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	guard := context.AfterFunc(ctx, end) // the library's greeting knows no deadline
	defer guard()
	conn, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(life))
	if err != nil {
		end()
		return err
	}
	b.conn, b.stop = conn, end
	if err := conn.Auth(nil); err != nil {
		return err
	}
	if err := conn.Hello(); err != nil {
		return err
	}
	// Only the service itself is believed, not whoever else is on the bus.
	if err := conn.AddMatchSignalContext(ctx, dbus.WithMatchSender(busName), dbus.WithMatchInterface(busFace), dbus.WithMatchObjectPath(busPath)); err != nil {
		return err
	}
	if err := conn.AddMatchSignalContext(ctx, dbus.WithMatchSender("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, busName)); err != nil {
		return err
	}
	b.signals = make(chan *dbus.Signal, 32)
	conn.Signal(b.signals)
	return nil
}

// check deals with a call that failed. Texts of errors of the bus are not logged in
// full: a service may quote what it was given.
func (b *busNotifier) check(err error) {
	if err == nil {
		return
	}
	b.failed = time.Now()
	if !b.told {
		b.told = true
		b.o.Log.Warn("the desktop shows no notifications", "err", errorName(err))
	}
}

// errorName says what failed without what was to be shown.
func errorName(err error) string {
	if e, ok := err.(dbus.Error); ok { //nolint:errorlint // the library never wraps it
		return e.Name
	}
	return fmt.Sprintf("%.200s", err)
}

// hear takes what the service says.
func (b *busNotifier) hear(s *dbus.Signal) {
	if s.Name == "org.freedesktop.DBus.NameOwnerChanged" {
		b.failed = time.Time{} // what failed was the service that is gone
		if len(s.Body) > 1 && s.Body[1] != "" {
			b.drop() // another service may come: ask it what it can, forget the ids
		}
		return
	}
	if len(s.Body) < 2 || s.Path != busPath {
		return
	}
	id, ok := s.Body[0].(uint32)
	if !ok {
		return
	}
	tag, shows := "", false
	for t, x := range b.shown {
		if x == id {
			tag, shows = t, true
		}
	}
	if !shows && b.gone.id == id {
		tag = b.gone.tag // some services say that it has gone before they say why
	}
	if tag == "" {
		return
	}
	switch s.Name {
	case busFace + ".ActionInvoked":
		if key, _ := s.Body[1].(string); key == keyOpen {
			b.gone.id = 0
			b.o.Opened(tag)
		}
	case busFace + ".NotificationClosed":
		delete(b.shown, tag)
		b.gone.id, b.gone.tag = id, tag
	}
}

// drop forgets a connection that is no good any more.
func (b *busNotifier) drop() {
	if b.conn != nil {
		_ = b.conn.Close() // nothing more is asked of it
		b.stop()
	}
	b.conn, b.signals = nil, nil
	clear(b.shown)
	b.gone.id = 0
}

// leave takes away what shows: a click would lead nowhere.
func (b *busNotifier) leave(ctx context.Context) {
	if b.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leavePatience)
	defer cancel()
	for _, id := range b.shown {
		if b.call(ctx, "CloseNotification", id).Err != nil {
			break
		}
	}
	b.drop()
}
