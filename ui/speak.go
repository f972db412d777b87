package ui

import (
	"strings"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/narrate"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// What a screen reader says of the parts of the window that are not text: rooms, people,
// groups, messages, fields, and whatever can be pressed or chosen.

var (
	_ fyne.Accessible = (*press)(nil)
	_ fyne.Accessible = (*roomRow)(nil)
	_ fyne.Accessible = (*personRow)(nil)
	_ fyne.Accessible = (*railItem)(nil)
	_ fyne.Accessible = (*input)(nil)
	_ fyne.Accessible = (*writer)(nil)
	_ fyne.Accessible = (*segments)(nil)
	_ fyne.Accessible = (*slider)(nil)
	_ fyne.Accessible = (*radio)(nil)
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
	case *input: // what is typed may be a secret
		return []string{o.AccessibilityLabel()}
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
	if f.added {
		unread = f.badge
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
	unread, calls := "", ""
	if n := i.facts.calls; n > 0 {
		calls = tr.N("rail.calls", n)
	}
	if n := i.facts.rooms; n > 0 {
		unread = tr.N("speak.rooms", n)
	}
	tip := i.facts.tip
	if i.u.item.Adding {
		tip = tr.S("rail.add")
	}
	return spoken(tip, calls, unread)
}

// AccessibilityRole implements fyne.Accessible.
func (*railItem) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// spokenRow is a message as one sentence: who, in answer to whom, what, when, and what
// is to be known of it.
func spokenRow(r *timeline.Row) string {
	if r.Act != "" {
		return spoken(r.Text, r.Act)
	}
	if r.Kind != timeline.Message {
		return spoken(r.Text, tr.Clock(zone.In(r.Time)))
	}
	who := cleanName(r.Name)
	if r.Own {
		who = tr.S("speak.own")
	}
	answer, forwarded, edited, pinned, state := "", "", "", "", ""
	if q := r.Reply; q != nil {
		answer = tr.F("speak.reply", "Name", cleanName(q.Name))
		if cleanName(q.Name) == "" {
			answer = cleanName(q.Text)
		}
	}
	if r.Forwarded {
		forwarded = tr.F("timeline.forwarded", "Name", cleanName(r.From))
	}
	if !r.Edited.IsZero() {
		edited = tr.S("timeline.edited")
	}
	if r.Pinned {
		pinned = tr.S("speak.pinned")
	}
	parts := []string{who, forwarded, answer, narrate.NameLinks(narrate.Message(r.Text, carriedBy(r))), tr.Clock(zone.In(r.Time)), edited, pinned}
	for _, x := range r.Reactions {
		parts = append(parts, x.Emoji+" "+tr.N("speak.reaction", x.Count))
	}
	switch {
	case r.Lost:
		state = tr.S("lost.mark")
	case r.State == timeline.Failed:
		state = spoken(tr.S("timeline.not_sent"), r.Reason)
	case r.Own && r.Seq == 0:
		state = tr.S("state.waiting")
	}
	return spoken(append(parts, state)...)
}

// nameControl gives a control the name of what it sets.
func nameControl(o fyne.CanvasObject, name string) {
	switch o := o.(type) {
	case *segments:
		o.name = name
	case *slider:
		o.name = name
	}
}

// AccessibilityLabel implements fyne.Accessible: its name and what was typed; of a
// secret nothing but its name.
func (e *input) AccessibilityLabel() string {
	name, text := e.name, e.Text()
	if name == "" {
		name = e.Hint()
	}
	if e.Concealed() {
		text = ""
	}
	return spoken(name, text)
}

// AccessibilityRole implements fyne.Accessible. The toolkit has no role for fields.
func (*input) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// AccessibilityLabel implements fyne.Accessible: what holds, and among how many.
func (s *segments) AccessibilityLabel() string {
	return spoken(s.name, s.labels[s.at], tr.F("speak.step", "N", s.at+1, "Of", len(s.labels)))
}

// AccessibilityRole implements fyne.Accessible.
func (*segments) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// AccessibilityLabel implements fyne.Accessible.
func (s *slider) AccessibilityLabel() string {
	return spoken(s.name, tr.F("speak.step", "N", s.at+1, "Of", s.steps))
}

// AccessibilityRole implements fyne.Accessible.
func (*slider) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// AccessibilityLabel implements fyne.Accessible: it says nothing while it is not set.
func (r *radio) AccessibilityLabel() string {
	if !r.on {
		return ""
	}
	return tr.S("speak.chosen")
}

// AccessibilityRole implements fyne.Accessible.
func (*radio) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }
