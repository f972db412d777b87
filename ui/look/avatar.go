package look

import (
	"hash/fnv"
	"image"
	"image/color"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
	"weak"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
	"github.com/rivo/uniseg"

	"hearth/ui/emojiart"
)

// Hues is the number of colours people and rooms are told apart by.
const Hues = 8

// Hue assigns a colour to an identifier (an account's or a room's, not a name:
// a renamed person keeps the colour).
func Hue(id string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	return int(h.Sum32() % Hues)
}

// gradients are top and bottom of the avatars, the same in both variants.
var gradients = [Hues][2]color.NRGBA{
	{rgb(0x6FB5EA), rgb(0x3F8FD2)},
	{rgb(0x6CCFC8), rgb(0x2FA5A5)},
	{rgb(0xF39CC4), rgb(0xDD5F9A)},
	{rgb(0xFBB277), rgb(0xEE8440)},
	{rgb(0xB7A0EE), rgb(0x8A6BDA)},
	{rgb(0x93D07F), rgb(0x58AD55)},
	{rgb(0xF49B8E), rgb(0xDD6464)},
	{rgb(0x97A2F6), rgb(0x5F6CE0)},
}

// faces holds one picture per hue; every avatar of a hue shares it.
var faces [Hues]image.Image

// Face returns the gradient of a hue, to be drawn in a canvas.Image with half
// its side as corner radius. UI goroutine only.
func Face(hue int) image.Image {
	if faces[hue] == nil {
		const side = 64
		img := image.NewNRGBA(image.Rect(0, 0, side, side))
		for y := range side {
			c := Mix(gradients[hue][0], gradients[hue][1], float32(y)/(side-1))
			for x := range side {
				img.SetNRGBA(x, y, c)
			}
		}
		faces[hue] = img
	}
	return faces[hue]
}

// Initials returns what stands on an avatar: the first letters of the first and
// last word, one sign of a Chinese, Japanese or Korean name. Names are people's:
// signs that are neither letter nor digit are skipped, unless there is nothing else; then
// it is the first emoji, or else the first sign. What stands in brackets behind a
// name says which one is meant and is no part of it.
func Initials(name string) string {
	var out []string
	if at := strings.LastIndex(name, " ("); at > 0 && strings.HasSuffix(name, ")") && Initials(name[:at]) != "" {
		name = name[:at]
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
	for i, w := range words {
		if i != 0 && i != len(words)-1 {
			continue
		}
		g, _, _, _ := uniseg.FirstGraphemeClusterInString(w, -1)
		r := []rune(g)
		if !unicode.IsLetter(r[0]) && !unicode.IsDigit(r[0]) {
			continue
		}
		if len(r) > 2 {
			r = r[:2] // stacked marks are no initial
		}
		if unicode.In(r[0], unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) {
			return string(r)
		}
		out = append(out, strings.ToUpper(string(r)))
	}
	if len(out) == 0 {
		return firstSign(name)
	}
	return strings.Join(out, "")
}

// firstSign is the first emoji of a name, or else the first sign that is to be seen.
func firstSign(name string) (sign string) {
	for state := -1; name != ""; {
		var g string
		g, name, state = Cluster(name, state)
		if emojiart.Has(g) {
			return g
		}
		if r, _ := utf8.DecodeRuneInString(g); sign == "" && (unicode.IsPunct(r) || unicode.IsSymbol(r)) {
			sign = string(r)
		}
	}
	return sign
}

// Pictures of people. UI goroutine only: portrait is asked for the picture of whom an
// avatar is of, living are the avatars that may have to show another one.
var (
	portrait func(id string) image.Image
	living   []weak.Pointer[Avatar]
)

// SetPortraits says where the pictures of people come from: f is asked by id whenever
// one is drawn and answers nil where there is none (yet); then initials are drawn. A nil f
// is the end of the window that showed them: nothing is drawn in its avatars any more.
func SetPortraits(f func(id string) image.Image) {
	portrait = f
	if f == nil {
		living = nil
	}
}

// Portrait returns the picture of an account; nil for none. It is square, to be drawn
// in a canvas.Image with half its side as corner radius.
func Portrait(id string) image.Image {
	if portrait == nil || id == "" {
		return nil
	}
	return portrait(id)
}

func gone(w weak.Pointer[Avatar]) bool { return w.Value() == nil }

// PortraitChanged draws the avatars of an account anew; "" draws all of them.
func PortraitChanged(id string) {
	living = slices.DeleteFunc(living, gone)
	for _, w := range slices.Clone(living) {
		if a := w.Value(); a != nil && (id == "" || a.id == id) {
			a.Refresh()
		}
	}
}

// list enters the avatar among the living, once: the toolkit forgets what is out of view
// and has it drawn anew later.
func (a *Avatar) list() {
	if a.listed {
		return
	}
	if len(living) > 0 && len(living)%256 == 0 {
		living = slices.DeleteFunc(living, gone)
	}
	living, a.listed = append(living, weak.Make(a)), true
}

// Avatar is a round picture: of whom it is if they show one, else with initials.
type Avatar struct {
	widget.BaseWidget
	id, name string
	side     float32     // at the usual text size
	dot      Ink         // presence dot; nil none
	ring     Ink         // colour around the dot: that of the surface below
	own      image.Image // instead of the picture of the account; nil none
	listed   bool        // in living
	tile     bool        // a square with round corners
}

// NewAvatar returns the avatar of an account or room: id chooses the colour,
// name the initials. It grows with the text.
func NewAvatar(id, name string, side float32) *Avatar {
	a := &Avatar{id: id, name: name, side: side}
	a.ExtendBaseWidget(a)
	return a
}

// NewTile returns the avatar of a group, which is a square with round corners.
func NewTile(id, name string, side float32) *Avatar {
	a := NewAvatar(id, name, side)
	a.tile = true
	return a
}

// TileRadius is that of the corners of a group's tile.
func TileRadius(side float32) float32 { return side * 13 / 44 }

// Set shows somebody else.
func (a *Avatar) Set(id, name string) {
	if a.id != id || a.name != name {
		a.id, a.name = id, name
		a.Refresh()
	}
}

// SetDot shows a presence dot with a ring in the colour of the surface below;
// nil dot removes it.
func (a *Avatar) SetDot(dot, ring Ink) {
	same := sameInk(a.dot, dot) && (dot == nil || sameInk(a.ring, ring))
	a.dot, a.ring = dot, ring
	if !same {
		a.Refresh()
	}
}

// SetPicture shows a picture of one's own instead of the account's; nil takes it back.
func (a *Avatar) SetPicture(img image.Image) {
	a.own = img
	a.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (a *Avatar) CreateRenderer() fyne.WidgetRenderer {
	img := canvas.NewImageFromImage(Face(Hue(a.id)))
	img.FillMode = canvas.ImageFillStretch
	text := NewLine("", func(TextSizes) float32 { return Grown(a.side) * 0.37 }, OnAvatar)
	text.Bold, text.Align = true, fyne.TextAlignCenter
	dot := canvas.NewCircle(color.Transparent)
	a.list()
	refresh := func() {
		img.CornerRadius = Grown(a.side) / 2
		if a.tile {
			img.CornerRadius = TileRadius(Grown(a.side))
		}
		face, letters := a.own, ""
		if face == nil {
			face = Portrait(a.id)
		}
		if face == nil {
			face, letters = Face(Hue(a.id)), Initials(a.name)
		}
		if img.Image != face {
			img.Image = face
			img.Refresh()
		}
		text.SetText(letters)
		dot.Hidden = a.dot == nil
		if a.dot != nil {
			p := Now()
			dot.FillColor, dot.StrokeColor, dot.StrokeWidth = a.dot(p), a.ring(p), 2
		}
	}
	refresh()
	return NewRenderer(RendererParts{
		Of:      a,
		Objects: []fyne.CanvasObject{img, text, dot},
		Min:     func() fyne.Size { return fyne.NewSquareSize(Grown(a.side)) },
		Layout: func(s fyne.Size) {
			side := Grown(a.side)
			at := fyne.NewPos((s.Width-side)/2, (s.Height-side)/2)
			img.Move(at)
			img.Resize(fyne.NewSquareSize(side))
			text.Move(at)
			text.Resize(fyne.NewSquareSize(side))
			d := min(max(10, side*0.3), 18)
			corner := side - d + 2
			if side > 2*AvatarSize { // on the edge of the circle, which is far from the corner
				corner = side*0.854 - d/2
			}
			dot.Move(at.AddXY(corner, corner))
			dot.Resize(fyne.NewSquareSize(d))
		},
		Refresh: refresh,
	})
}

// OnAvatar is the ink of initials on a Face.
func OnAvatar(*Palette) color.NRGBA { return rgb(0xFFFFFF) }
