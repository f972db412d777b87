// Package folder reads folders for the window's own dialog: what is in them, where
// people keep things, and what a typed path means. It owns nothing, changes nothing but
// [Make], and must never be called on the UI goroutine where it says that it waits for
// the disk.
package folder
