package folder

import (
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

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
func Path(typed, shown string) string {
	s := strings.TrimSpace(typed)
	if n := len(s); n > 1 && (s[0] == '"' || s[0] == '\'') && s[n-1] == s[0] {
		s = s[1 : n-1]
	}
	if u, err := url.Parse(s); err == nil && u.Scheme == "file" && u.Path != "" {
		s = filepath.FromSlash(u.Path)
		if runtime.GOOS == "windows" { // file:///C:/…
			s = strings.TrimPrefix(s, `\`)
		}
	}
	switch {
	case s == "":
		return shown
	case s == "~":
		return Home()
	case len(s) > 1 && s[0] == '~' && os.IsPathSeparator(s[1]):
		return filepath.Join(Home(), s[2:])
	case len(s) == 2 && s[1] == ':' && runtime.GOOS == "windows":
		return s + `\`
	case filepath.IsAbs(s):
		return filepath.Clean(s)
	}
	return filepath.Join(shown, s)
}

// Split is what somebody is typing: the folder, and the beginning of a name in it.
func Split(typed, shown string) (dir, name string) {
	s := strings.TrimLeft(typed, " \t")
	at := len(s)
	for at > 0 && !os.IsPathSeparator(s[at-1]) {
		at--
	}
	if t := strings.TrimRight(s, " \t"); t == "~" || t == ".." || t == "." { // a folder, before its separator is there
		return Path(t, shown), ""
	}
	if at == 0 {
		return shown, s
	}
	return Path(s[:at], shown), s[at:]
}

// Within is a folder's path as it stands before a name.
func Within(path string) string {
	if n := len(path); n > 0 && os.IsPathSeparator(path[n-1]) {
		return path
	}
	return path + string(filepath.Separator)
}
