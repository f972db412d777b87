// Package textblock is the text of a message: cleaned, wrapped, drawn, selected.
// It owns how a string of somebody else's becomes lines on the screen, and which
// character lies under the pointer; it must never open a link, load a picture
// or start a goroutine. All of it belongs to the UI goroutine, because the
// toolkit's text measuring does.
//
// A Text is parsed once (Parse), wrapped once per width (Wrap), and drawn by a
// View that is pooled by its owner: one canvas.Text per stretch of one colour and
// line, which is the cheapest the toolkit offers. Offsets everywhere are bytes
// into Text.Plain, always at the border of a character as people see it.
package textblock
