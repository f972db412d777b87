package ui

import (
	"hearth/ui/highlight"
	"hearth/ui/look"
	"hearth/ui/textblock"
)

// codeInks say in which colours the parts of code are drawn.
var codeInks = [highlight.Kinds]look.CodeInk{
	highlight.Comment:  look.CodeComment,
	highlight.Keyword:  look.CodeKeyword,
	highlight.Name:     look.CodeName,
	highlight.Text:     look.CodeText,
	highlight.Number:   look.CodeNumber,
	highlight.Special:  look.CodeSpecial,
	highlight.Inserted: look.CodeInserted,
	highlight.Deleted:  look.CodeDeleted,
}

// codeShades returns the colours of a block of code as far as they are known.
func (u *UI) codeShades(language, code string) []textblock.Shade {
	spans := u.painter.Spans(language, code)
	if len(spans) == 0 {
		return nil
	}
	shades := make([]textblock.Shade, len(spans))
	for i, s := range spans {
		shades[i] = textblock.Shade{Start: s.Start, End: s.End, Ink: codeInks[s.Kind]}
	}
	return shades
}

// codeChanged shows colours that were found.
func (u *UI) codeChanged() {
	if u.home != nil {
		u.home.pane.timeline.CodeChanged()
	}
}
