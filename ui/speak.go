package ui

import (
	"strings"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// What a screen reader says of the parts of the window that are not text: rooms, people,
// groups, and whatever can be pressed.

var (
	_ fyne.Accessible = (*press)(nil)
	_ fyne.Accessible = (*roomRow)(nil)
	_ fyne.Accessible = (*personRow)(nil)
	_ fyne.Accessible = (*railItem)(nil)
)

// spoken makes one sentence of parts; those that are empty are left out.
func spoken(parts ...string) string {
	var said []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			said = append(said, p)
		}
	}
	return strings.Join(said, ", ")
}

// spokenText gathers the words that an object shows.
func spokenText(o fyne.CanvasObject) []string {
	switch o := o.(type) {
	case *fyne.Container:
		var parts []string
		for _, child := range o.Objects {
			if child.Visible() {
				parts = append(parts, spokenText(child)...)
			}
		}
		return parts
	case *look.Avatar: // initials: the name stands beside them
		return nil
	case *para:
		return []string{o.text}
	case interface{ Text() string }:
		return []string{o.Text()}
	case fyne.Accessible:
		return []string{o.AccessibilityLabel()}
	}
	return nil
}

// AccessibilityLabel implements fyne.Accessible: the words that can be pressed.
func (t *press) AccessibilityLabel() string {
	if t.content == nil {
		return ""
	}
	return spoken(spokenText(t.content)...)
}

// AccessibilityRole implements fyne.Accessible.
func (*press) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// AccessibilityLabel implements fyne.Accessible.
func (r *roomRow) AccessibilityLabel() string {
	f := r.facts
	unread, called, draft := "", "", ""
	if f.unread > 0 {
		unread = tr.N("speak.unread", f.unread)
	}
	if f.calls > 0 {
		called = tr.N("speak.calls", f.calls)
	}
	if f.lead != "" {
		draft = f.lead + " "
	}
	return spoken(f.name, presenceWord(f.dot), f.status, unread, called, draft+f.text, f.time)
}

// AccessibilityRole implements fyne.Accessible.
func (*roomRow) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// presenceWord says whether somebody is there, without since when.
func presenceWord(s app.PresenceState) string {
	switch s {
	case app.PresenceOnline:
		return tr.S("presence.online")
	case app.PresenceAway:
		return tr.S("presence.away")
	case app.PresenceOffline:
		return tr.S("presence.offline")
	}
	return ""
}

// AccessibilityLabel implements fyne.Accessible.
func (r *personRow) AccessibilityLabel() string { return spoken(r.p.name, r.p.about) }

// AccessibilityLabel implements fyne.Accessible.
func (i *railItem) AccessibilityLabel() string {
	unread := ""
	if n := i.facts.rooms; n > 0 {
		unread = tr.N("speak.rooms", n)
	}
	tip := i.facts.tip
	if i.u.item.Adding {
		tip = tr.S("rail.add")
	}
	return spoken(tip, unread)
}

// AccessibilityRole implements fyne.Accessible.
func (*railItem) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }
