package desktop

import (
	"bytes"
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"hearth/internal/safefile"
)

// path is the entry's file.
func (l *Login) path() (string, error) {
	dir := l.Dir
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(home, "Library", "LaunchAgents")
	}
	return filepath.Join(dir, l.ID+".plist"), nil
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
	s.Hidden = l.Hidden != "" && strings.Contains(string(data), "<string>"+xmlText(l.Hidden)+"</string>")
	return s, nil
}

// Set writes or removes the entry. It holds from the next login on.
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
	var words strings.Builder
	for _, w := range append([]string{l.Exec}, l.arguments(s)...) {
		words.WriteString("\t\t<string>" + xmlText(w) + "</string>\n")
	}
	return safefile.Write(path, []byte(plistHead+
		"\t<key>Label</key>\n\t<string>"+xmlText(l.ID)+"</string>\n"+
		"\t<key>ProgramArguments</key>\n\t<array>\n"+words.String()+"\t</array>\n"+
		"\t<key>RunAtLoad</key>\n\t<true/>\n"+
		"\t<key>LimitLoadToSessionType</key>\n\t<string>Aqua</string>\n"+
		"\t<key>ProcessType</key>\n\t<string>Interactive</string>\n</dict>\n</plist>\n"), 0o600)
}

const plistHead = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
`

func xmlText(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // writing to memory does not fail
	return b.String()
}
