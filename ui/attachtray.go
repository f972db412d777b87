package ui

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/narrate"
	"hearth/ui/tr"
)

// Sizes of what stands over the composer.
const (
	attachCard  float32 = 204 // at least
	attachThumb float32 = 44
)

// attachTray shows the files that the next message will have.
type attachTray struct {
	c      *composer
	grid   *cardGrid
	cards  *fyne.Container
	scroll *look.Scroll
	note   *para
	object *fyne.Container
}

func newAttachTray(c *composer) *attachTray {
	grid := &cardGrid{}
	t := &attachTray{c: c, grid: grid, cards: container.New(grid), note: newPara("", look.Caption, look.Secondary)}
	t.scroll = look.NewVScroll(t.cards)
	t.object = container.New(t, t.scroll, t.note)
	t.object.Hide()
	return t
}

// height is what the tray needs; 0 if there is nothing in it.
func (t *attachTray) height(width float32) float32 {
	if !t.object.Visible() {
		return 0
	}
	return t.cardsHeight(width-24) + t.noteHeight(width-24) + 14
}

// cardsHeight is that of the cards, of which more than two rows scroll, with their edge.
func (t *attachTray) cardsHeight(width float32) float32 {
	return min(heightFor(t.cards, width)+2, 2.4*(attachCardHeight()+8))
}

func (t *attachTray) noteHeight(width float32) float32 {
	if !t.note.Visible() {
		return 0
	}
	return heightFor(t.note, width) + 4
}

// MinSize implements fyne.Layout.
func (t *attachTray) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(1, 1) }

// Layout implements fyne.Layout.
func (t *attachTray) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	high := t.cardsHeight(s.Width)
	t.grid.last = s.Width // the scroll asks for the least size before it gives one
	t.scroll.Resize(fyne.NewSize(s.Width, high))
	t.note.Move(fyne.NewPos(2, high+4))
	t.note.Resize(fyne.NewSize(s.Width-4, t.noteHeight(s.Width)))
}

func attachCardWidth() float32 { return attachCard * max(1, look.Sizes().Body/14) }

func attachCardHeight() float32 {
	return float32(math.Ceil(float64(max(attachThumb, look.IconButtonSide()+look.Sizes().Caption*1.4+4)))) + 12
}

// cardGrid puts as many cards side by side as fit, all of one width.
type cardGrid struct {
	last float32 // width it was laid out for
}

const cardGap float32 = 8

// columns returns how many cards stand side by side, and how wide each is.
func (*cardGrid) columns(width float32) (n int, each float32) {
	width-- // for the edge of the last one
	n = max(1, int((width+cardGap)/(attachCardWidth()+cardGap)))
	return n, min((width-cardGap*float32(n-1))/float32(n), 1.5*attachCardWidth())
}

// heightFor only tells: it is asked about other widths than the cards have.
func (g *cardGrid) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	n, _ := g.columns(width)
	lines := (len(objects) + n - 1) / n
	return float32(lines)*(attachCardHeight()+cardGap) - cardGap
}

// MinSize implements fyne.Layout.
func (g *cardGrid) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(1, g.heightFor(objects, g.last))
}

// Layout implements fyne.Layout.
func (g *cardGrid) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	g.last = s.Width
	n, each := g.columns(s.Width)
	for i, o := range objects {
		o.Move(fyne.NewPos(float32(i%n)*(each+cardGap), float32(i/n)*(attachCardHeight()+cardGap)))
		o.Resize(fyne.NewSize(each, attachCardHeight()))
	}
}

// refusedWords say why a picture could not be made ready.
var refusedWords = map[app.FailCode]tr.Key{
	app.FailPicture:      "attach.refused",
	app.FailPictureLarge: "attach.refused_large",
}

// showAttached shows what waits in the open room.
func (c *composer) showAttached() {
	t := c.tray
	a := c.pad
	t.cards.Objects = nil
	originals, missing := false, 0
	var refused *attachment
	for _, f := range a.files {
		t.cards.Add(t.card(a, f))
		if refused == nil && f.refused != "" {
			refused = f
		}
		originals = originals || f.Original
		if f.missing {
			missing++
		}
	}
	t.object.Hidden = len(a.files) == 0 || !c.mayAttach()
	switch {
	case a.busy:
		t.note.Set(tr.S("attach.busy"), look.Secondary)
	case missing > 0:
		t.note.Set(tr.N("attach.missing.text", missing), look.Bad)
	case refused != nil:
		t.note.Set(tr.F(refusedWords[refused.refused], "Name", inSentence(narrate.FileName(refused.Name)), "Original", tr.S("attach.original")), look.Bad)
	case originals:
		t.note.Set(tr.S("attach.original.text"), look.Secondary)
	default:
		t.note.Set("", look.Secondary)
	}
	t.note.Hidden = t.note.text == ""
	t.cards.Refresh()
	t.scroll.Refresh()
	t.object.Refresh()
	c.object.arrange()
	c.h.pane.object.Refresh()
	t.reveal(a)
}

// reveal scrolls to the first file that keeps the others from being sent.
func (t *attachTray) reveal(a *pad) {
	for i, f := range a.files {
		if f.refused == "" && !f.missing || i >= len(t.cards.Objects) {
			continue
		}
		card := t.cards.Objects[i]
		top, bottom := card.Position().Y, card.Position().Y+card.Size().Height
		if y, high := t.scroll.Offset.Y, t.scroll.Size().Height; top < y || bottom > y+high {
			t.scroll.ScrollToOffset(fyne.NewPos(0, top))
		}
		return
	}
}

// card is one file of the tray.
func (t *attachTray) card(a *pad, f *attachment) fyne.CanvasObject {
	icon, ink := look.FileIcon(narrate.FileName(f.Name))
	var front fyne.CanvasObject = container.NewGridWrap(fyne.NewSquareSize(attachThumb), centred(look.NewIcon(icon, ink, 26)))
	if f.small != nil {
		img := canvas.NewImageFromImage(f.small)
		img.FillMode, img.CornerRadius = canvas.ImageFillCover, 6
		front = container.NewGridWrap(fyne.NewSquareSize(attachThumb), img)
	}
	sizes := look.Sizes()
	room := attachCardWidth() - attachThumb - look.IconButtonSide() - 30
	name := look.NewLine(look.ElideFile(narrate.FileName(f.Name), room, sizes.Preview, fyne.TextStyle{}), look.Preview, look.Text)
	size := look.NewElided(narrate.Size(f.Size), look.Caption, look.Secondary)
	var second fyne.CanvasObject = size
	switch {
	case f.missing:
		second = look.NewElided(tr.S("attach.missing"), look.Caption, look.Bad)
	case f.Picture:
		ink, icon := look.Ink(look.Secondary), look.IconPicture
		if f.Original {
			ink, icon = look.Link, look.IconCheck
		}
		toggle := newTouch(row(4, look.NewIcon(icon, ink, 14), look.NewLine(tr.S("attach.original"), look.Caption, ink)), func() {
			if !a.busy {
				f.Original, f.refused = !f.Original, ""
				t.c.keep()
				t.c.showAttached()
			}
		})
		toggle.PadX, toggle.PadY = 4, 1
		second = row(6, look.NewLine(narrate.Size(f.Size), look.Caption, look.Secondary), toggle)
	}
	remove := look.NewIconButton(look.IconClose, tr.S("attach.remove"), func() { t.remove(a, f) })
	if a.busy {
		remove.Disable()
	}
	fill, edge := look.Ink(look.FieldFill), look.Ink(look.EdgeInk)
	if f.refused != "" || f.missing {
		fill, edge = look.BadFill, look.Bad
	}
	return newBoxed(fill, edge, 6, 6, rowGrow(8, 1, front, column(0, rowGrow(2, 0, name, remove), second)))
}

func (t *attachTray) remove(a *pad, f *attachment) {
	for i, o := range a.files {
		if o == f && !a.busy {
			a.files = append(a.files[:i:i], a.files[i+1:]...)
			t.c.keep()
			break
		}
	}
	t.c.showAttached()
	t.c.h.u.win.Canvas().Focus(t.c.entry)
}
