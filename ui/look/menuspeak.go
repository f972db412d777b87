package look

import (
	"strings"

	"fyne.io/fyne/v2"
)

var _ fyne.Accessible = (*Menu)(nil)

// AccessibilityLabel implements fyne.Accessible: the entry that is chosen, or else all
// that can be.
func (m *Menu) AccessibilityLabel() string {
	if m.chosen >= 0 && m.chosen < len(m.items) {
		return m.items[m.chosen].spoken(m.emoji)
	}
	var all []string
	for i := range m.items {
		if it := &m.items[i]; !it.separates() && !it.Off {
			all = append(all, it.spoken(-1))
		}
	}
	return strings.Join(all, ", ")
}

// spoken is an entry in words; of a row of emoji the one at a place, or all.
func (i *MenuItem) spoken(at int) string {
	switch {
	case len(i.Emoji) == 0:
		return i.Text
	case at >= 0 && at < len(i.Emoji):
		return i.Emoji[at]
	}
	return strings.Join(i.Emoji, " ")
}

// AccessibilityRole implements fyne.Accessible.
func (*Menu) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }
