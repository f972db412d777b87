// Package emoji shows single emoji and lets people choose one: by group, by words
// in any of our languages, by keyboard alone. It owns no setting: who opens a
// picker gives it what was used last and is told when that changes. It must never
// know what the emoji is for, start a goroutine or hand work to the UI goroutine.
//
// All of it belongs to the UI goroutine.
//
//	NewImage("👍🏽", 18)                      one emoji as a widget, for pills and buttons
//	NewPicker(Options{Recent: …}, chosen)    the picker as a widget
//	Show(canvas, at, size, Options{…}, chosen) the picker in a pop-up beside a button
package emoji
