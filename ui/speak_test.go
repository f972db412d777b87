package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"hearth/ui/look"
)

// TestSpoken: whatever can be pressed in the rail, the list of rooms, the list of people
// and a card has words for a screen reader, and rows say what they show.
func TestSpoken(t *testing.T) {
	for screen, want := range map[string]string{
		"rail": "with unread messages", "direct-list": "Sofia Rossi, away, 🍜, ", "presence": "· away", "person-card": "Send a message", "members": "@ana · owner",
	} {
		g, q := newGallery(t, screen)
		var all []string
		q.until(t, "what "+screen+" says", func() bool {
			all = said(t, g.u)
			return strings.Contains(strings.Join(all, "\n"), want)
		})
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
