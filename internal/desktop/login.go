package desktop

import (
	"errors"
	"os"
	"strings"
)

// Login is the program's entry among what the desktop starts when the person logs
// in. The desktop's own list is the one truth: nothing is kept elsewhere.
type Login struct {
	// ID names the entry, such as org.hearth.Hearth; letters, digits, dots, dashes.
	ID string
	// Name and Comment are for desktops that list the entries.
	Name, Comment string
	// Exec is the program, Args its arguments; Hidden is one more where it shall
	// start without a window.
	Exec   string
	Args   []string
	Hidden string
	// Dir is where the system keeps its entries, for tests. Default: there.
	Dir string
}

// LoginState says how the program starts at login.
type LoginState struct {
	On     bool
	Hidden bool // without a window
}

var errBadPath = errors.New("the path of the program has characters that a desktop does not take")

// Program is the path by which a desktop starts this program again: that of an
// AppImage, not of what it unpacks, if it is one.
func Program() (string, error) {
	if image := os.Getenv("APPIMAGE"); image != "" {
		return image, nil
	}
	return os.Executable()
}

// arguments are those for a state.
func (l *Login) arguments(s LoginState) []string {
	args := append([]string(nil), l.Args...)
	if s.Hidden {
		args = append(args, l.Hidden)
	}
	return args
}

// check refuses what would not be the same word again after reading.
func (l *Login) check() error {
	for _, s := range append([]string{l.Exec, l.Name, l.Comment}, l.Args...) {
		if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return errBadPath
		}
	}
	if l.Exec == "" || l.ID == "" || strings.ContainsAny(l.ID, `/\`) {
		return errBadPath
	}
	return nil
}
