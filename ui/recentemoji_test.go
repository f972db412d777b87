package ui

import (
	"path/filepath"
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/store/secret"
)

// TestEmojiKept: what was used of the emoji, and the tone, are there in the next run, in
// the menu and for short codes; what cannot be an emoji is left out.
func TestEmojiKept(t *testing.T) {
	g := newGroup(t)
	dir, ring := filepath.Join(t.TempDir(), "profile"), secret.NewMemory()
	s := sit(t, dir, ring, Desktop{})
	s.q.until(t, "the core", func() bool { return s.core.View().Phase == app.PhaseWelcome })
	if err := s.core.Join(t.Context(), app.JoinRequest{Link: g.invite(), Display: "Ana", Password: []byte("a long enough password")}); err != nil {
		t.Fatal(err)
	}
	c := s.opened(t)
	s.u.win.Canvas().Focus(c.entry)
	write(c, ":tad")
	if !c.offer.open() {
		t.Fatal("nothing is offered")
	}
	enter(c)
	if c.entry.Text() != "🎉 " && len(s.u.emoji.Recent) != 1 {
		t.Errorf("%q was written, %q remembered", c.entry.Text(), s.u.emoji.Recent)
	}
	s.u.changeEmoji(func(e *app.EmojiChoice) {
		e.Recent, e.Tone = append(e.Recent, "🦊", "👋🏿", "no emoji"), 3
	})
	want := s.u.emoji.Recent[:3]
	s.q.until(t, "the core keeps it", func() bool { return s.core.View().Emoji.Rev == s.u.emoji.Rev })
	s.end()

	s = sit(t, dir, ring, Desktop{})
	s.opened(t)
	if got := s.u.emoji; !slices.Equal(got.Recent, want) || got.Tone != 3 {
		t.Errorf("in the next run: %+v, want %q", got, want)
	}
	if quick := s.u.quick(); !slices.Equal(quick, append(slices.Clone(want), "👍🏽", "❤️", "😂")) {
		t.Errorf("the menu offers %q", quick)
	}
	first := func(begin string) string { return s.u.completedEmoji(begin, 6)[0].Emoji }
	if e := first("wav"); e != "👋🏽" {
		t.Errorf(":wav offers %q first", e)
	}
	if e := first("fo"); e != "🦊" {
		t.Errorf(":fo offers %q first, which was not used", e)
	}
	s.u.usedEmoji("🦊") // is offered already: nothing moves
	if got := s.u.emoji.Recent; !slices.Equal(got, want) {
		t.Errorf("moved to %q", got)
	}
	key(s.u, fyne.KeyEscape)
}
