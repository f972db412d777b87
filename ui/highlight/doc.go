// Package highlight finds out what the parts of a piece of source code are:
// comments, keywords, strings and so on, for somebody who draws them in colours. It
// owns which languages are known and what looking may cost; it must never draw,
// touch the network or the disk, guess a language that nobody named, or run on the UI
// goroutine.
//
// Code in a message is written by anybody. The grammars are regular expressions that
// go back and try again, of which some can be kept busy for ever by a text made for
// it. So everything is bounded ([Find]): the length of the code, the time of one match
// and of all, the moves between two pieces of text, the depth. What goes beyond is
// code without colours, and after some of that the language has none any more until
// the program starts again ([Painter]).
//
// The grammars are those of chroma, for the languages in generate/main.go, in one
// small archive that is opened when the first code is looked at. Its package lexers
// must not be imported by programs: it reads all of its 297 grammars at every start.
package highlight
