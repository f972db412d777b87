package check

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// message is a kind whose texts are numbered.
const message = "message"

// numbered takes a text apart: whose it is and which.
func numbered(text string) (who string, n int, ok bool) {
	who, rest, _ := strings.Cut(text, " ")
	number, _, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(number)
	return who, n, err == nil && n > 0 && who != ""
}

// index makes places findable.
func index(events []Event) map[uint64]*Event {
	at := make(map[uint64]*Event, len(events))
	for i := range events {
		at[events[i].Seq] = &events[i]
	}
	return at
}

// same reports whether two sides hold the same at a place. A chain value that
// one side does not tell is not compared.
func same(a, b *Event) bool {
	return a.MID == b.MID && (a.Text == b.Text || a.Erased || b.Erased) && a.Kind == b.Kind && a.Author == b.Author && (a.Chain == "" || b.Chain == "" || a.Chain == b.Chain)
}

// Durable: what any client has or has shown is on the server at the same place.
func Durable(r *Records) []Violation {
	f := findings{check: "I1 durable"}
	at := index(r.Server.Events)
	test := func(who, how string, e *Event) {
		switch on := at[e.Seq]; {
		case on == nil:
			f.add("%s %s %d (%q), the server has nothing there", who, how, e.Seq, e.Text)
		case !same(on, e):
			f.add("%s %s %q (id %s, chain %s) at %d, the server has %q (id %s, chain %s)", who, how, e.Text, e.MID, e.Chain, e.Seq, on.Text, on.MID, on.Chain)
		}
	}
	for i := range r.Seen {
		if s := &r.Seen[i]; s.Epoch == r.Server.Epoch {
			test(s.Who, "was shown", &s.Event)
		}
	}
	for i := range r.Clients {
		c := &r.Clients[i]
		if c.Epoch != r.Server.Epoch {
			continue
		}
		for j := range c.Events {
			test(c.Who, "holds", &c.Events[j])
		}
	}
	return f.result()
}

// Once: no message and no message id has two places on any side.
func Once(r *Records) []Violation {
	f := findings{check: "I2 once"}
	logs := append([]Log{r.Server}, r.Clients...)
	for i := range logs {
		texts, mids := map[string]uint64{}, map[string]uint64{}
		for j := range logs[i].Events {
			e := &logs[i].Events[j]
			id := e.Author + " " + e.MID
			if first, twice := mids[id]; twice {
				f.add("%s has message id %s at %d and %d", logs[i].Who, e.MID, first, e.Seq)
			}
			mids[id] = e.Seq
			if e.Kind != message || e.Erased && e.Text == "" {
				continue
			}
			if first, twice := texts[e.Text]; twice {
				f.add("%s has %q at %d and %d", logs[i].Who, e.Text, first, e.Seq)
			}
			texts[e.Text] = e.Seq
		}
	}
	return f.result()
}

// Delivered: everything the senders' programs took is on the server, or is a
// failure that its sender can see; nothing is there that nobody sent.
func Delivered(r *Records) []Violation {
	f := findings{check: "I3 delivered"}
	have := map[string]map[int]bool{}
	for who := range r.Sent {
		have[who] = map[int]bool{}
	}
	for i := range r.Server.Events {
		e := &r.Server.Events[i]
		if e.Kind != message {
			continue
		}
		who, n, ok := numbered(e.Text)
		if e.Erased && e.Text == "" {
			continue // if it was one of those sent, that one is missed
		}
		if !ok || have[who] == nil || n > r.Sent[who] {
			f.add("the server has %q at %d, which nobody sent", e.Text, e.Seq)
			continue
		}
		have[who][n] = true
	}
	for i := range r.Clients {
		for _, w := range r.Clients[i].Outbox {
			who, n, ok := numbered(w.Text)
			switch {
			case !ok || have[who] == nil:
			case w.Sent && have[who][n]:
			case w.Sent:
				f.add("%q was sent by %s and is not on the server", w.Text, r.Clients[i].Who)
				continue
			case !w.Failed:
				f.add("%q still waits in the outbox of %s", w.Text, r.Clients[i].Who)
			case have[who][n]:
				f.add("%q failed at %s and is on the server", w.Text, r.Clients[i].Who)
			}
			if ok && have[who] != nil {
				have[who][n] = true
			}
		}
	}
	for _, who := range senders(r) {
		for n := 1; n <= r.Sent[who]; n++ {
			if !have[who][n] {
				f.add("message %d of %s is lost", n, who)
			}
		}
	}
	return f.result()
}

func senders(r *Records) []string {
	var names []string
	for who := range r.Sent {
		names = append(names, who)
	}
	slices.Sort(names)
	return names
}

// Agreement: no two sides hold different things at one place of one epoch.
func Agreement(r *Records) []Violation {
	f := findings{check: "I4 agreement"}
	type place struct {
		epoch string
		seq   uint64
	}
	type holder struct {
		who string
		e   *Event
	}
	first := map[place]holder{}
	test := func(who, epoch string, e *Event) {
		p := place{epoch, e.Seq}
		other, known := first[p]
		if !known {
			first[p] = holder{who, e}
			return
		}
		if !same(other.e, e) {
			f.add("at %d %s has %q (chain %s), %s has %q (chain %s)", e.Seq, other.who, other.e.Text, other.e.Chain, who, e.Text, e.Chain)
		}
	}
	for i := range r.Clients {
		for j := range r.Clients[i].Events {
			test(r.Clients[i].Who, r.Clients[i].Epoch, &r.Clients[i].Events[j])
		}
	}
	for i := range r.Seen {
		test(r.Seen[i].Who+" (shown)", r.Seen[i].Epoch, &r.Seen[i].Event)
	}
	return f.result()
}

// SenderOrder: the messages of one sender stand in the order of their numbers.
func SenderOrder(r *Records) []Violation {
	f := findings{check: "I5 sender order"}
	last := map[string]int{}
	for i := range r.Server.Events {
		e := &r.Server.Events[i]
		who, n, ok := numbered(e.Text)
		if e.Kind != message || !ok {
			continue
		}
		if n < last[who] {
			f.add("message %d of %s stands at %d, behind its message %d", n, who, e.Seq, last[who])
		}
		last[who] = max(last[who], n)
	}
	return f.result()
}

// NoGap: a side has every sequence up to its head, or says that it has not.
func NoGap(r *Records) []Violation {
	f := findings{check: "I7 no silent gap"}
	logs := append([]Log{r.Server}, r.Clients...)
	for i := range logs {
		l := &logs[i]
		gaps := slices.Clone(l.Gaps)
		slices.SortFunc(gaps, func(a, b [2]uint64) int { return cmp.Compare(a[0], b[0]) })
		next := uint64(1)
		skip := func() {
			for len(gaps) > 0 && gaps[0][0] <= next {
				next = max(next, gaps[0][1]+1)
				gaps = gaps[1:]
			}
		}
		for j := range l.Events {
			skip()
			if seq := l.Events[j].Seq; seq != next {
				f.add("%s has %d after %d", l.Who, seq, next-1)
			}
			next = l.Events[j].Seq + 1
		}
		skip()
		if next-1 != l.Head {
			f.add("%s stands at %d and has everything up to %d", l.Who, l.Head, next-1)
		}
		if n := len(l.Events); n > 0 && l.Events[n-1].Seq == l.Head && l.HeadChain != "" && l.Events[n-1].Chain != l.HeadChain {
			f.add("%s stands at chain %s, its last event ends in %s", l.Who, l.HeadChain, l.Events[n-1].Chain)
		}
	}
	return f.result()
}

// Unread: what a client shows follows from its marker and its log.
func Unread(r *Records) []Violation {
	f := findings{check: "I10 unread"}
	for i := range r.Clients {
		if c := &r.Clients[i]; c.Unread != c.Counted {
			f.add("%s shows %d unread, its log and marker say %d", c.Who, c.Unread, c.Counted)
		}
	}
	return f.result()
}

// Converged: after quiet and connectivity everybody is where the server is.
func Converged(r *Records) []Violation {
	f := findings{check: "I15 convergence"}
	for i := range r.Clients {
		c := &r.Clients[i]
		if c.Epoch != r.Server.Epoch {
			f.add("%s is in epoch %s, the server in %s", c.Who, c.Epoch, r.Server.Epoch)
		}
		if c.Head != r.Server.Head || c.HeadChain != r.Server.HeadChain {
			f.add("%s stands at %d (%s), the server at %d (%s)", c.Who, c.Head, c.HeadChain, r.Server.Head, r.Server.HeadChain)
		}
	}
	return f.result()
}
