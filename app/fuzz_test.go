package app

import (
	"testing"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/store/storetest"
)

// FuzzPush: whatever frame a server pushes, the client neither breaks nor holds
// a log that does not follow from its events, and one room's rubbish does not
// touch another room.
func FuzzPush(f *testing.F) {
	c := newBenchCore(f, 2)
	good, target := c.logs[0], c.logs[1]
	room := target.Room.String()
	target.Text(c.other, "a text")
	for _, frame := range []wire.Frame{
		&wire.Void{Room: target.Room, From: 4, To: 9, Reason: wire.VoidPurged, Chain: chat.Hash{1}},
		&wire.Live{Heads: []wire.RoomHead{{Room: target.Room, Seq: 4}}}, &wire.Lag{Rooms: []chat.RoomID{target.Room}},
		&wire.Snapshot{Room: target.Room, At: 9, HoleFrom: 4, State: `{"id":"` + room + `"}`},
		&wire.DeviceAdded{Device: wire.DeviceInfo{Device: chat.DeviceID{1}, Name: "x"}},
		&wire.RecoveryReplaced{Recovery: wire.Recovery{Key: make([]byte, 32), Made: 5}},
		wire.FromError(0, chat.Errorf(chat.CodeBusy, "/x", "no")), &wire.Goodbye{Reason: wire.GoodbyeRestart, AfterMS: 5},
	} {
		raw, err := wire.Encode(frame)
		must(f, err)
		f.Add(raw)
	}
	f.Add(c.frame(f, target, target.Head()))
	f.Add(c.frame(f, target, 1))
	f.Add([]byte(`{"t":"events","room":"` + room + `","events":[{"seq":4,"kind":"member.join","mid":"` + chat.MID{1}.String() + `","time":1,"body":"{}"}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		frame, err := wire.DecodeServer(raw)
		if err != nil || frame == nil {
			return
		}
		for _, r := range c.group.rooms {
			r.diverged = false // each input gets its chance
		}
		before := c.view(good)
		c.receive(delivery{from: c.group.net, frame: frame})
		c.publish()
		if c.trouble != nil {
			t.Fatalf("the store is in trouble over %s: %v", raw, c.trouble)
		}
		if touches(frame, good) {
			return
		}
		if after := c.view(good); after.Head != before.Head || after.Chain != before.Chain || after.Unread != before.Unread {
			t.Fatalf("%s touched another room: %+v, then %+v", raw, before, after)
		}
	})
}

// touches reports whether a frame speaks of a room.
func touches(f wire.Frame, l *storetest.Log) bool {
	switch f := f.(type) {
	case *wire.Events:
		return f.Room == l.Room
	case *wire.Void:
		return f.Room == l.Room
	case *wire.Snapshot:
		return f.Room == l.Room
	}
	return false
}
