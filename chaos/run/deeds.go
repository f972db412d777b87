//go:build unix

package run

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"hearth/chaos/check"
	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/link"
	"hearth/net/wire"
)

// Deeds are what is done besides talking: a message is changed and deleted, a file is
// sent and said, a read position is told. The server is killed in the middle of them,
// and everything it had answered must be so afterwards.

const (
	deedPiece  = 4096
	deedPieces = 6
	// deedFlush is how long a read position may be in memory only, and a commit.
	deedFlush = 1500 * time.Millisecond
	// deedConfig makes pieces small, so that there are some to be killed between.
	deedConfig = "piece_bytes = 4096\n"
)

// doer is somebody who does it, and what they were told.
type doer struct {
	*prober
	s       *link.Session
	room    chat.RoomID
	dseq    uint64
	content []byte

	target  chat.Seq // the message that is changed and deleted
	deleted chat.Seq // of the deletion that was answered
	sent    int64    // how much of the content the server has said to have
	said    bool     // the message that names it was answered
	read    chat.Seq // the position that was answered
	flushed bool     // it was on disk when the server was killed
	placed  bool     // the upload may begin again
}

// Deeds kills a server at each place that deeds pass.
func Deeds(ctx context.Context, programs Programs, dir string, rounds int, tally *Tally) (found []check.Violation) {
	for round := range rounds {
		for _, place := range append([]fault.Place{""}, fault.ServerDeedPlaces...) {
			name := strings.ReplaceAll(string(place), ".", "-")
			e := &experiment{programs: programs, dir: filepath.Join(dir, fmt.Sprint(round, "-", name))}
			n := 1
			if place == fault.ServerPieceWritten || place == fault.ServerPieceSynced {
				n += 2 * (round % (deedPieces / 2)) // the others are passed once
			}
			v := e.deeds(ctx, place, n)
			if len(v) == 0 {
				tally.killed("server: " + cmp.Or(string(place), "between two pieces"))
			}
			found = append(found, v...)
		}
	}
	return found
}

// deeds makes a trial of one kill.
func deeds(place fault.Place) func(context.Context, *experiment) []check.Violation {
	return func(ctx context.Context, e *experiment) []check.Violation { return e.deeds(ctx, place, 1) }
}

// deeds does it until the server is killed: at the n-th passing of a place, or in the
// middle of an upload; and looks what is left.
func (e *experiment) deeds(ctx context.Context, place fault.Place, n int) (found []check.Violation) {
	w, err := e.small(ctx, deedConfig)
	if err != nil {
		return notStarted(err)
	}
	defer w.close()
	add := func(name, format string, args ...any) {
		found = append(found, check.Violation{Check: name, Text: fmt.Sprintf(format, args...) + fmt.Sprintf(" (killed at %q:%d)", place, n)})
	}
	invite, err := w.clients[0].must(ctx, "invite", "--uses", "2")
	if err != nil {
		return notStarted(err)
	}
	p, err := register(ctx, strings.TrimSpace(invite), w.server.listen, "doer")
	if err != nil {
		return notStarted(err)
	}
	other, err := register(ctx, strings.TrimSpace(invite), w.server.listen, "other")
	if err != nil {
		return notStarted(err)
	}
	if place != "" {
		kill := fmt.Sprintf("HEARTH_KILL=%s:%d", place, n)
		if place == fault.ServerEraseInTx {
			kill += "+40ms" // whatever leaves before the commit leaves too early
		}
		if err := errors.Join(w.server.stop(), w.server.start(ctx, append([]string{kill}, e.env...)...)); err != nil {
			return notStarted(err)
		}
	}
	d := &doer{prober: p, content: bytes.Repeat([]byte("deed "), deedPiece*deedPieces/5)}
	if err := d.do(ctx, func(sent int64) {
		if place == "" && sent >= 3*deedPiece {
			w.server.kill()
		}
	}); err == nil || w.server.running() != nil && w.server.running().wait(10*time.Second) != nil {
		return notStarted(fmt.Errorf("the server was not killed at %q: %w", place, err))
	}
	d.hangUp()
	// An upload whose content is in place and that does not say so begins again: that the
	// content is there is nothing that whoever announces its hash may learn.
	d.flushed, d.placed = place == fault.ServerMarksAfter, place == fault.ServerUploadPlaced
	w.server.forget()
	if err := w.server.start(ctx, e.env...); err != nil {
		return []check.Violation{{Check: "the server starts", Text: err.Error()}}
	}
	d.look(ctx, add)
	d.probeDirect(ctx, other.ready.Account, add)
	d.hangUp()
	d.lookBack(ctx, other.ready.Account, add)
	if err := errors.Join(w.server.stop(), w.server.run(ctx, "verify", "--data", w.server.data, "--config", w.server.config)); err != nil {
		add("I1 durable", "%v", err)
	}
	return found
}

// enter connects, and learns of the one room.
func (d *doer) enter(ctx context.Context) (err error) {
	if d.s, err = d.connect(ctx, d.key); err != nil {
		return err
	}
	reply, err := d.ask(ctx, &wire.Sync{})
	started, ok := reply.(*wire.SyncStarted)
	if err != nil || !ok || len(started.Rooms) == 0 {
		d.hangUp() // or it would connect again and again, beside the next one
		return fmt.Errorf("sync: %w", errors.Join(err, errJoin))
	}
	if d.room.IsZero() {
		d.room = started.Rooms[0].Room
	}
	return nil
}

func (d *doer) ask(ctx context.Context, r wire.Request) (wire.Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, probePatience)
	defer cancel()
	return d.s.Do(ctx, r)
}

// send sends the next event of the device; a refusal takes no number.
func (d *doer) send(ctx context.Context, kind chat.Kind, body string) (chat.Seq, error) {
	r, err := d.ask(ctx, &wire.Send{MID: chat.NewMID(), Room: d.room, DSeq: d.dseq + 1, Kind: kind, Body: body})
	ack, ok := r.(*wire.Ack)
	if err != nil || !ok {
		return 0, errors.Join(err, errors.New("no ack"))
	}
	d.dseq++
	return ack.Seq, nil
}

// naming is the body of a message that names the content.
func (d *doer) naming() string {
	raw, _ := json.Marshal(chat.Text{Files: []chat.File{{Hash: sha256.Sum256(d.content), Size: int64(len(d.content)), Name: "deed.txt", Type: "text/plain"}}})
	return string(raw)
}

// do does everything, as far as the server lives.
func (d *doer) do(ctx context.Context, progress func(int64)) error {
	if err := d.enter(ctx); err != nil {
		return err
	}
	var err error
	if d.target, err = d.send(ctx, chat.KindMessage, `{"text":"to be deleted"}`); err != nil {
		return err
	}
	for _, c := range []struct {
		kind chat.Kind
		more string
	}{{chat.KindEdit, `,"text":"edited"`}, {chat.KindReactionAdd, `,"emoji":"🫖"`}, {chat.KindReactionAdd, `,"emoji":"🫖"`}} {
		if _, err := d.send(ctx, c.kind, fmt.Sprintf(`{"seq":%d%s}`, d.target, c.more)); err != nil {
			return err
		}
	}
	if _, err := d.ask(ctx, &wire.Read{Room: d.room, Seq: d.target}); err != nil {
		return err
	}
	d.read = d.target
	if err := d.upload(ctx, progress); err != nil {
		return err
	}
	if _, err := d.send(ctx, chat.KindMessage, d.naming()); err != nil {
		return err
	}
	d.said = true
	if d.deleted, err = d.send(ctx, chat.KindDelete, fmt.Sprintf(`{"seq":%d}`, d.target)); err != nil {
		return err
	}
	if err := pause(ctx, deedFlush); err != nil { // the read position goes to disk
		return err
	}
	_, err = d.ask(ctx, &wire.Heads{})
	return err
}

// upload sends the content from where the server has it.
func (d *doer) upload(ctx context.Context, progress func(int64)) error {
	c, err := link.NewCourier(ctx, d.s, link.Options{})
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Send(ctx, bytes.NewReader(d.content), int64(len(d.content)), sha256.Sum256(d.content), func(sent int64) {
		d.sent = sent
		progress(sent)
	})
}

// look finishes what was begun, and compares what was answered with what there is.
func (d *doer) look(ctx context.Context, add adder) {
	if err := d.enter(ctx); err != nil {
		add("probe", "%v", err)
		return
	}
	if at := d.told(ctx, add); d.flushed && at < d.read {
		add("I10 markers, unread", "a read position of %d has become %d", d.read, at)
	}
	answered, first := d.sent, int64(-1)
	if err := d.upload(ctx, func(sent int64) {
		if first < 0 {
			first = sent
		}
	}); err != nil {
		add("files", "an upload cannot be finished: %v", err)
		return
	}
	// Of the piece before the kill nothing is believed; all before it was answered.
	if first < answered-deedPiece && !d.placed {
		add("files", "the server said that it had %d bytes, and has %d", answered, first)
	}
	if !d.said {
		reply, err := d.ask(ctx, &wire.Send{MID: chat.NewMID(), Room: d.room, DSeq: d.dseq + 1, Kind: chat.KindMessage, Body: d.naming()})
		if refused := chat.CodeOf(err); refused == chat.CodeOrderStale { // it had been stored after all
			d.dseq++
			_, err = d.send(ctx, chat.KindMessage, d.naming())
		} else if _, ok := reply.(*wire.Ack); ok {
			d.dseq++
		}
		if err != nil {
			add("files", "an uploaded content cannot be said: %v", err)
			return
		}
	}
	d.fetch(ctx, add)
	d.lookAtLog(ctx, add)
	// Another message names the content as well, and goes: the first one still has it.
	again, err := d.send(ctx, chat.KindMessage, d.naming())
	if err == nil {
		_, err = d.send(ctx, chat.KindDelete, fmt.Sprintf(`{"seq":%d}`, again))
	}
	if err != nil {
		add("probe", "naming a content twice: %v", err)
	}
	d.fetch(ctx, add)
}

// fetch gets the content back.
func (d *doer) fetch(ctx context.Context, add adder) {
	c, err := link.NewCourier(ctx, d.s, link.Options{})
	if err != nil {
		add("probe", "%v", err)
		return
	}
	defer c.Close()
	var got bytes.Buffer
	if _, err := c.Fetch(ctx, d.room, sha256.Sum256(d.content), 0, int64(len(d.content)), &got); err != nil || !bytes.Equal(got.Bytes(), d.content) {
		add("files", "a content that was said is not there, or not whole: %d bytes, %v", got.Len(), err)
	}
}

// lookAtLog deletes the message, if that was not done yet, and holds the log to its
// own deletions.
func (d *doer) lookAtLog(ctx context.Context, add adder) {
	for range 2 { // a deletion that was stored and not answered has taken a number
		if d.deleted > 0 {
			break
		}
		if d.deleted, _ = d.send(ctx, chat.KindDelete, fmt.Sprintf(`{"seq":%d}`, d.target)); d.deleted == 0 {
			d.dseq++
		}
	}
	if at, err := d.send(ctx, chat.KindEdit, fmt.Sprintf(`{"seq":%d,"text":"once more"}`, d.target)); chat.CodeOf(err) != chat.CodeMessageGone {
		add("changes", "an edit of a deleted message was answered by %d, %v", at, err)
	}
	reply, err := d.ask(ctx, &wire.History{Room: d.room, From: 1, To: d.deleted})
	page, ok := reply.(*wire.HistoryPage)
	if err != nil || !ok {
		add("probe", "history: %v", err)
		return
	}
	gone := map[chat.Seq]bool{}
	for i := range page.Events {
		e := page.Events[i].Event(d.room)
		if e.Kind == chat.KindDelete {
			gone[e.Target()] = true
		}
	}
	for i := range page.Events {
		e := page.Events[i].Event(d.room)
		if e.Kind == chat.KindMessage && e.Erased != gone[e.Seq] || e.Kind == chat.KindEdit && gone[e.Target()] {
			add("changes", "%s at %d: erased %v, deleted %v", e.Kind, e.Seq, e.Erased, gone[e.Seq])
		}
	}
	if !gone[d.target] {
		add("I1 durable", "a deletion that was answered is not in the log")
	}
}

// probeDirect makes the direct room of two people twice, tells an older position, and
// blocks the other one.
func (d *doer) probeDirect(ctx context.Context, other chat.AccountID, add adder) {
	if d.s == nil {
		return
	}
	room := chat.DirectRoom(d.ready.Account, other)
	body := fmt.Sprintf(`{"access":"direct","history":"all","members":["%s"]}`, other)
	var codes []chat.Code
	for n := range uint64(2) {
		_, err := d.ask(ctx, &wire.Send{MID: chat.NewMID(), Room: room, DSeq: n + 1, Kind: chat.KindRoomCreate, Body: body})
		codes = append(codes, chat.CodeOf(err))
	}
	if codes[0] != "" || codes[1] != chat.CodeRoomExists {
		add("direct", "making a direct room twice was answered by %q", codes)
	}
	for _, seq := range []chat.Seq{d.target, 1} {
		if _, err := d.ask(ctx, &wire.Read{Room: d.room, Seq: seq}); err != nil {
			add("probe", "telling a read position: %v", err)
		}
		_ = pause(ctx, deedFlush)
	}
	if _, err := d.ask(ctx, &wire.BlockSet{Block: chat.Block{Account: other, Blocked: true, Rev: 1}}); err != nil {
		add("probe", "blocking somebody: %v", err)
	}
}

// lookBack is I10: a position that has been on disk does not go back; and whoever is
// blocked stays so.
func (d *doer) lookBack(ctx context.Context, other chat.AccountID, add adder) {
	if err := d.enter(ctx); err != nil {
		add("probe", "%v", err)
		return
	}
	defer d.hangUp()
	if at := d.told(ctx, add); at < d.target {
		add("I10 markers, unread", "a read position of %d has become %d", d.target, at)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.blocks) != 1 || d.blocks[0].Account != other || !d.blocks[0].Blocked {
		add("blocks", "whom the account has blocked was told as %+v", d.blocks)
	}
}

// told returns the own read position that this connection was told.
func (d *doer) told(ctx context.Context, add adder) (at chat.Seq) {
	if err := d.caughtUp(ctx, d.s); err != nil {
		add("probe", "asking for what was told: %v", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, m := range d.reads {
		if m.Room == d.room {
			at = m.Seq
		}
	}
	return at
}
