package app

import (
	"slices"
	"strconv"
	"strings"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/store"
)

// askStatus asks what became of one room's messages. What the server has is on its way
// here; done is told of those that it does not have, or of which it will not say (told is
// false). Without an answer nothing is decided, and the next connection asks again.
func (a *App) askStatus(room chat.RoomID, mids []chat.MID, done func(lost []chat.MID, told bool)) {
	name := alarmOf(alarmStatus, a.group.room(room)) + alarmName(mids[0].String())
	request := func() wire.Request { return &wire.SendStatus{Room: room, MIDs: mids} }
	a.insist(name, request, func(reply wire.Reply) {
		f, ok := reply.(*wire.SendState)
		if !ok {
			return
		}
		g := a.group
		known := map[chat.MID]chat.Seq{}
		for _, item := range f.Items {
			known[item.MID] = item.Seq
		}
		var lost []chat.MID
		for _, mid := range mids {
			o := g.out[mid]
			switch {
			case o == nil || o.State != store.EntryQueued:
			case known[mid] == 0:
				lost = append(lost, mid)
			default:
				stands, err := a.standsElse(g.room(room), known[mid], mid)
				if err != nil {
					a.storeTrouble(err)
					return
				}
				if stands { // whatever the server says, it may not vanish
					lost = append(lost, mid)
					continue
				}
				o.State, o.Seq = store.EntryAcknowledged, known[mid]
				a.settled(g.room(room), o)
				g.acked = append(g.acked, mid)
			}
		}
		done(lost, true)
		a.flushAcks()
	}, func(error) {
		done(slices.DeleteFunc(slices.Clone(mids), func(mid chat.MID) bool {
			o := a.group.out[mid]
			return o == nil || o.State != store.EntryQueued // its event has come meanwhile
		}), false)
	})
}

// refuseUnfit deals with what no frame can carry that the server accepts, as it has become
// stricter since: the person hears of it, and what waits behind it goes. What may have
// reached it before it did so is asked for first, once everything is here.
func (a *App) refuseUnfit(list []*outgoing) {
	c := a.group.net
	refusal := chat.Errorf(chat.CodeTooLong, "/body", "takes more than the %d bytes that the server accepts at once", c.session.Limits().FrameBytes)
	for _, o := range list {
		r, mid := a.group.room(o.Room), o.MID
		if !o.Transmitted {
			a.failEntry(r, o, refusal)
			continue
		}
		if !c.live || c.unfit[mid] {
			continue
		}
		c.unfit[mid] = true
		a.askStatus(r.id, []chat.MID{mid}, func(lost []chat.MID, told bool) {
			delete(c.unfit, mid)
			switch {
			case !told:
				a.hold(lost)
			case len(lost) > 0:
				a.failEntry(r, a.group.out[mid], refusal)
			}
		})
	}
}

// madeWithout has a room made without somebody it names whose account the server does not
// have (any more), as after it was restored from an older backup: otherwise nobody would
// have the room. It reports whether that was why it was refused.
func (a *App) madeWithout(o *outgoing, e *chat.Error) bool {
	at, names := strings.CutPrefix(e.Path, "/body/members/")
	body, is := o.parsed().(chat.RoomCreate)
	i, err := strconv.Atoi(at)
	if !names || !is || err != nil || e.Code != chat.CodeBadValue || body.Access == chat.AccessDirect || i < 0 || i >= len(body.Members) {
		return false
	}
	if err := a.group.store.Fail(a.disk, o.MID, e.Code, e.Message); err != nil {
		a.storeTrouble(err)
		return true
	}
	o.State, o.Code, o.Message = store.EntryFailed, e.Code, e.Message
	a.log.Info("a room is made without somebody whom the server does not know", "room", o.Room)
	body.Members = slices.Delete(slices.Clone(body.Members), i, i+1)
	if err := a.rewrite(o, o.Kind, body, chat.DraftEdit{}); err != nil {
		a.log.Warn("a room was not made without somebody whom the server does not know", "room", o.Room, "err", err)
	}
	return true
}
