package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/timeline"
)

// galleryMessages has messages with everything that may belong to one.
func galleryMessages(c *invented, now time.Time) {
	room := inventedRoom("release-room")
	list := c.messages[room]
	list[2].Reactions = []app.ReactionView{{Emoji: "🎉", Count: 5, Own: true}, {Emoji: "😀", Count: 2}}
	list[2].Pinned = true
	list[3].Reactions = []app.ReactionView{{Emoji: "👍🏽", Count: 1}}
	list[4].Edited = now.Add(-48 * time.Minute)
	list[4].Pinned = true
	list[6].Text = "On it. The label had a **fixed width**, patch below."
	list[6].Reply = &app.QuoteView{Seq: 5, Author: inventedAccount("ana"), Name: "Ana Borg", Text: "Bonġu! Can somebody look at the login flow before noon? The Maltese strings (żgħir, ħut, ċavetta) were cut off"}
	list[7].Reactions = []app.ReactionView{{Emoji: "👀", Count: 2}}
	list[6].Reactions = []app.ReactionView{{Emoji: "❤️", Count: 12}, {Emoji: "🚀", Count: 3, Own: true}, {Emoji: "👨‍👩‍👧", Count: 1}, {Emoji: "🇲🇹", Count: 4}}
	list[7].MayEdit, list[7].MayDelete, list[6].Edited = true, true, now.Add(-42*time.Minute)
	list[4].Keywords, list[4].MentionsMe = []string{"login flow"}, true
	list[8].Keywords = []string{"notes", "中文"}
	list[8].Mentions = []app.MentionView{{Account: inventedAccount("tom"), Name: "tom", Display: "Tom Baker"}, {Account: c.view.Me.Account, Name: "daniel", Me: true}}
	list[8].Text, list[8].MentionsMe = "谢谢！我刚刚测试了，中文显示正常。 @daniel @tom, see https://chat.example.org/r/login for notes", true
	list[9].Forward = &app.ForwardView{Name: "نور الخطيب", Time: now.Add(-time.Hour)}
	add := func(m app.MessageView) {
		m.Seq = chat.Seq(len(list) + 1)
		m.MID, m.Chain, m.State, m.Time = chat.MID(id16("changed"+string(rune('a'+len(list))))), list[0].Chain, app.StateSent, now.Add(-2*time.Minute)
		if m.Kind == "" {
			m.Kind = chat.KindMessage
		}
		list = append(list, m)
	}
	add(app.MessageView{Author: inventedAccount("ana"), Name: "Ana Borg", Kind: chat.KindPinAdd, Reply: &app.QuoteView{Seq: 5}})
	add(app.MessageView{Author: inventedAccount("marek"), Name: "Marek Vella", Erased: true, ErasedBy: "Marek Vella"})
	add(app.MessageView{Author: inventedAccount("marek"), Name: "Marek Vella", Erased: true, ErasedBy: "Ana Borg"})
	add(app.MessageView{Author: inventedAccount("marek"), Name: "Marek Vella", Text: "Fine with me 👍", Reply: &app.QuoteView{Seq: 3, Name: "Marek Vella", Author: inventedAccount("marek"), Erased: true}})
	add(app.MessageView{Author: inventedAccount("zoe"), Name: "Żoe Għarbi", Text: "And with me.", Reply: &app.QuoteView{Seq: 2, Missing: true}})
	c.messages[room] = list
	r := &c.view.Rooms[0]
	r.Pins, r.Head, r.Unread, r.Read = []chat.Seq{3, 5}, chat.Seq(len(list)), 0, chat.Seq(len(list))
	c.view.Rooms[1].Mentions, c.view.Rooms[2].Mentions = 1, 2
}

// galleryMenu opens the menu of an own message.
func galleryMenu(h *home) {
	if r := h.pane.timeline.NewestOwn(); r != nil {
		h.pane.timeline.OpenMenu(r)
	}
}

// galleryPicked chooses the newest own message and some before it.
func galleryPicked(h *home) {
	t := h.pane.timeline
	if r := t.NewestOwn(); r != nil {
		t.Pick(r)
		t.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
		for i := 0; i < 8 && len(t.Picked()) < 3; i++ {
			t.TypedKey(&fyne.KeyEvent{Name: fyne.KeyUp})
		}
		t.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	}
}

// galleryReply answers somebody with a long name.
func galleryReply(h *home) {
	h.pane.composer.answer(&timeline.Row{Seq: 5, Name: "Ana Borg", Text: "Bonġu! Can somebody look at the login flow before noon? The Maltese strings (żgħir, ħut, ċavetta) were cut off."})
	h.pane.composer.setText("Yes, now.")
}

// galleryWrite has something begun in the composer.
func galleryWrite(text string) func(*home) {
	return func(h *home) {
		h.pane.composer.setText("")
		for _, r := range text {
			h.pane.composer.entry.TypedRune(r)
		}
	}
}
