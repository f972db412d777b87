package desktop

import "errors"

// ErrNoChooser says that the desktop has no dialog of its own for choosing files, or
// none that can be reached.
var ErrNoChooser = errors.New("the desktop has no file chooser")

// Ask says what the desktop's dialog asks for: files that are there, or with Save a place
// for one.
type Ask struct {
	Title  string
	Many   bool   // several files
	Kinds  []Kind // of files, the one that is listed at first in front; nil: all
	Save   bool
	Folder string // to begin in; "" as the desktop likes
	Name   string // that is offered
}

// Kind is a kind of files and how their names end, such as ".png"; nil: all.
type Kind struct {
	Name string
	Ends []string
}
