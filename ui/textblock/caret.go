package textblock

import "fyne.io/fyne/v2"

// LineAt is the line on which a caret stands at an offset. Where a word goes on in the
// next line without a blank, that is the next line, or with late the one before it.
func (l *Layout) LineAt(offset int, late bool) int {
	i := l.lineOf(offset)
	if late && i > 0 && offset == l.Lines[i].Start && l.Lines[i-1].End == offset && l.Text.Plain[offset-1] != '\n' {
		i--
	}
	return i
}

// Caret is the upper end of a caret at an offset, relative to the text's corner.
func (l *Layout) Caret(offset int, late bool) fyne.Position {
	if len(l.Lines) == 0 {
		return fyne.Position{}
	}
	line := l.Lines[l.LineAt(offset, late)]
	return fyne.NewPos(line.X+l.caretX(line, offset), line.Y)
}

// caretX is the distance of a caret from the left end of its line. Between two parts of
// different directions it stands at the letter before it.
func (l *Layout) caretX(line Line, offset int) float32 {
	offset = min(max(offset, line.Start), line.End)
	parts := l.parts(line)
	if parts == nil {
		return l.x(line, offset)
	}
	for _, p := range parts {
		if offset > p.start && offset <= p.end || offset == line.Start && p.start == offset {
			before := l.Text.width(l.Font, p.start, offset, line.Code)
			if offset == p.end {
				before = p.width
			}
			if p.rtl {
				return p.x + p.width - before
			}
			return p.x + before
		}
	}
	return 0
}
