// Package emojiart draws emoji: colour pictures of ours, the same on every machine,
// in rows that stand in a text. It owns the pictures from the built-in file to the
// object on the screen and the memory they take; it must never decide what an emoji
// is (internal/emoji does) nor where one stands, and it starts no goroutine. All of
// it belongs to the UI goroutine.
//
// Pictures are unpacked when they are first seen, scaled once to the pixels they
// are shown in (so that they are sharp at any scale) and kept within a bound. Only
// so many are unpacked a frame; a row that has to wait fills up in the next ones.
package emojiart
