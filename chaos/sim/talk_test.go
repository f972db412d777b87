package sim

import (
	"fmt"
	"slices"
	"time"

	"hearth/app"
	"hearth/chat"
)

func (w *world) doSay() {
	p := w.somebody()
	if p == nil {
		return
	}
	room, ok := p.joined(w.r)
	if !ok {
		return
	}
	n := 1 + w.r.IntN(10)
	w.note("%s: says %d in %s", p.name, n, room.Name)
	for range n {
		if p.view() == nil || !p.room(room.ID).Joined {
			return
		}
		p.say(room.ID)
		if w.r.IntN(2) == 0 {
			w.pause(200 * time.Millisecond)
		}
	}
}

func (w *world) doRead() {
	if p := w.somebody(); p != nil {
		if room, ok := p.joined(w.r); ok && room.Head > 0 {
			p.life.app.SetActive(room.ID, true)
			p.life.app.SetRead(room.ID, chat.Seq(w.r.Uint64N(uint64(room.Head)+1)))
		}
	}
}

// doChange edits, deletes, reacts to or pins what stands near the end of a room:
// mostly own messages, where others' would be refused.
func (w *world) doChange() {
	p := w.somebody()
	if p == nil {
		return
	}
	room, ok := p.joined(w.r)
	if !ok {
		return
	}
	for range 1 + w.r.IntN(4) {
		if p.view() == nil {
			return
		}
		page, err := p.life.app.Messages(w.ctx, room.ID, app.Window{Limit: 12})
		if err != nil {
			return
		}
		rows := slices.DeleteFunc(page.Messages, func(m app.MessageView) bool { return m.Seq == 0 || m.Kind != chat.KindMessage })
		if len(rows) == 0 {
			return
		}
		m := &rows[w.r.IntN(len(rows))]
		what, err := p.change(room.ID, m)
		w.note("%s: %s %d in %s: %v", p.name, what, m.Seq, room.Name, err)
		w.count("changes of messages", 1)
		if w.r.IntN(2) == 0 {
			w.pause(500 * time.Millisecond)
		}
	}
}

// change makes one change of a message.
func (p *person) change(room chat.RoomID, m *app.MessageView) (what string, err error) {
	w, core := p.w, p.life.app
	on := w.r.IntN(3) > 0
	n := w.r.IntN(12)
	if !m.Own && w.r.IntN(4) > 0 {
		n = 6 + w.r.IntN(6) // what anybody may
	}
	v := wish{room: room, mid: m.MID, on: on}
	switch {
	case n < 4:
		v.what, v.text = "edit", fmt.Sprintf("%s (edited %d)", m.Text, w.r.IntN(1000))
		err = core.EditMessage(w.ctx, room, m.Seq, v.text)
		if m.Own {
			p.wished(v, err)
		}
		return "edits", err
	case n < 6:
		w.unwanted(m.MID)
		v.what = "delete"
		err = core.DeleteMessage(w.ctx, room, m.Seq)
		if m.Own {
			p.wished(v, err)
		}
		return "deletes", err
	case n < 10:
		v.what = []string{"👍", "🎉", "❤️"}[w.r.IntN(3)]
		err = core.React(w.ctx, room, m.Seq, v.what, on)
		p.wished(v, err)
		p.echo(v, m.Seq)
		return fmt.Sprintf("reacts (%v) to", on), err
	}
	return fmt.Sprintf("pins (%v)", on), core.Pin(w.ctx, room, m.Seq, on)
}

// echo has the account's other devices react likewise at the same instant, before they
// hear of each other: the log has it twice then, and it counts once.
func (p *person) echo(v wish, seq chat.Seq) {
	for _, q := range p.w.people {
		if q != p && q.stored.ID == p.stored.ID && v.on && q.view() != nil && q.room(v.room).Joined {
			err := q.life.app.React(p.w.ctx, v.room, seq, v.what, true)
			p.w.note("%s: and %s does, at the same instant: %v", p.name, q.name, err)
		}
	}
}
