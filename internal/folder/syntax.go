package folder

import (
	"path"
	"strings"
)

// syntax is how a system writes paths. Package filepath knows only that of the system it
// runs on; these rules are the same everywhere, so that they can be tried everywhere.
type syntax struct{ windows bool }

// separator stands between the names of a path.
func (x syntax) separator() string {
	if x.windows {
		return `\`
	}
	return "/"
}

// separates reports whether a character may stand between names.
func (x syntax) separates(c byte) bool { return c == '/' || x.windows && c == '\\' }

// volume cuts off what names the disk or the other computer: "C:", `\\server\share`.
func (x syntax) volume(s string) (drive, rest string) {
	if !x.windows || len(s) < 2 {
		return "", s
	}
	if c := s[0] | 0x20; s[1] == ':' && c >= 'a' && c <= 'z' {
		return s[:2], s[2:]
	}
	if !x.separates(s[0]) || !x.separates(s[1]) {
		return "", s
	}
	end := 2
	for names := 0; end < len(s); end++ { // of the computer, and of what it shares
		if !x.separates(s[end]) {
			continue
		}
		if names++; names == 2 {
			break
		}
	}
	return s[:end], s[end:]
}

// root is the outermost folder of a disk.
func (x syntax) root(drive string) string {
	if x.windows {
		drive = strings.ReplaceAll(drive, "/", `\`)
	}
	return drive + x.separator()
}

// join is the path of what lies in a whole path, in its shortest form.
func (x syntax) join(base, rest string) string {
	if !x.windows {
		return path.Join(base, rest)
	}
	drive, inner := x.volume(base)
	slashes := strings.NewReplacer(`\`, "/").Replace(inner + `\` + rest)
	return strings.ReplaceAll(drive, "/", `\`) + strings.ReplaceAll(path.Clean("/"+slashes), "/", `\`)
}

// within is Within.
func (x syntax) within(path string) string {
	if n := len(path); n > 0 && x.separates(path[n-1]) {
		return path
	}
	return path + x.separator()
}

// single reports whether a text is one name of a file that can be made.
func (x syntax) single(name string) bool {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, `/\`) {
		return false
	}
	if !x.windows {
		return true
	}
	if strings.ContainsAny(name, `<>:"|?*`) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) || strings.TrimRight(name, ". ") != name {
		return false
	}
	device, _, _ := strings.Cut(name, ".")
	device = strings.ToUpper(strings.TrimRight(device, " "))
	if n, numbered := strings.CutPrefix(device, "COM"); numbered && port(n) {
		return false
	}
	if n, numbered := strings.CutPrefix(device, "LPT"); numbered && port(n) {
		return false
	}
	switch device {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return false
	}
	return true
}

// port reports whether a text is the number of a device.
func port(s string) bool {
	return len(s) == 1 && s[0] >= '0' && s[0] <= '9' || s == "¹" || s == "²" || s == "³"
}
