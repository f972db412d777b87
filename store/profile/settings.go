package profile

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"hearth/internal/safefile"
)

const settingsFile = "settings.json"

// Settings are the choices that must be known before any unlock.
type Settings struct {
	Theme     string  `json:"theme,omitzero"`     // "light", "dark"; "" or "system" follows the system
	Language  string  `json:"language,omitzero"`  // BCP 47; "" or "system" follows the system
	TextSize  float32 `json:"text_size,omitzero"` // factor; 0 means 1
	Width     float32 `json:"width,omitzero"`     // of the window, 0: default
	Height    float32 `json:"height,omitzero"`
	Accent    string  `json:"accent,omitzero"`
	Density   string  `json:"density,omitzero"`
	Still     bool    `json:"still,omitzero"`      // nothing moves by itself
	LastGroup string  `json:"last_group,omitzero"` // Group.ID
	// GroupOrder are ids of groups in the order the person gave them, with blanks
	// between; others follow as they came.
	GroupOrder string `json:"group_order,omitzero"`

	// Leaving are secrets, each a server and a device, of groups that are being removed
	// from this machine, with blanks between: what is left when that is cut short.
	Leaving string `json:"leaving,omitzero"`

	Maximized   bool   `json:"maximized,omitzero"` // the window fills the screen
	CloseToTray bool   `json:"close_to_tray,omitzero"`
	CtrlSends   bool   `json:"ctrl_sends,omitzero"` // Ctrl+Enter sends a message, Enter alone does not
	Pictures    string `json:"pictures,omitzero"`   // whose are shown by themselves; "": of people one knows
	Folder      string `json:"folder,omitzero"`     // where files were chosen last
	SaveFolder  string `json:"save_folder,omitzero"`
	// CacheMB is how much the files of a group may take, megabytes; 0: the default, -1:
	// there is no bound.
	CacheMB int `json:"cache_mb,omitzero"`
}

// SettingsError reports settings that could not be read or understood. Path is where
// they are: put aside, where nothing touches them any more, if the disk allows it.
type SettingsError struct {
	Path string
	Err  error
}

func (e *SettingsError) Error() string { return fmt.Sprintf("settings, now %s: %v", e.Path, e.Err) }
func (e *SettingsError) Unwrap() error { return e.Err }

// Settings reads settings.json. If there is none the zero value is returned. What is
// not understood is put aside beside it, and what is understood of it is returned with
// a SettingsError.
func (p *Profile) Settings() (Settings, error) {
	data, err := os.ReadFile(filepath.Join(p.dir, settingsFile))
	if errors.Is(err, os.ErrNotExist) {
		return Settings{}, nil
	}
	path := filepath.Join(p.dir, settingsFile)
	if err != nil {
		return Settings{}, &SettingsError{Path: path, Err: err}
	}
	var s Settings
	if err := json.Unmarshal(data, &s); err != nil {
		to := path + ".damaged-" + time.Now().UTC().Format(asideTime)
		if e := os.Rename(path, to); e == nil {
			path = to
		} else if errors.Is(e, os.ErrNotExist) {
			return s, nil // another program has put it aside just now, and says so
		}
		return s, &SettingsError{Path: path, Err: err}
	}
	return s, nil
}

// SetSettings writes settings.json. Members it does not know, written by a newer
// version, stay.
func (p *Profile) SetSettings(s Settings) error {
	path := filepath.Join(p.dir, settingsFile)
	all := map[string]json.RawMessage{}
	old, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return err // what cannot be read must not be replaced
	case json.Unmarshal(old, &all) != nil || all == nil:
		all = map[string]json.RawMessage{} // Settings has put aside what had anything in it
	}
	for _, name := range []string{"theme", "language", "text_size", "width", "height", "accent", "density", "still", "last_group", "group_order", "leaving", "close_to_tray", "ctrl_sends", "cache_mb", "pictures", "folder", "save_folder"} {
		delete(all, name)
	}
	mine, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(mine, &all); err != nil {
		return err
	}
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return safefile.Write(path, append(data, '\n'), 0o600)
}
