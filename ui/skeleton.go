package ui

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"hearth/ui/look"
)

const (
	// skeletonAfter is how long something may take before anything shows that it is
	// awaited: most of it is there sooner, and what flashes disturbs.
	skeletonAfter = 150 * time.Millisecond
	// skeletonWords is how long it may take before words say what is awaited.
	skeletonWords = 1500 * time.Millisecond
)

// skeleton keeps the place of a list that is awaited: lines without words, which
// appear only if it takes a moment. Nothing in it moves.
type skeleton struct {
	widget.BaseWidget
	rows  int
	text  string // what is awaited, for when that takes long; "" for nothing
	lines bool
	words bool
}

// newSkeleton returns the place of so many lines.
func newSkeleton(u *UI, rows int, text string) *skeleton {
	s := &skeleton{rows: rows, text: text}
	s.ExtendBaseWidget(s)
	u.pump.after(skeletonAfter, func() {
		s.lines = true
		s.Refresh()
	})
	if text != "" {
		u.pump.after(skeletonWords, func() {
			s.words = true
			s.Refresh()
		})
	}
	return s
}

func skeletonRow() float32 { return look.Grown(44) }

// CreateRenderer implements fyne.Widget.
func (s *skeleton) CreateRenderer() fyne.WidgetRenderer {
	var bars []*canvas.Rectangle // three a row: picture, name, words
	var objects []fyne.CanvasObject
	for range 3 * s.rows {
		b := canvas.NewRectangle(color.Transparent)
		bars, objects = append(bars, b), append(objects, b)
	}
	words := look.NewElided(s.text, look.Preview, look.Secondary)
	words.Align = fyne.TextAlignCenter
	objects = append(objects, words)
	refresh := func() {
		for _, b := range bars {
			b.Hidden, b.FillColor = !s.lines, look.Now().Line
		}
		words.Hidden = !s.words
	}
	refresh()
	return look.NewRenderer(look.RendererParts{
		Of:      s,
		Objects: objects,
		Min: func() fyne.Size {
			return fyne.NewSize(120, float32(s.rows)*skeletonRow()+words.MinSize().Height)
		},
		Layout: func(size fyne.Size) {
			row := skeletonRow()
			for i := range s.rows {
				y, face := float32(i)*row, row-12
				bar := func(b *canvas.Rectangle, x, y, w, h float32) {
					b.CornerRadius = h / 2
					b.Move(fyne.NewPos(x, y))
					b.Resize(fyne.NewSize(max(0, w), h))
				}
				room := size.Width - face - 12
				bar(bars[3*i], 0, y+6, face, face)
				bar(bars[3*i+1], face+12, y+10, room*(0.3+0.07*float32(i%3)), 9)
				bar(bars[3*i+2], face+12, y+26, room*(0.75-0.11*float32(i%4)), 8)
			}
			h := words.MinSize().Height
			words.Move(fyne.NewPos(0, float32(s.rows)*row))
			words.Resize(fyne.NewSize(size.Width, h))
		},
		Refresh: refresh,
	})
}
