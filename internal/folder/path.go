package folder

import (
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// native is how this system writes paths.
var native = syntax{windows: runtime.GOOS == "windows"}

// Home is the person's own folder.
func Home() string {
	home, err := os.UserHomeDir()
	if err != nil || !filepath.IsAbs(home) {
		return os.TempDir()
	}
	return home
}

// Path is what somebody means who types or pastes a text while a folder is shown: a whole
// path, one from their own folder ("~"), one from the folder that is shown, an address
// "file://…" or a path in quotes, as file managers copy them.
func Path(typed, shown string) string { return native.path(typed, shown, Home()) }

// Split is what somebody is typing: the folder, and the beginning of a name in it.
func Split(typed, shown string) (dir, name string) { return native.split(typed, shown, Home()) }

// Within is a folder's path as it stands before a name.
func Within(path string) string { return native.within(path) }

// Single reports whether a text is one name, not a path.
func Single(name string) bool { return filepath.IsLocal(name) && native.single(name) }

// path is Path for somebody whose own folder is home.
func (x syntax) path(typed, shown, home string) string {
	s := strings.TrimSpace(typed)
	if n := len(s); n > 1 && (s[0] == '"' || s[0] == '\'') && s[n-1] == s[0] {
		s = s[1 : n-1]
	}
	if u, err := url.Parse(s); err == nil && u.Scheme == "file" && u.Path != "" {
		s = x.address(u)
	}
	drive, rest := x.volume(s)
	switch {
	case s == "":
		return shown
	case s == "~":
		return home
	case len(s) > 1 && s[0] == '~' && x.separates(s[1]):
		return x.join(home, s[2:])
	case drive != "": // also without a separator: a program has no folder of its own there
		return x.join(x.root(drive), rest)
	case x.separates(s[0]): // on the disk that is shown
		drive, _ = x.volume(shown)
		return x.join(x.root(drive), s)
	}
	return x.join(shown, s)
}

// address is the path that an address of a file names.
func (x syntax) address(u *url.URL) string {
	if !x.windows {
		return u.Path
	}
	path := strings.ReplaceAll(u.Path, "/", `\`)
	if u.Host != "" && !strings.EqualFold(u.Host, "localhost") { // on another computer
		return `\\` + u.Host + path
	}
	if drive, _ := x.volume(path[1:]); drive != "" { // file:///C:/…
		return path[1:]
	}
	return path
}

// split is Split for somebody whose own folder is home.
func (x syntax) split(typed, shown, home string) (dir, name string) {
	s := strings.TrimLeft(typed, " \t")
	drive, _ := x.volume(s)
	at := len(s)
	for at > len(drive) && !x.separates(s[at-1]) {
		at--
	}
	if t := strings.TrimRight(s, " \t"); t == "~" || t == ".." || t == "." { // a folder, before its separator is there
		return x.path(t, shown, home), ""
	}
	if at == 0 {
		return shown, s
	}
	return x.path(s[:at], shown, home), s[at:]
}
