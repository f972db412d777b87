package ui

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"hearth/ui/look"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// TestSpoken: whatever can be pressed in the rail, the list of rooms, the list of people
// and a card has words for a screen reader, and rows say what they show.
func TestSpoken(t *testing.T) {
	for screen, want := range map[string]string{
		"rail": "with unread messages", "direct-list": "Sofia Rossi, away, 🍜, ", "presence": "· away", "person-card": "Send a message", "members": "@ana · owner",
	} {
		g, q := newGallery(t, screen)
		g.pose(q)
		var all []string
		q.until(t, "what "+screen+" says", func() bool {
			all = said(t, g.u)
			return strings.Contains(strings.Join(all, "\n"), want)
		})
	}
}

// TestSpokenControls: messages, fields, choices, sliders and menus say what they are,
// what holds, and of a secret nothing.
func TestSpokenControls(t *testing.T) {
	g, q := newGallery(t, "messages,light,en")
	h := g.u.home
	q.until(t, "messages", func() bool { return h.pane.timeline.NewestOwn() != nil })
	row := timeline.Row{
		Kind: timeline.Message, Name: "Ana Borg", Text: "see **you**", Seq: 4, Time: time.Date(2026, 1, 2, 15, 4, 0, 0, time.Local), Pinned: true,
		Reply: &timeline.Quote{Name: "Marek Vella"}, Edited: time.Now(), Reactions: []timeline.Reaction{{Emoji: "👍", Count: 2}},
	}
	secret := newSecretField("Passphrase", "")
	secret.entry.SetText("hunter2")
	choice := newSegments([]string{"System", "Light"}, 1, nil)
	setting("Theme", choice)
	size := newSlider(8, 2, nil, nil)
	nameControl(size, "Text size")
	menu := look.ShowMenu(g.u.win.Canvas(), fyne.NewPos(0, 0), []look.MenuItem{{Text: "Reply"}, {}, {Text: "Delete", Off: true}, {Text: "Copy"}})
	for want, o := range map[string]fyne.Accessible{
		"Passphrase": secret.entry, "Theme, Light, 2 of 2": choice, "Text size, 3 of 8": size, "Reply, Copy": menu, "chosen": newRadio(true), "": newRadio(false),
		tr.F("composer.hint", "Room", roomName(h.roomOf(h.room))): h.pane.composer.entry,
	} {
		if got := o.AccessibilityLabel(); got != want || o.AccessibilityRole() == "" {
			t.Errorf("a %T says %q, want %q", o, got, want)
		}
	}
	menu.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if got := menu.AccessibilityLabel(); got != "Reply" {
		t.Errorf("the entry says %q", got)
	}
	if got, want := spokenRow(&row), "Ana Borg, in reply to Marek Vella, see you, 15:04, edited, pinned, 👍 2 times"; got != want {
		t.Errorf("a message says %q, want %q", got, want)
	}
	own := timeline.Row{Kind: timeline.Message, Own: true, Name: "Daniel", Text: "x", State: timeline.Failed, Reason: "It is too long"}
	if got := spokenRow(&own); !strings.HasPrefix(got, "You, x, ") || !strings.HasSuffix(got, "Not sent, It is too long") {
		t.Errorf("a refused message says %q", got)
	}
	if got := h.pane.timeline.AccessibilityLabel(); got == "" {
		t.Error("the timeline says nothing")
	}
}

// said gathers what a screen reader says of whatever can be pressed.
func said(t *testing.T, u *UI) (all []string) {
	t.Helper()
	each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		switch o.(type) {
		case *look.Button, *look.IconButton, *press, *touch, *fold, *roomRow, *personRow, *railItem:
		default:
			return
		}
		a, ok := o.(fyne.Accessible)
		if !ok || a.AccessibilityLabel() == "" || a.AccessibilityRole() != fyne.AccessibleRoleButton {
			t.Errorf("a %T without words", o)
			return
		}
		all = append(all, a.AccessibilityLabel())
	})
	return all
}
