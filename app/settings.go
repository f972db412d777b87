package app

import (
	"slices"

	"hearth/store/profile"
)

// Settings are the person's choices; kept in the profile, readable before unlocking.
// What a file says that makes no sense is replaced by the default, see Sane.
type Settings struct {
	Theme    string  `json:"theme"`     // one of Themes
	Accent   string  `json:"accent"`    // one of Accents
	Density  string  `json:"density"`   // one of Densities
	TextSize float32 `json:"text_size"` // factor, 1 = normal, SmallestText to LargestText
	Language string  `json:"language"`  // "system", "en", "zh", "mt"
	Width    float32 `json:"width"`     // of the window, device-independent pixels
	Height   float32 `json:"height"`
	// Maximized: the window fills the screen; Width and Height are what it had before.
	Maximized bool `json:"maximized"`
	// Still: nothing moves or fades by itself.
	Still bool `json:"still"`
	// CloseToTray: closing the window hides it, and the program goes on.
	CloseToTray bool `json:"close_to_tray"`
	// CtrlSends: Ctrl+Enter sends a message, and Enter begins a new line. Otherwise both
	// send.
	CtrlSends bool `json:"ctrl_sends"`
	// Pictures says whose pictures are shown by themselves, one of PictureChoices; others'
	// are shown after a click.
	Pictures string `json:"pictures"`
	// CacheMB is how much the files of one group may take on this disk before those not
	// looked at for longest are removed, one of CacheSizes.
	CacheMB int `json:"cache_mb"`
	// Folder is where files were chosen last, SaveFolder where one was saved; "" nowhere yet.
	Folder     string `json:"folder"`
	SaveFolder string `json:"save_folder"`
}

// The values that Settings take, the default first.
var (
	Themes    = []string{"system", "light", "dark"}
	Accents   = []string{"indigo", "blue", "teal", "green", "amber", "red", "pink", "violet"}
	Densities = []string{"comfortable", "compact"}
	// PictureChoices: of people the person knows (View.Known), of everybody, of nobody.
	PictureChoices = []string{PicturesKnown, PicturesAll, PicturesNever}
)

// Values of Settings.Pictures.
const (
	PicturesKnown = "known"
	PicturesAll   = "all"
	PicturesNever = "never"
)

// The range of Settings.TextSize.
const (
	SmallestText = 0.8
	LargestText  = 1.5
)

// DefaultSettings are those of a new profile.
func DefaultSettings() Settings {
	return Settings{
		Theme: Themes[0], Accent: Accents[0], Density: Densities[0], TextSize: 1, Language: "system", Width: 1200, Height: 800,
		CacheMB: DefaultCacheMB, Pictures: PictureChoices[0],
	}
}

// Sane returns s with defaults where it makes no sense.
func (s Settings) Sane() Settings {
	d := DefaultSettings()
	known := func(value *string, among []string) {
		if !slices.Contains(among, *value) {
			*value = among[0]
		}
	}
	known(&s.Theme, Themes)
	known(&s.Accent, Accents)
	known(&s.Density, Densities)
	known(&s.Pictures, PictureChoices)
	if s.Language == "" {
		s.Language = d.Language
	}
	if !slices.Contains(CacheSizes, s.CacheMB) {
		s.CacheMB = d.CacheMB
	}
	if !(s.TextSize > 0) { // NaN, too
		s.TextSize = 1
	}
	s.TextSize = min(max(s.TextSize, SmallestText), LargestText)
	if !(s.Width > 0 && s.Height > 0) {
		s.Width, s.Height = d.Width, d.Height
	}
	return s
}

// settingsView and settingsOf translate between the profile's file and the
// contract.
func settingsView(s profile.Settings) Settings {
	return Settings{
		Theme: s.Theme, Accent: s.Accent, Density: s.Density, TextSize: s.TextSize, Language: s.Language,
		Width: s.Width, Height: s.Height, Still: s.Still, CloseToTray: s.CloseToTray,
		CacheMB: s.CacheMB, CtrlSends: s.CtrlSends, Pictures: s.Pictures, Maximized: s.Maximized, Folder: s.Folder, SaveFolder: s.SaveFolder,
	}.Sane()
}

func settingsOf(v Settings, before profile.Settings) profile.Settings {
	v = v.Sane()
	before.Theme, before.Accent, before.Density = v.Theme, v.Accent, v.Density
	before.Language, before.TextSize = v.Language, v.TextSize
	before.Width, before.Height, before.Maximized = v.Width, v.Height, v.Maximized
	before.Still, before.CloseToTray = v.Still, v.CloseToTray
	before.CacheMB, before.CtrlSends, before.Pictures = v.CacheMB, v.CtrlSends, v.Pictures
	before.Folder, before.SaveFolder = v.Folder, v.SaveFolder
	return before
}
