package timeline

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hearth/ui/look"
)

// filesView draws the files of a row. Part of rowView.
type filesView struct {
	pictures []*pictureView
	cards    []*cardView
	under    *canvas.Rectangle // the time, where it stands on a picture
}

// pictureView draws one picture: its place, what is there of it, and its marks.
type pictureView struct {
	back       *canvas.Rectangle
	img, glyph *canvas.Image
	why        look.RunTexts // that nothing can be shown, or how it is
	veil       *canvas.Rectangle
	tag        *canvas.Rectangle // behind the word for a picture that moves
	kind       look.RunTexts
	mark       fileMarks
}

// cardView draws one other file.
type cardView struct {
	back, tile *canvas.Rectangle
	icon       *canvas.Image
	name, note look.RunTexts
	mark       fileMarks
}

// fileMarks draws what can be done with a file and how far it is.
type fileMarks struct {
	disc, corner *canvas.Rectangle
	main, other  *canvas.Image
	rail, bar    *canvas.Rectangle
}

func newFileMarks() fileMarks {
	rect := func() *canvas.Rectangle { return canvas.NewRectangle(color.Transparent) }
	m := fileMarks{
		disc: rect(), corner: rect(), rail: rect(), bar: rect(),
		main: canvas.NewImageFromResource(nil), other: canvas.NewImageFromResource(nil),
	}
	m.disc.CornerRadius, m.corner.CornerRadius = canvas.RadiusMaximum, canvas.RadiusMaximum
	m.rail.CornerRadius, m.bar.CornerRadius = barThick/2, barThick/2
	return m
}

// onPicture are the colours of what stands on a picture, in both palettes.
var (
	onPicture    = color.NRGBA{R: 255, G: 255, B: 255, A: 255}
	underPicture = color.NRGBA{R: 16, G: 18, B: 24, A: 150}
)

func actIcon(a FileAct) look.Icon {
	switch a {
	case FilePause:
		return look.IconPause
	case FileResume:
		return look.IconPlay
	case FileCancel:
		return look.IconClose
	case FileRetry:
		return look.IconRefresh
	}
	return look.IconSave
}

// bindFiles sets up the files of a row.
func (v *filesView) bindFiles(out []fyne.CanvasObject, t *Timeline, m *measured, p *look.Palette) []fyne.CanvasObject {
	pictures, cards := 0, 0
	for i := range m.files {
		b := &m.files[i]
		f := &m.row.Files[b.index]
		if b.picture {
			if pictures == len(v.pictures) {
				v.pictures = append(v.pictures, newPictureView())
			}
			out = v.pictures[pictures].bind(out, t, m.row, b, f, p)
			pictures++
			continue
		}
		if cards == len(v.cards) {
			v.cards = append(v.cards, newCardView())
		}
		out = v.cards[cards].bind(out, t, m.row, b, f, p)
		cards++
	}
	if m.pictured() {
		if v.under == nil {
			v.under = canvas.NewRectangle(underPicture)
			v.under.CornerRadius = canvas.RadiusMaximum
		}
		left := m.timeAt.X
		for _, b := range []box{m.edited, m.pinned} {
			if b.W > 0 {
				left = min(left, b.X)
			}
		}
		right := m.timeAt.X + m.timeAt.W
		if m.state != "" {
			right = m.stateAt.X + m.stateAt.W
		}
		put(v.under, box{left - 7, m.timeAt.Y - 2, right - left + 14, m.timeAt.H + 4})
		out = append(out, v.under)
	}
	return out
}

func newPictureView() *pictureView {
	v := &pictureView{
		back: canvas.NewRectangle(color.Transparent), img: canvas.NewImageFromImage(nil),
		glyph: canvas.NewImageFromResource(nil), mark: newFileMarks(), veil: canvas.NewRectangle(underPicture),
	}
	v.veil.CornerRadius = canvas.RadiusMaximum
	v.tag = canvas.NewRectangle(underPicture)
	v.tag.CornerRadius = 5
	v.back.CornerRadius, v.img.CornerRadius = picRadius, picRadius
	return v
}

const cardRadius = 10

// picRadius follows the bubble's corner at the inset.
const picRadius = look.BubbleRadius - picInset

func (v *pictureView) bind(out []fyne.CanvasObject, t *Timeline, r *Row, b *fileBox, f *File, p *look.Palette) []fyne.CanvasObject {
	base := p.Bubble
	if r.Own {
		base = p.Own
	}
	v.back.FillColor = look.Mix(base, p.Text, 0.07)
	put(v.back, b.box)
	out = append(out, v.back)
	var img image.Image
	if t.hooks.Picture != nil {
		img = t.hooks.Picture(r, b.index)
	}
	veiled := t.veiled(r, b.index)
	if img == nil && !veiled {
		out = v.without(out, t, r, b, look.Mix(base, p.Text, 0.4))
	} else if img != nil {
		fill := canvas.ImageFillCover
		if b.whole {
			fill = canvas.ImageFillContain
		}
		if v.img.Image != img || v.img.FillMode != fill {
			v.img.Image, v.img.FillMode = img, fill
			v.img.Refresh()
		}
		put(v.img, pictureAt(b, f))
		out = append(out, v.img)
		if f.Moves && !veiled {
			out = v.tagged(out, pictureAt(b, f))
		}
	}
	if veiled {
		out = v.veils(out, b, t.words.Files.Show)
	}
	return v.mark.bind(out, b, f, p, true)
}

// tagged draws what says that a picture moves, in its corner.
func (v *pictureView) tagged(out []fyne.CanvasObject, at box) []fyne.CanvasObject {
	const word, inset, pad = "GIF", 8, 6
	size := look.Sizes().Caption
	high := size * 1.5
	wide := look.MeasureRuns(word, size, bold) + 2*pad
	if wide+2*inset > at.W || high+2*inset > at.H/2 {
		return out
	}
	pill := box{at.X + inset, at.Y + inset, wide, high}
	put(v.tag, pill)
	white := func(*look.Palette) color.NRGBA { return onPicture }
	v.kind.Show(word, fyne.NewPos(pill.X+pad, pill.Y), high, size, bold, white)
	return v.kind.Objects(append(out, v.tag))
}

// veils draws what a click does on the likeness of a picture; without words where they
// do not fit.
func (v *pictureView) veils(out []fyne.CanvasObject, b *fileBox, words string) []fyne.CanvasObject {
	if b.main.W > 0 { // a mark stands there
		return out
	}
	const inset, between = 12, 7
	sizes := look.Sizes()
	glyph := min(sizes.Line, b.H/2)
	high := glyph + 14
	width := look.MeasureRuns(words, sizes.Preview, fyne.TextStyle{})
	whole := glyph + between + width + 2*inset
	if whole > b.W-8 || high > b.H-8 {
		words, whole = "", high
	}
	pill := box{b.X + (b.W-whole)/2, b.Y + (b.H-high)/2, whole, high}
	put(v.veil, pill)
	setGlyph(v.glyph, look.IconEye, onPicture)
	left := pill.X + inset
	if words == "" {
		left = pill.X + (whole-glyph)/2
	}
	put(v.glyph, box{left, pill.Y + (high-glyph)/2, glyph, glyph})
	out = append(out, v.veil, v.glyph)
	if words == "" {
		return out
	}
	white := func(*look.Palette) color.NRGBA { return onPicture }
	v.why.Show(words, fyne.NewPos(left+glyph+between, pill.Y+(high-sizes.Line)/2), sizes.Line, sizes.Preview, fyne.TextStyle{}, white)
	return v.why.Objects(out)
}

// without draws the place of a picture of which there is nothing, and says why if it is
// known and there is room.
func (v *pictureView) without(out []fyne.CanvasObject, t *Timeline, r *Row, b *fileBox, ink color.NRGBA) []fyne.CanvasObject {
	if b.main.W > 0 { // a mark stands there
		return out
	}
	side := min(32, b.H/2)
	setGlyph(v.glyph, look.IconPicture, ink)
	at := box{b.X + (b.W-side)/2, b.Y + (b.H-side)/2, side, side}
	why := ""
	if t.hooks.NoPicture != nil {
		why = t.hooks.NoPicture(r, b.index)
	}
	size, line := look.Sizes().Caption, look.Sizes().Line
	if why == "" || b.H < side+line+16 {
		put(v.glyph, at)
		return append(out, v.glyph)
	}
	at.Y -= line / 2
	put(v.glyph, at)
	why = look.Elide(why, b.W-16, size, fyne.TextStyle{})
	width := look.MeasureRuns(why, size, fyne.TextStyle{})
	v.why.Show(why, fyne.NewPos(b.X+(b.W-width)/2, at.Y+side+4), line, size, fyne.TextStyle{}, look.Secondary)
	return v.why.Objects(append(out, v.glyph))
}

// pictureAt is where the pixels of a picture go: into the middle of its place, in
// its own shape if it is alone.
func pictureAt(b *fileBox, f *File) box {
	if !b.whole || f.Width < 1 || f.Height < 1 {
		return b.box
	}
	scale := min(b.W/float32(f.Width), b.H/float32(f.Height))
	w, h := float32(f.Width)*scale, float32(f.Height)*scale
	if b.W-w < 2 && b.H-h < 2 {
		return b.box
	}
	return box{b.X + (b.W-w)/2, b.Y + (b.H-h)/2, w, h}
}

func newCardView() *cardView {
	v := &cardView{
		back: canvas.NewRectangle(color.Transparent), tile: canvas.NewRectangle(color.Transparent),
		icon: canvas.NewImageFromResource(nil), mark: newFileMarks(),
	}
	v.back.CornerRadius, v.tile.CornerRadius = cardRadius, 8
	return v
}

func (v *cardView) bind(out []fyne.CanvasObject, t *Timeline, r *Row, b *fileBox, f *File, p *look.Palette) []fyne.CanvasObject {
	base, text, quiet := p.Bubble, p.Text, p.Second
	if r.Own {
		base, text, quiet = p.Own, p.OwnText, p.OwnFaint
	}
	if f.Bad {
		quiet = p.Bad
	}
	ink := func(c color.NRGBA) look.Ink { return func(*look.Palette) color.NRGBA { return c } }
	g := t.geo
	v.back.FillColor = look.Mix(base, p.Text, 0.05)
	put(v.back, b.box)
	icon, hue := look.FileIcon(cleanFile(f.Name))
	tint := hue(p)
	if r.Own {
		tint = p.OwnLink
	}
	v.tile.FillColor = look.Mix(base, tint, 0.16)
	put(v.tile, box{b.X + cardPad, b.Y + (b.H-cardIcon)/2, cardIcon, cardIcon})
	setGlyph(v.icon, icon, tint)
	put(v.icon, box{b.X + cardPad + (cardIcon-22)/2, b.Y + (b.H-22)/2, 22, 22})
	v.name.Show(b.name, b.nameAt.pos(), b.nameAt.H, g.sizes.Body, bold, ink(text))
	v.note.Show(b.note, b.noteAt.pos(), b.noteAt.H, g.sizes.Caption, fyne.TextStyle{}, ink(quiet))
	out = append(out, v.back, v.tile, v.icon)
	out = v.note.Objects(v.name.Objects(out))
	return v.mark.bind(out, b, f, p, false)
}

// bind sets up marks and progress.
func (v *fileMarks) bind(out []fyne.CanvasObject, b *fileBox, f *File, p *look.Palette, on bool) []fyne.CanvasObject {
	main, other := f.acts()
	ink := p.Link
	if on {
		ink = onPicture
		v.disc.FillColor, v.corner.FillColor = underPicture, underPicture
	}
	for _, m := range []struct {
		act  FileAct
		at   box
		disc *canvas.Rectangle
		img  *canvas.Image
	}{{main, b.main, v.disc, v.main}, {other, b.other, v.corner, v.other}} {
		if m.act == FileNone || m.at.W <= 0 {
			continue
		}
		if on {
			put(m.disc, m.at)
			out = append(out, m.disc)
		}
		side := m.at.W * 0.56
		setGlyph(m.img, actIcon(m.act), ink)
		put(m.img, box{m.at.X + (m.at.W-side)/2, m.at.Y + (m.at.H-side)/2, side, side})
		out = append(out, m.img)
	}
	if f.Move != Moving && f.Move != Fetching && f.Move != Paused {
		return out
	}
	rail := box{b.X + 10, b.Y + b.H - barThick - 3, b.W - 20, barThick}
	v.rail.FillColor, v.bar.FillColor = look.Alpha(p.Text, 0.14), p.Accent
	if on {
		rail.Y -= 6
		v.rail.FillColor, v.bar.FillColor = underPicture, onPicture
	}
	if f.Move == Paused {
		v.bar.FillColor = look.Alpha(ink, 0.6)
	}
	put(v.rail, rail)
	rail.W *= max(0.02, min(1, f.Part))
	put(v.bar, rail)
	return append(out, v.rail, v.bar)
}
