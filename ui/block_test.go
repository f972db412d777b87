package ui

import (
	"slices"
	"testing"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/narrate"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// TestFolded: what a blocked person wrote is folded away, nothing of it is in the row,
// and its menu shows it; the room that is left to them alone says so.
func TestFolded(t *testing.T) {
	g, _ := newGallery(t, "blocked")
	core := g.u.core.(*invented)
	marek := inventedAccount("marek")
	list := core.messages[g.u.home.room]
	at := slices.IndexFunc(list, func(m app.MessageView) bool { return m.Author == marek && m.Kind == chat.KindMessage })
	if at < 0 {
		t.Fatal("he has written nothing")
	}
	m := list[at]
	page := []app.MessageView{m}
	g.u.unfold(page)
	row := rowOf(page[0])
	if !row.Folded || row.Kind != timeline.Hint || row.Text != tr.S("row.blocked") || len(row.Files)+len(row.Reactions) != 0 || row.Reply != nil {
		t.Errorf("folded: %+v", row)
	}
	items := g.u.home.pane.messageMenu(row, []look.MenuItem{{Text: "details"}})
	if len(items) != 2 || items[0].Text != tr.S("block.show") {
		t.Fatalf("its menu: %+v", items)
	}
	items[0].Action()
	page[0] = m
	g.u.unfold(page)
	if row := rowOf(page[0]); row.Folded || row.Text != m.Text {
		t.Errorf("shown: %+v", row)
	}
	quoting := app.MessageView{Kind: chat.KindMessage, Text: "so", Reply: &app.QuoteView{Seq: 3, Name: "Marek", Blocked: true}}
	if q := rowOf(quoting).Reply; q == nil || q.Text != tr.S("row.blocked") || !q.Quiet {
		t.Errorf("quoted: %+v", q)
	}
	if got := preview(&app.LastView{Kind: chat.KindMessage, Author: "Marek", Blocked: true}); got != tr.S("row.blocked") {
		t.Errorf("preview: %q", got)
	}
	r := app.RoomView{Joined: true, Access: chat.AccessDirect, Members: []app.MemberView{{Me: true}, {Account: marek, Display: "Marek", Blocked: true}}}
	g.u.home.pane.composer.apply(&r, core.View())
	if g.u.home.pane.composer.usable() {
		t.Error("one can write to somebody one has blocked")
	}
}

// TestBeginning: the timeline says where it begins for who came later, and what was said
// while they were away.
func TestBeginning(t *testing.T) {
	newGallery(t, "begins")
	for want, gap := range map[string]app.Gap{
		tr.S("row.begins"):      {From: 1, To: 7, Reason: app.GapNotVisible},
		tr.S("row.away"):        {From: 12, To: 20, Reason: app.GapNotVisible},
		tr.N("row.unloaded", 9): {From: 12, To: 20, Reason: app.GapUnloaded},
		tr.N("row.void", 9):     {From: 12, To: 20, Reason: "another"},
		tr.S("row.purged"):      {From: 12, To: 20, Reason: app.GapPurged},
		tr.N("row.gap", 9):      {From: 12, To: 20, Missing: true},
	} {
		page := app.Page{Gaps: []app.Gap{gap}, Messages: []app.MessageView{{Seq: gap.To + 1, Kind: chat.KindMessage, Text: "x"}}}
		if rows := rowsOfPage(page, false, false); len(rows) != 2 || rows[0].Text != want {
			t.Errorf("%+v: %+v", gap, rows)
		}
		if rows := rowsOfPage(page, true, false); gap.Missing && rows[0].Text != tr.N("row.unloaded", 9) {
			t.Errorf("in a room that was left: %q", rows[0].Text)
		}
	}
}

// TestPreviewIsWords: the list of rooms shows the words of a message, no markup.
func TestPreviewIsWords(t *testing.T) {
	for text, want := range map[string]string{
		"```go\nfunc main()\n```":      "func main()",
		"> asked\n\n**yes**\nand _no_": "asked yes and no",
		"- one\n- two":                 "• one • two",
	} {
		if got := narrate.Message(text, app.Carried{}); got != want {
			t.Errorf("%q shows as %q, want %q", text, got, want)
		}
	}
}

// TestBlockedNote: what stands in place of the composer in a conversation with a blocked
// person is to be read whole, however narrow the window and large the text.
func TestBlockedNote(t *testing.T) {
	for _, form := range []string{"light,en", "dark,mt"} {
		g, q := newGallery(t, "main,"+form)
		q.run()
		c := g.u.home.pane.composer
		c.off = tr.F("composer.blocked", "Name", inSentence("Maria Magdalena Camilleri-Vella"))
		c.why.SetText(c.off)
		for _, width := range []float32{1000, 480, 280} {
			h := c.height(width)
			room := width - 2*whyPad
			if lines := c.why.HeightFor(room); h < lines+2*whyPad {
				t.Errorf("%s, %g wide: the words are %g high, and have %g", form, width, lines, h)
			}
			if narrow, wide := c.why.HeightFor(280-2*whyPad), c.why.HeightFor(1000-2*whyPad); narrow <= wide {
				t.Errorf("%s: %g high where it is narrow, %g where it is wide", form, narrow, wide)
			}
		}
	}
}
