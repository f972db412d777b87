package ui

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// pictured reports how often somebody's picture is drawn in the window.
func pictured(u *UI, id chat.AccountID) (n int) {
	img := look.Portrait(id.String())
	each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		if i, ok := o.(*canvas.Image); ok && img != nil && i.Image == img {
			n++
		}
	})
	return n
}

// TestFaces: whoever shows a picture has it beside what they wrote and in the list of
// people; a picture that is a bomb is not decoded, and initials stay.
func TestFaces(t *testing.T) {
	g, q := newGallery(t, "faces")
	g.pose(q)
	ana, sofia := inventedAccount("ana"), inventedAccount("sofia")
	q.until(t, "ana's picture in the timeline and the list", func() bool { return pictured(g.u, ana) >= 2 })
	if !drawn(g.u, "MV") {
		t.Error("who shows no picture has no initials")
	}
	if side := look.Portrait(ana.String()).Bounds().Dx(); side > faceSide {
		t.Errorf("%d pixels are kept", side)
	}
	bomb := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\xea\x60\x00\x00\xea\x60\x08\x02\x00\x00\x00\x00\x00\x00\x00")
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	hash := chat.AvatarHash(bomb)
	inventedPictures.put(hash, bomb)
	v := *g.u.view
	v.Cards = map[chat.AccountID]app.CardView{sofia: {Avatar: hash}}
	g.core.view = &v
	g.u.apply(app.Changes{View: true}, &v)
	if pictured(g.u, ana) > 0 {
		t.Error("a picture that was taken back is still drawn")
	}
	q.until(t, "the bomb's refusal", func() bool { return !g.u.faces.failed[hash].IsZero() })
	if look.Portrait(sofia.String()) != nil || !drawn(g.u, "SR") {
		t.Error("the bomb is drawn")
	}
}

// TestScreensAreMadeWhole: what the screen before loads finds its pictures also while the
// next is being made; what fails is not tried again for a minute.
func TestScreensAreMadeWhole(t *testing.T) {
	g, q := newGallery(t, "faces")
	g.pose(q)
	set := g.screens[g.at].set
	made := false
	g.screens[g.at].set = func(c *invented, now time.Time) {
		made = true
		if _, err := g.core.Avatar(t.Context(), inventedAccount("ana")); err != nil {
			t.Errorf("while a screen is made: %v", err)
		}
		set(c, now)
	}
	g.pose(q)
	if !made {
		t.Error("no screen was made")
	}
}

// TestCard: the picture or name of somebody opens their card, with what they show and
// what one can do.
func TestCard(t *testing.T) {
	g, q := newGallery(t, "faces")
	h := g.u.home
	li := inventedAccount("liwei")
	q.until(t, "the room", func() bool { return h.roomOf(h.room) != nil })
	h.showAuthor(&timeline.Row{Author: li.String(), Name: "李伟 Li Wei"})
	if len(g.u.dialogs) != 1 {
		t.Fatal("no card")
	}
	for _, want := range []string{"@liwei", "on Monday if", "until ", "share", "design"} {
		if !drawn(g.u, want) {
			t.Errorf("the card does not say %q", want)
		}
	}
	pressButton(t, g.u, tr.S("button.close"))
	h.showPerson(inventedAccount("daniel"))
	pressButton(t, g.u, tr.S("person.edit"))
	if !shows(g.u, tr.S("profile.picture_text")) || !drawn(g.u, tr.S("status.set")) {
		t.Error("the own card does not lead to the profile")
	}
	g.u.closeAll()
	h.showAuthor(&timeline.Row{Author: chat.AccountID{9}.String(), Name: "Somebody Who Left"})
	if !shows(g.u, "Somebody Who Left") || !shows(g.u, tr.S("person.gone")) {
		t.Error("who has left has no card")
	}
	g.u.closeAll()
	h.showAuthor(&timeline.Row{Author: "server"})
	if len(g.u.dialogs) > 0 {
		t.Error("nobody has a card")
	}
}

// TestStatusText: what others wrote is cleaned, and ends are told.
func TestStatusText(t *testing.T) {
	tr.Use("en")
	now := time.Date(2026, 11, 21, 22, 30, 0, 0, time.Local)
	for want, s := range map[string]app.StatusView{
		"":              {},
		"🌴":             {Emoji: "🌴"},
		"At lunch":      {Text: "At lunch"},
		"🍜 At lunch":    {Text: "At lunch", Emoji: "🍜"},
		"evil txt here": {Text: "evil \u202etxt here"},
	} {
		if got := statusText(s); got != want {
			t.Errorf("%+v is shown as %q", s, got)
		}
	}
	if got := untilText(app.StatusView{Text: "x", Until: now.Add(time.Hour)}, now); got != "until 23:30" {
		t.Error(got)
	}
	if got := untilText(app.StatusView{Text: "x", Until: now.Add(3 * time.Hour)}, now); got == "until 01:30" || got == "" {
		t.Error("another day looks like today: ", got)
	}
	if end := statusEnd(3, now); end.Sub(now) != 90*time.Minute {
		t.Error("tonight ends at ", end)
	}
	if !statusEnd(0, now).IsZero() {
		t.Error("never ends")
	}
	for _, c := range statusChoices {
		if n := len([]rune(tr.S(c.words))); n > chat.MaxStatus || c.end >= len(statusEnds) {
			t.Errorf("%+v", c)
		}
	}
}

// setter takes what the person wants to show.
type setter struct {
	*invented
	status chan app.StatusView
}

// SetStatus implements app.Commands.
func (s setter) SetStatus(_ context.Context, v app.StatusView) error {
	s.status <- v
	return nil
}

// TestStatusForm: a quick choice fills the form, and the form says it.
func TestStatusForm(t *testing.T) {
	g, q := newGallery(t, "faces")
	core := setter{g.core, make(chan app.StatusView, 1)}
	g.u.core = core
	s := newStatusForm(g.u, column(0))
	if s.text.Text() != "Writing the release notes" {
		t.Errorf("it begins with %q", s.text.Text())
	}
	s.fill(statusChoices[2])
	s.submit()
	var got app.StatusView
	q.until(t, "the status", func() bool {
		select {
		case got = <-core.status:
			return true
		default:
			return false
		}
	})
	if got.Emoji != "🍜" || got.Text != tr.S("status.lunch") || time.Until(got.Until) > 31*time.Minute {
		t.Errorf("%+v", got)
	}
	q.until(t, "its end", func() bool { return !s.form.going })
	s.setEmoji("")
	s.text.entry.SetText("  ")
	if s.submit(); !s.text.bad {
		t.Error("nothing is a status")
	}
}
