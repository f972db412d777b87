package check

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// good makes the records of a right run: two senders, n messages each, seen by
// both, typed and shown one millisecond after the other.
func good(n int) *Records {
	r := &Records{Server: Log{Who: "server", Epoch: "e1"}, Sent: map[string]int{"ana": n, "ben": n}}
	seq := uint64(0)
	put := func(kind, author, text string) Event {
		seq++
		e := Event{Seq: seq, MID: fmt.Sprint("m", seq), Author: author, Kind: kind, Text: text, Chain: fmt.Sprint("c", seq)}
		r.Server.Events = append(r.Server.Events, e)
		return e
	}
	put("room.create", "", "")
	now := time.Second
	for i := 1; i <= n; i++ {
		for _, who := range []string{"ana", "ben"} {
			e := put(message, who, fmt.Sprintf("%s %d and what it says", who, i))
			r.Sends = append(r.Sends, Send{Who: who, Text: e.Text, Began: now, Done: now + time.Millisecond, Seq: e.Seq})
			r.Seen = append(r.Seen, Sighting{Who: "ben", Epoch: "e1", At: now + time.Millisecond, Event: e})
			now += 2 * time.Millisecond
		}
	}
	r.Server.Head, r.Server.HeadChain = seq, fmt.Sprint("c", seq)
	for _, who := range []string{"ana", "ben"} {
		c := r.Server
		c.Who, c.Events = who, append([]Event(nil), r.Server.Events...)
		c.Unread, c.Counted = n, n
		r.Clients = append(r.Clients, c)
	}
	return r
}

func TestGoodRecords(t *testing.T) {
	r := good(1200)
	if found := All(r); len(found) > 0 {
		t.Errorf("a right run is found wrong: %v", found)
	}
	// A side that says what it lacks is right, too.
	c := &r.Clients[0]
	c.Events, c.Gaps = append(c.Events[:100:100], c.Events[300:]...), [][2]uint64{{101, 300}}
	if found := All(r); len(found) > 0 {
		t.Errorf("a hole that is told is found wrong: %v", found)
	}
}

// erase deletes a message everywhere, as all sides do, but not from what was shown.
func erase(r *Records, i int) {
	r.Server.Events[i].Text, r.Server.Events[i].Erased = "", true
	for _, c := range r.Clients {
		c.Events[i].Text, c.Events[i].Erased = "", true
	}
}

// TestErasedRecords: deleted messages are no others, and none that were never sent.
func TestErasedRecords(t *testing.T) {
	r := good(20)
	for _, i := range []int{3, 4, 11} {
		erase(r, i)
	}
	r.Seen = r.Seen[5:] // the first two nobody was shown
	if found := All(r); len(found) > 0 {
		t.Errorf("a right run is found wrong: %v", found)
	}
}

// TestCheckersCanFail shows every checker records that it must find fault with.
func TestCheckersCanFail(t *testing.T) {
	for _, test := range []struct {
		name  string
		check string
		spoil func(r *Records)
	}{
		{"acknowledged and gone", "I1 durable", func(r *Records) { r.Server.Events = r.Server.Events[:len(r.Server.Events)-1] }},
		{"shown, then another", "I1 durable", func(r *Records) { r.Seen[3].Text = "ben 2 something else" }},
		{"held, with another chain", "I1 durable", func(r *Records) { r.Clients[1].Events[7].Chain = "x" }},
		{"a text twice", "I2 once", func(r *Records) { r.Server.Events[9].Text = r.Server.Events[5].Text }},
		{"an id twice", "I2 once", func(r *Records) {
			r.Clients[0].Events[9].MID = r.Clients[0].Events[5].MID
			r.Clients[0].Events[9].Author = r.Clients[0].Events[5].Author
		}},
		{"the last is lost", "I3 delivered", func(r *Records) { r.Sent["ana"]++ }},
		{"one in the middle is lost", "I3 delivered", func(r *Records) { r.Server.Events[5].Kind = "room.topic" }},
		{"never sent", "I3 delivered", func(r *Records) { r.Sent["ben"]-- }},
		{"waits for ever", "I3 delivered", func(r *Records) { r.Clients[0].Outbox = []Waiting{{MID: "m", Text: "ana 3"}} }},
		{"sent and gone", "I3 delivered", func(r *Records) { r.Clients[0].Outbox = []Waiting{{MID: "m", Text: "ana 999", Sent: true}} }},
		{"failed and stored", "I3 delivered", func(r *Records) { r.Clients[0].Outbox = []Waiting{{MID: "m", Text: "ana 3", Failed: true}} }},
		{"two truths", "I4 agreement", func(r *Records) { r.Clients[0].Events[4].Text = "ben 2 other" }},
		{"two chains", "I4 agreement", func(r *Records) { r.Clients[0].Events[4].Chain = "other" }},
		{"shown differently", "I4 agreement", func(r *Records) { r.Seen[3].MID = "other" }},
		{"erased, with another chain", "I1 durable", func(r *Records) {
			erase(r, 7)
			r.Clients[1].Events[7].Chain = "x"
		}},
		{"erased, and another one", "I4 agreement", func(r *Records) {
			erase(r, 4)
			r.Clients[0].Events[4].MID = "other"
		}},
		{"erased and lost", "I3 delivered", func(r *Records) {
			erase(r, 5)
			r.Server.Events[5].Kind = "room.topic"
		}},
		{"moved", "I5 sender order", func(r *Records) {
			e := r.Server.Events
			e[3].Text, e[5].Text = e[5].Text, e[3].Text
		}},
		{"stands before what was known", "I6 real time", func(r *Records) {
			e := r.Server.Events
			e[3].Text, e[4].Text = e[4].Text, e[3].Text
		}},
		{"no order explains it", "I6 linearizable", func(r *Records) {
			e := r.Server.Events
			e[3].Text, e[4].Text = e[4].Text, e[3].Text
		}},
		{"shown before it was typed", "I6 linearizable", func(r *Records) { r.Seen[8].At = time.Second }},
		{"a hole", "I7 no silent gap", func(r *Records) { c := &r.Clients[0]; c.Events = append(c.Events[:5:5], c.Events[6:]...) }},
		{"a cursor before its events", "I7 no silent gap", func(r *Records) { c := &r.Clients[0]; c.Events = c.Events[:len(c.Events)-2] }},
		{"a badge that is stuck", "I10 unread", func(r *Records) { r.Clients[1].Unread++ }},
		{"left behind", "I15 convergence", func(r *Records) { r.Clients[1].Head-- }},
		{"in another epoch", "I15 convergence", func(r *Records) { r.Clients[1].Epoch = "e0" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := good(20)
			test.spoil(r)
			found := All(r)
			for _, v := range found {
				if v.Check == test.check {
					return
				}
			}
			t.Errorf("%s found nothing; all: %v", test.check, found)
		})
	}
}

// TestManyFindingsAreCounted: the examples are bounded, their number is not hidden.
func TestManyFindingsAreCounted(t *testing.T) {
	r := good(20)
	r.Server.Events = r.Server.Events[:1]
	found := Delivered(r)
	if len(found) != most+1 || !strings.Contains(found[most].Text, "35 more") {
		t.Errorf("%v", found)
	}
}
