package main

import (
	"testing"

	"hearth/app"
	"hearth/chat"
)

// TestLandedBeforeNoted: the goroutine that reads the log may be faster than the
// one that sends. Once such a message stayed open for ever, and "chat" never ended.
func TestLandedBeforeNoted(t *testing.T) {
	o := &outgoing{open: map[chat.MID]bool{}, early: map[chat.MID]bool{}}
	fast, slow := chat.NewMID(), chat.NewMID()
	ignore := func(*app.MessageView) error { return nil }
	if err := o.landed(&app.MessageView{MID: fast, Own: true}, ignore); err != nil {
		t.Fatal(err)
	}
	o.sent(fast)
	o.sent(slow)
	if len(o.open) != 1 || !o.open[slow] || len(o.early) != 0 {
		t.Errorf("open %v, early %v", o.open, o.early)
	}
	if err := o.landed(&app.MessageView{MID: slow, Own: true}, ignore); err != nil {
		t.Fatal(err)
	}
	if len(o.open) != 0 {
		t.Errorf("open %v", o.open)
	}
}
