// Package ui is the window: pages, dialogs and widgets that show what the client
// core says and report what the person does. It owns the window, the translations
// in use and what stands on the screen; every decision about rooms, messages and
// the network is made in package app. It must never import the store or the
// network, never import Fyne's app package, and never block the UI goroutine.
//
// All of it belongs to the UI goroutine except pump.go, which is the only place
// that hands work over: it drains the core's subscription, reads what is shown
// off the UI goroutine, runs slow commands and posts their outcomes.
//
//	window.go    the window: theme, language, title, what belongs to no group
//	ui.go        the page of a group: phases, what is put off while it is not in view
//	groups.go rail.go   which groups there are, and which is in view
//	pump.go      the only caller of fyne.Do
//	guard.go     the only place where links and notices leave the window
//	layout.go para.go touch.go field.go choice.go dialog.go toast.go   building blocks
//	welcome.go host.go join.go signin.go secrets.go problem.go pin.go  before a group is open
//	home.go sidebar.go roomrow.go pane.go composer.go feed.go members.go connection.go
//	             the main page
//	newroom.go browse.go roomedit.go roominfo.go invite.go outbox.go devices.go
//	details.go settings.go
//	shortcuts.go switcher.go closing.go                                dialogs
//	words.go     words for every code of the core
//	gallery.go   every screen with invented data
package ui
