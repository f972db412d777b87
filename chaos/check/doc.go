// Package check decides whether the records of a run keep the promise. It owns
// the checkers, one for each invariant that records can show (docs/reliability.md
// says which), and the form of the records. It must never run anything, nor know
// how a record was made: what it is given is all there is.
//
// A message is known by its text. Every sender numbers its own from 1, "name
// number", so that what is lost, doubled or moved shows even where the program's
// own ids are wrong.
package check

import (
	"fmt"
	"time"
)

// Event is one place of a log, as one side has it.
type Event struct {
	Seq    uint64
	MID    string
	Author string // account
	Kind   string // "message" or another
	Text   string // of messages
	// Erased: the message was deleted, and its text is not there any more. Its id, its
	// author and its chain value, which holds a hash of the text, are.
	Erased bool
	Chain  string // after the event
}

// Waiting is an outbox entry.
type Waiting struct {
	MID    string
	Text   string
	Failed bool // a visible failure: the person decides
	// Sent says that the server has acknowledged it, and that it lies in one of the Gaps.
	Sent bool
}

// Log is what one side holds of a room at the end.
type Log struct {
	Who    string
	Epoch  string
	Events []Event
	// Gaps are the ranges that the side itself says it does not have.
	Gaps [][2]uint64
	// Head is the side's position: everything up to it is there or in a gap.
	Head      uint64
	HeadChain string
	Outbox    []Waiting
	// Unread is what it shows, Counted what follows from its marker and log.
	Unread, Counted int
}

// Sighting is an event that a client showed while it ran: from then on it must
// be on the server's disk, whatever breaks.
type Sighting struct {
	Who   string
	Epoch string
	At    time.Duration
	Event
}

// Send is one message of a person: when it was typed and when it was shown as
// being in the log, on one clock. Done is 0 if nobody saw that.
type Send struct {
	Who   string
	Text  string
	Began time.Duration
	Done  time.Duration
	Seq   uint64 // as shown, 0 if Done is 0
}

// Records are those of one room of one run.
type Records struct {
	Server  Log
	Clients []Log
	Seen    []Sighting
	Sends   []Send
	// Sent is how many messages each sender's program has taken: numbers 1 to that.
	Sent map[string]int
}

// Violation is a broken promise.
type Violation struct {
	Check string // the invariant's number and name
	Text  string
}

func (v Violation) String() string { return v.Check + ": " + v.Text }

// most bounds the examples that one checker gives.
const most = 5

// findings collects the violations of one checker.
type findings struct {
	check string
	list  []Violation
	count int
}

func (f *findings) add(format string, args ...any) {
	if f.count++; len(f.list) < most {
		f.list = append(f.list, Violation{f.check, fmt.Sprintf(format, args...)})
	}
}

func (f *findings) result() []Violation {
	if n := f.count - len(f.list); n > 0 {
		f.list = append(f.list, Violation{f.check, fmt.Sprintf("and %d more", n)})
	}
	return f.list
}

// Checker is one of them.
type Checker struct {
	Name string
	Run  func(*Records) []Violation
}

// Checkers are all.
var Checkers = []Checker{
	{"I1 durable", Durable},
	{"I2 once", Once},
	{"I3 delivered", Delivered},
	{"I4 agreement", Agreement},
	{"I5 sender order", SenderOrder},
	{"I6 real time", RealTime},
	{"I6 linearizable", Linearizable},
	{"I7 no silent gap", NoGap},
	{"I10 unread", Unread},
	{"I15 convergence", Converged},
}

// All runs every checker.
func All(r *Records) (found []Violation) {
	r = remembered(r)
	for _, c := range Checkers {
		found = append(found, c.Run(r)...)
	}
	return found
}
