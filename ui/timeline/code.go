package timeline

import (
	"hearth/ui/textblock"
)

// shadesOf asks for the colours of the blocks of code in a row.
func (t *Timeline) shadesOf(m *measured) (shades [][]textblock.Shade) {
	if t.hooks.Code == nil || len(m.text.Boxes) == 0 {
		return nil
	}
	text := m.text.Text
	for _, b := range text.Blocks {
		if !b.Code {
			continue
		}
		var list []textblock.Shade
		if b.Language != "" {
			list = t.hooks.Code(b.Language, text.Plain[b.Start:b.End])
		}
		shades = append(shades, list)
	}
	return shades
}

// CodeChanged draws the rows anew that show code: there are more colours now.
func (t *Timeline) CodeChanged() {
	for i := range t.placed {
		if v := t.placed[i].view; v != nil && len(t.placed[i].m.text.Boxes) > 0 {
			v.paint = -1
		}
	}
	t.arrange()
}
