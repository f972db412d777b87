package main

import (
	"fmt"
	"time"

	"hearth/app"
)

// connectionRecord is one object among the events of "chat" and "tail --follow" with
// --json: the connection was lost, or is back. Events have another kind.
type connectionRecord struct {
	Kind    string `json:"kind"` // connectionKind
	Time    int64  `json:"time"` // milliseconds since 1970-01-01 UTC, this computer's clock
	State   string `json:"state"`
	Reason  string `json:"reason,omitzero"` // why there is none; left out once it is back
	Waiting int    `json:"waiting"`         // messages in the outbox
	Full    bool   `json:"server_full,omitzero"`
}

// connectionKind is no kind of the protocol: those of events are "message" or have a dot.
const connectionKind = "connection"

// linkTeller says when the connection is lost and when it is back: once each, not for
// every attempt in between. It is owned by the goroutine that reads events.
type linkTeller struct {
	s    *session
	json bool
	lost bool // it was said
	met  bool // there was a connection
	full bool // it was said that the server's disk is
}

// look says what has changed since it was called last.
func (l *linkTeller) look() error {
	v := l.s.core.View()
	c := v.Connection
	switch {
	case c.State == app.ConnLive:
		l.met = true
		if !l.lost {
			return l.lookFull(v)
		}
		l.lost = false
		return l.say(v, "connected again")
	case !l.lost && l.down(c):
		l.lost, l.full = true, false
		if c.State == app.ConnStopped && !l.json {
			return nil // the command ends and says why
		}
		text := "not connected: " + because(c)
		if v.Waiting > 0 {
			text += plural(v.Waiting, "; 1 message waits in the outbox", "; %d messages wait in the outbox")
		}
		return l.say(v, text)
	}
	return nil
}

// lookFull says that the server takes nothing at present although it is connected.
func (l *linkTeller) lookFull(v *app.View) error {
	if l.full == v.ServerFull {
		return nil
	}
	if l.full = v.ServerFull; !l.full {
		return l.say(v, "the server takes messages again")
	}
	return l.say(v, "the server's disk is full; what is sent waits until it has space")
}

// down reports whether the connection is known to be missing: the first attempt is
// not, and each later one has a reason.
func (l *linkTeller) down(c app.ConnectionView) bool {
	return attempted(c) || l.met && c.State == app.ConnConnecting && c.Reason != app.ReasonNone
}

func (l *linkTeller) say(v *app.View, text string) error {
	if !l.json {
		_, err := fmt.Fprintf(l.s.err, "hearth-cli: %s\n", visible(text))
		return err
	}
	r := connectionRecord{Kind: connectionKind, Time: time.Now().UnixMilli(), State: string(v.Connection.State), Waiting: v.Waiting, Full: v.ServerFull}
	if l.lost {
		r.Reason = string(v.Connection.Reason)
	}
	return l.s.printJSON(r)
}
