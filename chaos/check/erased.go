package check

import "slices"

// remembered returns the records with the texts of erased messages, as far as anybody
// still has them or was shown them, so that they can be told apart as before.
func remembered(r *Records) *Records {
	texts := map[[2]string]string{}
	learn := func(e *Event) {
		if e.Kind == message && !e.Erased {
			texts[[2]string{e.Author, e.MID}] = e.Text
		}
	}
	each(r, learn)
	for i := range r.Seen {
		learn(&r.Seen[i].Event)
	}
	sent := map[uint64]string{}
	for i := range r.Sends {
		if s := &r.Sends[i]; s.Done > 0 {
			sent[s.Seq] = s.Text
		}
	}
	c := *r
	c.Server.Events = slices.Clone(r.Server.Events)
	c.Clients = slices.Clone(r.Clients)
	for i := range c.Clients {
		c.Clients[i].Events = slices.Clone(c.Clients[i].Events)
	}
	each(&c, func(e *Event) {
		if e.Kind != message || !e.Erased {
			return
		}
		text, known := texts[[2]string{e.Author, e.MID}]
		if !known {
			text = sent[e.Seq]
		}
		e.Text = text
	})
	return &c
}

// each visits the events of all logs.
func each(r *Records, visit func(e *Event)) {
	for i := range r.Server.Events {
		visit(&r.Server.Events[i])
	}
	for i := range r.Clients {
		for j := range r.Clients[i].Events {
			visit(&r.Clients[i].Events[j])
		}
	}
}
