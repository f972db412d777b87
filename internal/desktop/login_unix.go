//go:build !windows && !darwin

package desktop

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"hearth/internal/safefile"
)

// The members of a desktop entry that turn it off, and ours.
const (
	memberOff    = "Hidden"                    // of the specification: as if it were not there
	memberGnome  = "X-GNOME-Autostart-enabled" // what GNOME's tool sets
	memberHidden = "X-Hearth-Hidden"
)

// path is the entry's file.
func (l *Login) path() (string, error) {
	dir := l.Dir
	if dir == "" {
		config, err := os.UserConfigDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(config, "autostart")
	}
	return filepath.Join(dir, l.ID+".desktop"), nil
}

// State reads the entry.
func (l *Login) State() (s LoginState, err error) {
	path, err := l.path()
	if err != nil {
		return s, err
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	s.On = true
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), "=")
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(name) {
		case memberOff:
			s.On = s.On && value != "true"
		case memberGnome:
			s.On = s.On && value != "false"
		case memberHidden:
			s.Hidden = value == "true"
		}
	}
	s.Hidden = s.Hidden && s.On
	return s, nil
}

// Set writes or removes the entry.
func (l *Login) Set(s LoginState) error {
	path, err := l.path()
	if err != nil {
		return err
	}
	if !s.On {
		if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	if err := l.check(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	words := []string{execWord(l.Exec)}
	for _, a := range l.arguments(s) {
		words = append(words, execWord(a))
	}
	entry := fmt.Sprintf("[Desktop Entry]\nType=Application\nName=%s\nComment=%s\nIcon=%s\nExec=%s\nTerminal=false\n%s=true\n%s=%t\n",
		entryValue(l.Name), entryValue(l.Comment), entryValue(l.ID), entryValue(strings.Join(words, " ")), memberGnome, memberHidden, s.Hidden)
	return safefile.Write(path, []byte(entry), 0o600)
}

// execWord quotes one word of a command line as desktop entries want it: in
// double quotes, in which four characters are special; % begins a field.
func execWord(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", "$", `\$`, "%", "%%").Replace(s)
	return `"` + s + `"`
}

// entryValue escapes a value of a desktop entry.
func entryValue(s string) string { return strings.ReplaceAll(s, `\`, `\\`) }
