package wire

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hearth/chat"
)

// TestState: a room's state comes back as it was, with more people than one JSON
// object may have members.
func TestState(t *testing.T) {
	r := chat.NewRoom(sampleRoom)
	r.Name, r.Topic, r.Access, r.History, r.Creator, r.Created = "tea", "black", chat.AccessClosed, chat.HistoryAll, sampleAccount, sampleTime
	r.Archived, r.Keep, r.Purged, r.HideReadings, r.Ruled = true, 30, 2, true, 3
	r.Pins = []chat.Seq{9, 3, MaxNumber}
	for i := range 3 * MaxKeys {
		m := chat.Member{Account: chat.NewAccountID(), Name: fmt.Sprint("n", i), Display: fmt.Sprint("N ", i), Role: chat.RoleMember, Joined: chat.Seq(i + 1)}
		if i%5 == 0 {
			r.Former[m.Account] = m
			continue
		}
		r.Members[m.Account] = m
	}
	text, err := EncodeState(r)
	if err != nil {
		t.Fatal(err)
	}
	again, err := DecodeState(text)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(r, again); d != "" {
		t.Error(d)
	}
	twice, err := EncodeRecord(RoomState{Room: sampleRoom, Members: []chat.Member{{Account: sampleAccount}, {Account: sampleAccount}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "{}", "[]", `{"room":"x"}`, twice, text[:len(text)-1], text + " x"} {
		if _, err := DecodeState(bad); err == nil {
			t.Errorf("%.60q was read", bad)
		}
	}
}
