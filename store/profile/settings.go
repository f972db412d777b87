package profile

// Settings are the choices that must be known before any unlock.
type Settings struct {
	Theme     string  `json:"theme,omitzero"`     // "", "light", "dark"; "" follows the system
	Language  string  `json:"language,omitzero"`  // BCP 47; "" follows the system
	TextSize  float32 `json:"text_size,omitzero"` // factor; 0 means 1
	Width     float32 `json:"width,omitzero"`     // of the window, 0: default
	Height    float32 `json:"height,omitzero"`
	LastGroup string  `json:"last_group,omitzero"` // Group.ID
}

// Settings reads settings.json. If there is none, or it cannot be understood, the
// zero value is returned, with an error in the second case.
func (p *Profile) Settings() (Settings, error) { return Settings{}, nil }

// SetSettings writes settings.json.
func (p *Profile) SetSettings(s Settings) error { return nil }
