package app

import (
	"errors"
	"time"

	"hearth/chat"
	"hearth/net/link"
	"hearth/net/wire"
)

// insistAtLeast is how long to wait before a request is made again.
const insistAtLeast = time.Second

// mostInsistence is how often a request is made again on one connection; a
// server that refuses for longer is left alone until the next one. What the person
// wants it to know (persist) is told it less often then, for as long as it takes: a
// full disk may last for hours, and so may the connection.
const (
	mostInsistence = 30
	persistAfter   = 5 * time.Second
)

// insist sends a request that something waits for: one that is refused for now
// is made again, with what make then returns. Either done is called, in the loop
// and after everything pushed before the reply, or never, if the server refuses
// for good; or the connection ends, and neither. The name is of the alarm for
// making it again.
func (a *App) insist(name alarmName, request func() wire.Request, done func(wire.Reply), never func(error)) {
	a.insisting(&insistence{name: name, request: request, done: done, never: never})
}

// persist is insist without end.
func (a *App) persist(name alarmName, request func() wire.Request, done func(wire.Reply), never func(error)) {
	a.insisting(&insistence{name: name, request: request, done: done, never: never, endless: true})
}

// insistence is a request that is made until it is answered. Owned by the loop.
type insistence struct {
	name    alarmName
	request func() wire.Request
	done    func(wire.Reply)
	never   func(error)
	endless bool
	still   func() bool // not made again once it says no; nil: it is
	tries   int
}

func (a *App) insisting(i *insistence) {
	g, c := a.group, a.group.net
	if c == nil || c.session == nil {
		return
	}
	s := c.session
	present := func() bool { return a.group == g && g.net == c && c.session == s }
	again := func(err error, after time.Duration) {
		least := insistAtLeast
		if i.tries++; i.tries > mostInsistence {
			if !i.endless {
				i.never(err)
				return
			}
			least = persistAfter
		}
		c.again[i.name] = true // an alarm of this connection only, see disconnected
		a.alarm.set(i.name, max(after, least), func() {
			if present() && (i.still == nil || i.still()) {
				delete(c.again, i.name)
				a.insisting(i)
			}
		})
	}
	r := i.request()
	err := s.Go(r, func(reply wire.Reply, err error) {
		c.deliver(delivery{run: func() {
			if err == nil {
				a.applyPending()
			}
			if !present() || a.trouble != nil {
				return
			}
			var refusal *chat.Error
			var ended *link.Error
			switch {
			case errors.As(err, &ended): // the connection has: nobody has refused anything
			case err == nil:
				i.done(reply)
			case errors.As(err, &refusal) && refusal.Retryable && !refusal.Fatal:
				again(err, refusal.RetryAfter)
			default:
				a.log.Warn("request refused", "type", r.Type(), "code", chat.CodeOf(err))
				i.never(err)
			}
		}})
	})
	select {
	case <-s.Done():
	default:
		if err != nil {
			again(err, 0) // full for the moment
		}
	}
}
