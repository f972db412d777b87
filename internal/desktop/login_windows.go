package desktop

import (
	"errors"
	"slices"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// Where Windows keeps what it starts, and what the person turned off in its Task
// Manager: there the first byte of an entry that is off is odd.
const (
	runKey      = `Software\Microsoft\Windows\CurrentVersion\Run`
	approvedKey = `Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run`
)

// State reads the entry.
func (l *Login) State() (s LoginState, err error) {
	line, err := l.line()
	if err != nil || line == "" {
		return s, err
	}
	s.On = !l.disapproved()
	if words, err := windows.DecomposeCommandLine(line); err == nil {
		s.Hidden = s.On && slices.Contains(words, l.Hidden)
	}
	return s, nil
}

// line is the command line of the entry, "" if there is none.
func (l *Login) line() (string, error) {
	k, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer k.Close() // only read
	line, _, err := k.GetStringValue(l.ID)
	if errors.Is(err, registry.ErrNotExist) {
		return "", nil
	}
	return line, err
}

func (l *Login) disapproved() bool {
	k, err := registry.OpenKey(registry.CURRENT_USER, approvedKey, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	defer k.Close() // only read
	data, _, err := k.GetBinaryValue(l.ID)
	return err == nil && len(data) > 0 && data[0]&1 == 1
}

// Set writes or removes the entry.
func (l *Login) Set(s LoginState) error {
	if !s.On {
		return removeValue(runKey, l.ID)
	}
	if err := l.check(); err != nil {
		return err
	}
	// What was turned off elsewhere is turned on again: the person has just said so.
	if err := removeValue(approvedKey, l.ID); err != nil {
		return err
	}
	k, _, err := registry.CreateKey(registry.CURRENT_USER, runKey, registry.SET_VALUE)
	if err != nil {
		return err
	}
	line := windows.ComposeCommandLine(append([]string{l.Exec}, l.arguments(s)...))
	return errors.Join(k.SetStringValue(l.ID, line), k.Close())
}

func removeValue(key, name string) error {
	k, err := registry.OpenKey(registry.CURRENT_USER, key, registry.SET_VALUE)
	if err == nil {
		err = errors.Join(k.DeleteValue(name), k.Close())
	}
	if errors.Is(err, registry.ErrNotExist) {
		return nil
	}
	return err
}
