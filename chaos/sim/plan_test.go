package sim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"hearth/app"
	"hearth/chat"
)

// action is something that the seed may choose.
type action struct {
	name   string
	weight int
	do     func(w *world)
}

// actions are everything that may happen. Adding one changes what the seeds mean.
var actions = []action{
	{"say", 30, (*world).doSay},
	{"rest", 10, (*world).doRest},
	{"room", 4, (*world).doRoom},
	{"member", 8, (*world).doMember},
	{"read", 4, (*world).doRead},
	{"net", 10, (*world).doNet},
	{"heal", 6, (*world).doHeal},
	{"server", 5, (*world).doServer},
	{"disk", 4, (*world).doDisk},
	{"client", 7, (*world).doClient},
	{"backup", 2, (*world).doBackup},
	{"bound", 3, (*world).doBound},
	{"lost ack", 3, (*world).doLostAck},
	{"change", 14, (*world).doChange},
	{"file", 7, (*world).doFile},
	{"direct", 5, (*world).doDirect},
	{"block", 2, (*world).doBlock},
	{"take back", 4, (*world).doTakeBack},
	{"age", 1, (*world).doAge},
	{"suspend", 3, (*world).doSuspend},
	{"delete", 1, (*world).doDelete},
}

// play makes the world of a seed and lets it happen.
func (w *world) play() {
	w.home = w.folder("server")
	w.mount()
	w.book.disk.Store(w.disk)
	names := []string{"ann", "bob", "cat", "dan"}
	for _, name := range names[:2+w.r.IntN(2)] {
		w.newAccount(name)
	}
	if w.r.IntN(3) == 0 {
		w.another(w.people[0], "ann-2")
	}
	w.up()
	for _, p := range w.people {
		p.run()
	}
	for _, p := range w.people {
		w.until(10*time.Second, p.live)
	}
	total := 0
	for _, a := range actions {
		total += a.weight
	}
	for range 30 + w.r.IntN(50) {
		at := w.r.IntN(total)
		for _, a := range actions {
			if at -= a.weight; at < 0 {
				a.do(w)
				break
			}
		}
		w.tend()
	}
}

// tend deals with the power cuts that happened.
func (w *world) tend() {
	if w.fell() {
		w.down()
		w.pause(15 * time.Second)
		w.rise()
	}
	for _, p := range w.people {
		if p.life == nil || !p.life.doomed.Load() {
			continue
		}
		p.quit()
		if w.r.IntN(3) == 0 {
			p.checkStore()
		}
		w.pause(5 * time.Second)
		p.run()
	}
}

// pause lets up to most pass.
func (w *world) pause(most time.Duration) { time.Sleep(time.Duration(w.r.Int64N(int64(most)))) }

// anybody returns a person, whatever the state.
func (w *world) anybody() *person { return w.people[w.r.IntN(len(w.people))] }

// somebody returns a person whose program is ready; nil if there is none.
func (w *world) somebody() *person {
	first := w.r.IntN(len(w.people))
	for i := range w.people {
		if p := w.people[(first+i)%len(w.people)]; p.view() != nil && w.gone[p.stored.ID] == nil {
			return p
		}
	}
	return nil
}

// joined returns one of the person's rooms.
func (p *person) joined(r *rand.Rand) (app.RoomView, bool) {
	var list []app.RoomView
	for _, room := range p.view().Rooms {
		if room.Joined {
			list = append(list, room)
		}
	}
	if len(list) == 0 {
		return app.RoomView{}, false
	}
	return list[r.IntN(len(list))], true
}

func (w *world) doRest() {
	if w.r.IntN(3) == 0 {
		w.pause(90 * time.Second)
	} else {
		w.pause(5 * time.Second)
	}
}

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
		w.deleted[m.MID] = true
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

// doRoom makes, renames or retopics a room.
func (w *world) doRoom() {
	p := w.somebody()
	if p == nil {
		return
	}
	room, ok := p.joined(w.r)
	name := fmt.Sprintf("room %d", len(w.rooms))
	switch {
	case !ok || w.r.IntN(2) == 0:
		req := app.RoomRequest{Name: name, Topic: "t", Access: chat.AccessOpen}
		if w.r.IntN(2) == 0 {
			req.Access = chat.AccessClosed
			req.Members = []chat.AccountID{w.anybody().stored.ID}
		}
		if len(w.rooms)%3 == 1 { // no draw of its own, so that known seeds do what they did
			req.History = chat.HistoryJoined
		}
		id, err := p.life.app.CreateRoom(w.ctx, req)
		w.note("%s: makes %s (%s, %s): %v", p.name, name, req.Access, req.History, err)
		w.rooms = append(w.rooms, id)
	case w.r.IntN(2) == 0:
		w.note("%s: renames %s to %s: %v", p.name, room.Name, name, p.life.app.RenameRoom(w.ctx, room.ID, name))
	case room.Head%3 == 0 && p.owns(&room): // no draw of its own
		to := chat.HistoryAll
		if room.History == to {
			to = chat.HistoryJoined
		}
		p.shows(&room, to)
		if to == chat.HistoryJoined && room.Head%2 == 0 {
			p.say(room.ID)
			p.shows(&room, chat.HistoryAll)
		}
		p.brings(&room)
	default:
		w.note("%s: retopics %s: %v", p.name, room.Name, p.life.app.SetTopic(w.ctx, room.ID, name))
	}
}

// shows changes what newcomers of a room see.
func (p *person) shows(room *app.RoomView, to chat.History) {
	if p.view() == nil {
		return
	}
	p.w.note("%s: newcomers of %s see %s: %v", p.name, room.Name, to, p.life.app.SetHistory(p.w.ctx, room.ID, to))
	p.w.count("changes of what newcomers see", 1)
}

// brings adds the first who is not in a room, just behind what was said of newcomers.
func (p *person) brings(room *app.RoomView) {
	for _, other := range p.w.people {
		in := slices.ContainsFunc(room.Members, func(m app.MemberView) bool { return m.Account == other.stored.ID })
		if !in && p.view() != nil {
			p.w.note("%s: adds %s to %s: %v", p.name, other.name, room.Name, p.life.app.AddMember(p.w.ctx, room.ID, other.stored.ID))
			return
		}
	}
}

// owns reports whether a person owns a room, which can be told of newcomers.
func (p *person) owns(room *app.RoomView) bool {
	return room.Access != chat.AccessDirect && slices.ContainsFunc(room.Members, func(m app.MemberView) bool { return m.Me && m.Role == chat.RoleOwner })
}

// mayRemove reports whether a person owns a room that somebody else is in.
func (p *person) mayRemove(room *app.RoomView, other *person) bool {
	owns, in := false, false
	for _, m := range room.Members {
		owns = owns || m.Me && m.Role == chat.RoleOwner
		in = in || m.Account == other.stored.ID && !m.Me
	}
	return owns && in && room.Access != chat.AccessDirect
}

// doMember joins, leaves, adds, removes.
func (w *world) doMember() {
	p := w.somebody()
	if p == nil {
		return
	}
	room, ok := p.joined(w.r)
	switch w.r.IntN(5) {
	case 0:
		if ok {
			w.note("%s: leaves %s: %v", p.name, room.Name, p.life.app.LeaveRoom(w.ctx, room.ID))
		}
	case 1:
		if ok {
			other := w.anybody()
			if room.Head%2 == 0 && p.mayRemove(&room, other) { // no draw of its own
				w.note("%s: removes %s from %s: %v", p.name, other.name, room.Name, p.life.app.RemoveMember(w.ctx, room.ID, other.stored.ID))
				w.count("removals", 1)
				return
			}
			w.note("%s: adds %s to %s: %v", p.name, other.name, room.Name, p.life.app.AddMember(w.ctx, room.ID, other.stored.ID))
		}
	default:
		id := w.rooms[w.r.IntN(len(w.rooms))]
		if !p.room(id).Joined {
			w.note("%s: joins %s: %v", p.name, id.String()[:6], p.life.app.JoinRoom(w.ctx, id))
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

// doNet disturbs somebody's network.
func (w *world) doNet() {
	p := w.anybody()
	switch n := w.r.IntN(8); n {
	case 0, 1:
		w.note("%s: lines cut", p.name)
		w.count("cuts", 1)
		p.nic.cut()
	case 2, 3, 4, 5:
		state := []air{airHole, airHalfUp, airHalfDn, airNoRoute}[n-2]
		w.note("%s: %s", p.name, state)
		w.count("black holes and half-open lines", 1)
		p.nic.set(state)
		w.pause(40 * time.Second)
	default:
		lo := time.Duration(w.r.IntN(400)) * time.Millisecond
		hi := lo + time.Duration(w.r.IntN(800))*time.Millisecond
		slice := w.r.IntN(3) * 7
		w.note("%s: slow, %v to %v, %d bytes at once", p.name, lo, hi, slice)
		w.count("slow lines", 1)
		p.nic.speed(lo, hi, slice)
	}
}

// doHeal mends somebody's network; the program must be live soon.
func (w *world) doHeal() {
	p := w.anybody()
	w.note("%s: network mended", p.name)
	p.nic.speed(time.Millisecond, 5*time.Millisecond, 0)
	p.nic.set(airGood)
	if l := p.life; l != nil && w.r.IntN(2) == 0 {
		l.app.Wake()
	}
}

// doServer restarts the server, gently or not.
func (w *world) doServer() {
	switch w.r.IntN(4) {
	case 0:
		w.note("server: restarts")
		w.count("server restarts", 1)
		w.down()
		w.pause(20 * time.Second)
		if w.fell() { // the power was cut while it went down
			return
		}
		w.rise()
	case 1:
		w.crashServer()
	default:
		w.disk.arm(1+w.r.IntN(8), w.r.IntN(2) == 0)
	}
}

// doDisk makes the server's disk full, slow, or well again.
func (w *world) doDisk() {
	switch w.r.IntN(4) {
	case 0:
		w.note("server: disk full")
		w.count("full disks", 1)
		w.disk.be(true, 3*time.Millisecond)
	case 1:
		w.note("server: disk slow")
		w.count("slow disks", 1)
		w.disk.be(false, 700*time.Millisecond)
	default:
		w.note("server: disk well")
		w.disk.be(false, 3*time.Millisecond)
	}
}

// doClient ends programs, gently or not.
func (w *world) doClient() {
	p := w.anybody()
	switch n := w.r.IntN(8); {
	case p.life == nil:
		w.note("%s: starts", p.name)
		p.run()
	case n == 0:
		w.note("%s: quits", p.name)
		p.quit()
	case n == 1:
		w.note("%s: quits and starts", p.name)
		p.quit()
		p.run()
	case n == 2 && p.older == "":
		w.note("%s: profile copied", p.name)
		p.copyProfile()
	case n == 2 || n == 3 && p.older != "":
		w.note("%s: an older profile is put back", p.name)
		w.count("older profiles restored", 1)
		p.restoreProfile()
	case n == 4:
		p.nic.power()
	default:
		p.nic.arm(1 + w.r.IntN(60))
	}
}

// doBackup copies the server's data, or puts an older copy in its place.
func (w *world) doBackup() {
	if w.backup == "" || w.r.IntN(2) == 0 {
		to := w.folder("backup")
		w.must(image(w.home, to))
		if w.backup != "" {
			_ = os.RemoveAll(w.backup)
		}
		w.backup = to
		w.note("server: backup made")
		return
	}
	tell := w.r.IntN(2) == 0
	w.note("server: backup restored, says so: %v", tell)
	w.count("backups restored", 1)
	w.net.CutAll()
	w.down()
	w.net.CutAll()
	w.pause(10 * time.Second)
	time.Sleep(time.Second)
	w.restore(tell)
	w.up()
	w.again()
}

func (w *world) restore(tell bool) {
	if w.epoch.IsZero() {
		w.epoch = w.disk.epoch
	}
	if tell {
		w.epoch = chat.NewEpoch()
	}
	before := w.home
	w.home = w.folder("server")
	w.must(image(w.backup, w.home))
	files := filepath.Join(w.home, filesFolder) // no backup has them: they stay as they are
	w.must(errors.Join(os.RemoveAll(files), image(filepath.Join(before, filesFolder), files), os.RemoveAll(before)))
	w.restored = time.Now()
	w.book.turn()
	w.mount()
	w.book.disk.Store(w.disk)
	w.noteSwept()
}

// copyProfile keeps a copy of the profile as it is now.
func (p *person) copyProfile() {
	to := p.w.folder(p.name)
	p.w.must(image(p.home, to))
	p.older, p.olderAt = to, len(p.entries)
}

// restoreProfile puts the older copy in the profile's place: what was written
// since then and not sent is lost, and nobody can help that.
func (p *person) restoreProfile() {
	p.quit()
	_ = os.RemoveAll(p.home)
	p.home, p.older, p.setBack = p.older, "", true
	p.mu.Lock()
	for _, e := range p.entries[p.olderAt:] {
		e.certain = false
	}
	for _, e := range p.entries {
		e.settled = true // what is shown has gone back
	}
	p.mu.Unlock()
	p.run()
}

// Bounds of docs/protocol.md 9, exact in fake time but for the polling here and
// what was on its way.
const (
	boundIdle    = 26 * time.Second
	boundSending = 8 * time.Second
	boundWake    = 2 * time.Second
	boundLive    = 3 * time.Second
	slack        = 60 * time.Millisecond
)

// doBound makes a line dead in one of three situations and looks how soon that
// is noticed, and, after mending, how soon all is well.
func (w *world) doBound() {
	p := w.somebody()
	if p == nil || w.fell() {
		return
	}
	p.nic.speed(time.Millisecond, 5*time.Millisecond, 0)
	p.nic.set(airGood)
	w.disk.be(false, 3*time.Millisecond)
	w.disk.arm(0, false)
	p.nic.arm(0)
	p.life.app.TryNow()
	p.life.app.Wake()
	room, ok := p.joined(w.r)
	quiet := func() bool { v := p.view(); return v != nil && v.Connection.State == app.ConnLive && v.Waiting == 0 }
	if _, is := w.until(20*time.Second, quiet); !is || !ok {
		return
	}
	time.Sleep(time.Duration(w.r.IntN(20_000)) * time.Millisecond)
	if !quiet() || !p.room(room.ID).Joined {
		return
	}
	state := []air{airHole, airHalfUp, airHalfDn}[w.r.IntN(3)]
	p.nic.set(state)
	bound, what := boundIdle, "idle"
	switch w.r.IntN(3) {
	case 0:
		p.say(room.ID)
		// In a room whose creation was refused it fails at once, and nothing is on its way.
		if _, waits := w.until(time.Second, func() bool { v := p.view(); return v == nil || v.Waiting > 0 }); waits {
			bound, what = boundSending, "sending"
		}
	case 1:
		bound, what = boundWake, "woken"
		p.life.app.Wake()
	}
	// Whatever still arrives is a sign of life.
	begin, heard := time.Now(), p.nic.heard()
	_, noticed := w.until(60*time.Second, func() bool {
		if n := p.nic.heard(); n != heard && p.live() {
			begin, heard = time.Now(), n
		}
		return !p.live()
	})
	took := time.Since(begin)
	w.note("%s: %s, %s: noticed after %v", p.name, state, what, took)
	if !noticed || took > bound+slack {
		w.violate("bound", "%s, %s: a dead line (%s) was noticed after %v, not %v", p.name, what, state, took, bound)
	}
	w.count("dead lines noticed in time", 1)
	if w.r.IntN(2) == 0 {
		w.pause(20 * time.Second)
	}
	p.nic.set(airGood)
	p.life.app.Wake()
	took, is := w.until(10*time.Second, p.live)
	if p.life != nil && !p.life.doomed.Load() && !w.fell() && (!is || took > boundLive+slack) {
		w.violate("bound", "%s: live %v after the network returned: %+v", p.name, took, p.life.app.View().Connection)
	}
}

// doLostAck lets messages arrive whose answers do not: others talk on, so that the
// messages are sent again before their own events are seen, perhaps to a server
// that has started anew.
func (w *world) doLostAck() {
	p := w.somebody()
	if p == nil || !p.live() {
		return
	}
	room, ok := p.joined(w.r)
	if !ok {
		return
	}
	w.note("%s: answers are lost", p.name)
	w.count("lost answers", 1)
	p.nic.set(airHalfDn)
	say := func(most int, who func() *person) {
		for range w.r.IntN(most) {
			if q := who(); q.view() != nil && q.room(room.ID).Joined && (q == p) == (most < 5) {
				q.say(room.ID)
				time.Sleep(20 * time.Millisecond)
			}
		}
	}
	say(80, w.anybody) // these come before it, once it reads again
	say(4, func() *person { return p })
	say(30, w.anybody)
	switch w.r.IntN(3) {
	case 0:
		w.crashServer()
		w.tend()
	case 1:
		p.nic.cut()
	default:
		time.Sleep(10 * time.Second)
	}
	lo := time.Duration(w.r.IntN(500)) * time.Millisecond
	p.nic.speed(lo, lo+200*time.Millisecond, 0)
	p.nic.set(airGood)
	if p.view() != nil {
		p.life.app.TryNow()
	}
	w.pause(8 * time.Second)
}
