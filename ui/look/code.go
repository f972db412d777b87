package look

import "image/color"

// CodeInk says what a part of code is drawn in.
type CodeInk int

// Inks of code.
const (
	CodePlain CodeInk = iota
	CodeComment
	CodeKeyword
	CodeName
	CodeText
	CodeNumber
	CodeSpecial
	CodeInserted
	CodeDeleted
	CodeInks // how many there are
)

// codeHues are the colours of code before they are made to stand out from what is
// behind them: for light and for dark.
var codeHues = [CodeInks][2]color.NRGBA{
	CodeComment:  {rgb(0x6A7280), rgb(0x8B93A5)},
	CodeKeyword:  {rgb(0x8A2FB8), rgb(0xC89BFF)},
	CodeName:     {rgb(0x1F5FC4), rgb(0x7FB2FF)},
	CodeText:     {rgb(0x1B7A43), rgb(0x7FD49A)},
	CodeNumber:   {rgb(0xA8500B), rgb(0xF0AE6C)},
	CodeSpecial:  {rgb(0x0B7285), rgb(0x66D0DC)},
	CodeInserted: {rgb(0x16834F), rgb(0x6FDC9E)},
	CodeDeleted:  {rgb(0xC93A3A), rgb(0xFF9A94)},
}

// code makes the colours of code for the surfaces that a palette has.
func (p *Palette) code() {
	p.CodeBox = Mix(p.Bubble, p.Text, 0.07)
	p.OwnCodeBox = Mix(p.Own, p.Chat, 0.7)
	p.Code = codeInks(p.CodeBox, p.Text, p.Dark)
	p.OwnCode = codeInks(p.OwnCodeBox, p.OwnText, p.Dark)
}

// codeInks returns the colours of code on a surface; plain is that of what has none.
func codeInks(box, plain color.NRGBA, isDark bool) (inks [CodeInks]color.NRGBA) {
	inks[CodePlain] = plain
	for i := CodeComment; i < CodeInks; i++ {
		hue, towards := codeHues[i][0], black
		if isDark {
			hue, towards = codeHues[i][1], white
		}
		inks[i] = until(hue, towards, textRatio+0.1, box)
	}
	return inks
}
