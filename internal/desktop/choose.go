package desktop

import "errors"

// ErrNoChooser says that the desktop has no dialog of its own for choosing files, or
// none that can be reached.
var ErrNoChooser = errors.New("the desktop has no file chooser")
