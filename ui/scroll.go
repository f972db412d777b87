package ui

import (
	"fyne.io/fyne/v2"

	"hearth/ui/look"
)

// scrollTo moves a scroll as little as needed until a part of its content is in
// view with some space around it. What is higher than the view begins at its top.
func scrollTo(s *look.Scroll, top, height float32) {
	view, most := s.Size().Height, max(0, s.Content.MinSize().Height-s.Size().Height)
	y := s.Offset.Y
	from, to := top-revealSpace, top+height+revealSpace
	switch {
	case from < y || to-from > view:
		y = from
	case to > y+view:
		y = to - view
	}
	if y = min(max(y, 0), most); y != s.Offset.Y {
		s.ScrollToOffset(fyne.NewPos(0, y))
	}
}

// scrollByKey moves a scroll as keys do where nothing else uses them.
func scrollByKey(s *look.Scroll, k fyne.KeyName) {
	view := s.Size().Height
	most := max(0, s.Content.MinSize().Height-view)
	y := s.Offset.Y
	switch k {
	case fyne.KeyUp:
		y -= look.Grown(arrowScroll)
	case fyne.KeyDown:
		y += look.Grown(arrowScroll)
	case fyne.KeyPageUp:
		y -= view * pageScroll
	case fyne.KeyPageDown:
		y += view * pageScroll
	case fyne.KeyHome:
		y = 0
	case fyne.KeyEnd:
		y = most
	}
	if y = min(max(y, 0), most); y != s.Offset.Y {
		s.ScrollToOffset(fyne.NewPos(0, y))
	}
}

// How far keys scroll: an arrow so much, a page so much of what is in view.
const (
	arrowScroll float32 = 48
	pageScroll  float32 = 0.9
)
