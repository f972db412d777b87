package look

import (
	"math"

	"fyne.io/fyne/v2"
)

// Lengths that do not depend on the text size, in device-independent pixels.
// Everything sits on a grid of 4.
const (
	Unit         float32 = 4
	SidebarWidth float32 = 300
	HeaderHeight float32 = 64
	RoomRow      float32 = 60
	AvatarSize   float32 = 40 // room list, members
	AvatarSmall  float32 = 34 // beside messages
	Gutter       float32 = 24 // left and right of the conversation
	GutterNarrow float32 = 12 // the same in a window under NarrowWidth
	NarrowWidth  float32 = 560
	TalkWidth    float32 = 1000 // widest conversation; in wider windows it stands in the middle
	BubbleWidth  float32 = 520  // widest bubble
	BubbleRadius float32 = 16
	BubbleInner  float32 = 5 // corner that touches the bubble of the same group
	Radius       float32 = 8 // fields, buttons, rows
	RadiusBig    float32 = 14
	ButtonHeight float32 = 36
	FieldHeight  float32 = 40
)

// TextSizes is the size of each kind of text, with the person's factor applied.
type TextSizes struct {
	Body     float32 // messages, most things
	Preview  float32 // second lines, hints
	Caption  float32 // times, badges, system lines
	Title    float32 // head of a room, of a dialog
	AppTitle float32 // top of the side bar
	Display  float32 // welcome
	Line     float32 // distance between base lines of Body
	Compact  bool    // the person wants more on a page, see Close
}

var baseSizes = TextSizes{Body: 14, Preview: 13, Caption: 11.5, Title: 16, AppTitle: 17, Display: 24, Line: 20}

func (s TextSizes) scaled(f float32) TextSizes {
	return TextSizes{
		Body: s.Body * f, Preview: s.Preview * f, Caption: s.Caption * f, Title: s.Title * f,
		AppTitle: s.AppTitle * f, Display: s.Display * f, Line: s.Line * f,
	}
}

// Close is a distance between things, shorter where the person wants more on a page.
func (s TextSizes) Close(usual, compact float32) float32 {
	if s.Compact {
		return compact
	}
	return usual
}

// Grown is a length of pictures and icons beside text, with the person's factor applied.
func Grown(length float32) float32 {
	return float32(math.Round(float64(length * Sizes().Body / baseSizes.Body)))
}

// Sizes returns the text sizes in use.
func Sizes() TextSizes {
	app := fyne.CurrentApp()
	if app == nil {
		return baseSizes
	}
	if t, ok := app.Settings().Theme().(*Theme); ok {
		return t.sizes
	}
	return baseSizes
}

// GutterOf is the space left and right of a conversation in a room of a width.
func GutterOf(width float32) float32 {
	if width < NarrowWidth {
		return GutterNarrow
	}
	return max(Gutter, (width-TalkWidth)/2)
}
