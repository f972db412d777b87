// Package editor is text under a person's hands: [Editor] is the field of several lines in
// which messages are written, and the field of one line for everything else. It owns what
// a key does to a text, what is one letter for it, and what Undo takes back; it must never
// know what the text is for.
//
// The toolkit's entry draws each font by the font's own height, knows no direction of
// writing but ours, counts in code points, and takes two steps back where a person took
// one. Editor therefore has its own text ([Buffer]) and is drawn by package textblock, as
// messages are.
package editor
