// Package markup reads what somebody wrote: it owns the dialect of messages, from the
// text as it was typed to paragraphs, styles and links ([ParseMarkup]), and their form
// as a web page ([HTML]). The window draws a [Text], exports write it as HTML, and
// neither has an idea of its own of what a star means. It draws, opens and loads
// nothing.
//
// Offsets everywhere are bytes into Text.Plain, always at the border of a character.
package markup
