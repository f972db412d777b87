package app

import (
	"slices"
	"strings"
	"testing"

	"hearth/chat"
)

// TestPlaces: a link to a message says where it leads, as far as this disk knows; not what
// somebody who is blocked wrote, and nothing of rooms that one does not know.
func TestPlaces(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		garden, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "garden"})
		must(t, err)
		ann.sent()
		ann.say(garden, "roses")
		ann.sent()
		bob.say(w.general, "hello")
		bob.sent()
		last := func(p *person, id chat.RoomID) MessageView { rows := p.rows(id); return rows[len(rows)-1] }
		link := func(room chat.RoomID, seq chat.Seq) string {
			return chat.PlaceLink{Server: w.sid, Room: room, Seq: seq}.String()
		}
		roses, hello := last(ann, garden), last(bob, w.general)
		ann.until("the greeting", func(*View) bool { return ann.roomView(w.general).Head == hello.Seq })
		elsewhere := chat.PlaceLink{Server: chat.ServerID{9}, Room: garden, Seq: 1}.String()
		links := []string{link(garden, roses.Seq), link(w.general, hello.Seq), link(garden, 900), link(chat.RoomID{7}, 1), elsewhere, link(w.general, 1)}
		text := "see " + strings.Join(links, " and ")
		ann.say(w.general, text)
		check := func(p *person, want ...PlaceView) {
			t.Helper()
			m := last(p, w.general)
			for i := range want {
				want[i].Link = links[i]
			}
			if m.Text != text || !slices.EqualFunc(m.Places, want, func(x, y PlaceView) bool { return x == y }) {
				t.Errorf("%s reads %q\nwith %+v\nnot  %+v", p.name, m.Text, m.Places, want)
			}
		}
		general := ann.roomView(w.general).Name
		inGarden := PlaceView{Known: true, Room: "garden", Name: roses.Name, Time: roses.Time}
		inGeneral := PlaceView{Known: true, Room: general, Name: hello.Name, Time: hello.Time}
		notHere := PlaceView{Known: true, Room: "garden"}
		noMessage := PlaceView{Known: true, Room: general}
		check(ann, inGarden, inGeneral, notHere, PlaceView{}, PlaceView{Other: true}, noMessage)
		ann.sent()
		check(ann, inGarden, inGeneral, notHere, PlaceView{}, PlaceView{Other: true}, noMessage)
		seq := last(ann, w.general).Seq
		bob.until("the links", func(*View) bool { return bob.roomView(w.general).Head == seq })
		check(bob, PlaceView{}, inGeneral, PlaceView{}, PlaceView{}, PlaceView{Other: true}, noMessage)

		must(t, ann.Block(t.Context(), bob.account, true))
		ann.until("the blocking", func(v *View) bool { return len(v.Blocked) == 1 })
		check(ann, inGarden, noMessage, notHere, PlaceView{}, PlaceView{Other: true}, noMessage)

		ann.say(w.general, strings.Repeat(links[0]+" ", 30))
		if n := len(last(ann, w.general).Places); n != mostPlaces {
			t.Errorf("%d links of one message were looked up", n)
		}
		ann.sent()
	})
}
