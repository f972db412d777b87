package timeline

import "fyne.io/fyne/v2"

var _ fyne.Accessible = (*Timeline)(nil)

// AccessibilityLabel implements fyne.Accessible: the message that the keys are about, or
// else the newest one on screen. The toolkit asks a widget for one sentence, not for one
// for each of its rows.
func (t *Timeline) AccessibilityLabel() string {
	if t.words.Spoken == nil {
		return ""
	}
	r := t.cursor
	for i := len(t.placed) - 1; r == nil && i >= 0; i-- {
		if m := t.placed[i].m.row; m != nil && m.Kind != System {
			r = m
		}
	}
	if r == nil {
		return t.words.Empty
	}
	if t.picked[r.ID] != nil {
		return t.words.Spoken(r) + ", " + t.words.Chosen
	}
	return t.words.Spoken(r)
}

// AccessibilityRole implements fyne.Accessible.
func (*Timeline) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }
