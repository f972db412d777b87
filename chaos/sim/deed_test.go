package sim

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"hearth/app"
	"hearth/chat"
)

// What people do besides talking: they send files, open conversations with a few,
// and block each other.

// wish is what somebody wanted of a message or of a person. The newest one of a kind
// counts; Certain says that a program had taken it, and kept it.
type wish struct {
	by      *person
	room    chat.RoomID
	mid     chat.MID // of the message
	what    string
	on      bool   // of reactions and blocks
	text    string // of edits
	of      *person
	certain bool
}

// wished remembers a wish and what became of the command.
func (p *person) wished(v wish, err error) {
	v.by = p
	v.certain = err == nil && p.life != nil && !p.life.doomed.Load()
	p.wishes = append(p.wishes, v)
}

// pieceBytes is small, so that there are pieces for something to happen between.
const pieceBytes = 1000

// keepFiles is how long a content stays that nothing names.
const keepFiles = 4 * time.Minute

// content makes something new to send, of a few pieces; or, now and then, what somebody
// has sent before: messages share contents.
func (w *world) content() []byte {
	if len(w.contents) > 0 && w.r.IntN(3) == 0 {
		return w.contents[w.r.IntN(len(w.contents))]
	}
	b := make([]byte, 1+w.r.IntN(6*pieceBytes))
	r := rand.New(rand.NewPCG(w.seed, uint64(len(w.contents))))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	w.contents = append(w.contents, b)
	return b
}

// doFile sends a message with files, and breaks something while they are on their way,
// or when the message follows them.
func (w *world) doFile() {
	p := w.somebody()
	if p == nil {
		return
	}
	room, ok := p.joined(w.r)
	if !ok {
		return
	}
	p.sayFiles(room.ID, 1+w.r.IntN(3))
	w.note("%s: sends files in %s", p.name, room.Name)
	w.pause(60 * time.Millisecond)
	switch w.r.IntN(10) {
	case 0:
		p.nic.cut()
	case 1:
		p.nic.arm(1 + w.r.IntN(20))
	case 2:
		w.crashServer()
	case 3:
		w.disk.arm(1+w.r.IntN(2), w.r.IntN(2) == 0)
	case 4:
		p.nic.set([]air{airHole, airHalfUp, airHalfDn}[w.r.IntN(3)])
		w.pause(20 * time.Second)
	case 5:
		if p.view() != nil && p.room(room.ID).Joined {
			p.say(room.ID) // does not wait for them
		}
	}
}

// sayFiles writes a message with files.
func (p *person) sayFiles(room chat.RoomID, n int) {
	l, w := p.life, p.w
	e := &entry{by: p, room: room, text: fmt.Sprintf("%s %d", p.name, len(p.entries)), begun: time.Now(), failed: true}
	var files []app.LocalFile
	for i := range n {
		b := w.content()
		e.files = append(e.files, chat.Hash(sha256.Sum256(b)))
		files = append(files, app.LocalFile{
			Name: fmt.Sprintf("part %d.bin", i), Original: true,
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil },
		})
	}
	mid, err := l.app.SendFiles(w.ctx, room, app.Outgoing{Text: e.text}, files)
	w.count("files", n)
	p.wrote(l, e, mid, err)
}

// doTakeBack deletes something of one's own, with files if there is such, and every
// other time the server's power fails around that commit.
func (w *world) doTakeBack() {
	p := w.somebody()
	if p == nil || !p.live() {
		return
	}
	room, ok := p.joined(w.r)
	if !ok {
		return
	}
	page, err := p.life.app.Messages(w.ctx, room.ID, app.Window{Limit: 40})
	if err != nil {
		return
	}
	var own []app.MessageView
	for _, files := range []bool{true, false} {
		for _, m := range page.Messages {
			if m.Seq > 0 && m.Own && m.Kind == chat.KindMessage && !m.Erased && (len(m.Files) > 0) == files {
				own = append(own, m)
			}
		}
		if len(own) > 0 {
			break
		}
	}
	if len(own) == 0 {
		return
	}
	if w.r.IntN(2) == 0 {
		w.disk.arm(1, w.r.IntN(3) == 0)
	}
	m := own[w.r.IntN(len(own))]
	w.unwanted(m.MID)
	err = p.life.app.DeleteMessage(w.ctx, room.ID, m.Seq)
	p.wished(wish{room: room.ID, mid: m.MID, what: "delete"}, err)
	w.note("%s: takes %d of %s back: %v", p.name, m.Seq, room.Name, err)
	w.count("messages taken back", 1)
	w.pause(50 * time.Millisecond)
}

// doDirect opens a conversation, every other time from two sides at once, and talks.
func (w *world) doDirect() {
	p, q := w.somebody(), w.anybody()
	if p == nil || q.stored.ID == p.stored.ID {
		return
	}
	people := []*person{p, q}
	if third := w.anybody(); w.r.IntN(4) == 0 && third.stored.ID != p.stored.ID && third.stored.ID != q.stored.ID {
		people = append(people, third)
	}
	var all []app.MemberView
	for _, x := range people {
		all = append(all, app.MemberView{Account: x.stored.ID, Name: x.stored.Name, Display: x.stored.Display})
	}
	both := w.r.IntN(2) == 0
	for i, x := range people {
		if x.view() == nil || i > 0 && !both {
			continue
		}
		id, err := x.life.app.Direct(w.ctx, all)
		w.note("%s: opens a conversation of %d: %v", x.name, len(people), err)
		w.count("conversations", 1)
		if err != nil {
			continue
		}
		w.known(id)
		if x.view() != nil && w.r.IntN(4) > 0 && x.room(id).Joined {
			x.say(id)
		}
	}
}

// known adds a room to those that ever were, or were to be.
func (w *world) known(id chat.RoomID) {
	for _, r := range w.rooms {
		if r == id {
			return
		}
	}
	w.rooms = append(w.rooms, id)
}

// doBlock blocks somebody, or takes it back.
func (w *world) doBlock() {
	p, q := w.somebody(), w.anybody()
	if p == nil || q.stored.ID == p.stored.ID {
		return
	}
	on := w.r.IntN(2) == 0
	err := p.life.app.Block(w.ctx, q.stored.ID, on)
	w.note("%s: blocks %s (%v): %v", p.name, q.name, on, err)
	w.count("people blocked", 1)
	p.wished(wish{what: "block", on: on, of: q}, err)
}
