package main

import (
	"fyne.io/fyne/v2"
	"github.com/go-gl/glfw/v3.4/glfw"
)

// filling knows which windows fill the screen. It is told, and does not ask: at a logout
// the toolkit may have ended, and its windows with it, before anybody can.
//
// Everything of it belongs to the toolkit's goroutine.
type filling map[fyne.Window]bool

// follow begins to be told of a window that has been shown.
func (f filling) follow(win fyne.Window) {
	if _, known := f[win]; known {
		return
	}
	view := viewport(win)
	if view == nil {
		return
	}
	f[win] = view.GetAttrib(glfw.Maximized) == glfw.True
	view.SetMaximizeCallback(func(_ *glfw.Window, now bool) { f[win] = now })
}

// maximized reports whether a window fills the screen.
func (f filling) maximized(win fyne.Window) bool { return f[win] }

// maximize has a window fill the screen.
func maximize(win fyne.Window) {
	if view := viewport(win); view != nil {
		view.Maximize()
	}
}
