package ui

import (
	"encoding/json"
	"log/slog"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"hearth/internal/bidi"
	"hearth/internal/linkguard"
	"hearth/ui/narrate"
	"hearth/ui/tr"
)

// toolkitWords maps the toolkit's own keys to ours. It looks them up in the
// language of the desktop and has none of its own in Maltese, so that they are
// set under that language in the words of the one in use.
var toolkitWords = map[string]tr.Key{
	"Advanced": "toolkit.advanced", "Cancel": "button.cancel", "Confirm": "toolkit.confirm",
	"Copy": "edit.copy", "Create Folder": "toolkit.create_folder", "Cut": "edit.cut",
	"Enter filename": "toolkit.enter_filename", "Error": "toolkit.error", "Favourites": "toolkit.favourites",
	"File": "toolkit.file", "Folder": "toolkit.folder", "New Folder": "toolkit.new_folder",
	"No": "toolkit.no", "OK": "toolkit.ok", "Open": "toolkit.open", "Paste": "edit.paste", "Quit": "tray.quit",
	"Redo": "toolkit.redo", "Save": "toolkit.save", "Select all": "edit.select_all",
	"Show Hidden Files": "toolkit.show_hidden", "Undo": "toolkit.undo", "Yes": "toolkit.yes",
	"file.name": "toolkit.file_name", "file.parent": "toolkit.file_parent",
	"monday": "day.monday", "tuesday": "day.tuesday", "wednesday": "day.wednesday", "thursday": "day.thursday",
	"friday": "day.friday", "saturday": "day.saturday", "sunday": "day.sunday",
	"monday.short": "day.monday.short", "tuesday.short": "day.tuesday.short", "wednesday.short": "day.wednesday.short",
	"thursday.short": "day.thursday.short", "friday.short": "day.friday.short", "saturday.short": "day.saturday.short",
	"sunday.short": "day.sunday.short",
}

// speakToolkit gives the toolkit its words in the language in use.
func speakToolkit(log *slog.Logger) {
	words := make(map[string]string, len(toolkitWords))
	for theirs, ours := range toolkitWords {
		words[theirs] = tr.S(ours)
	}
	data, err := json.Marshal(words)
	if err == nil {
		err = lang.AddTranslationsForLocale(data, lang.SystemLocale())
	}
	if err != nil {
		log.Warn("the window toolkit did not take our words", "error", err)
	}
}

// Calm wraps the toolkit's app so that stock widgets do not animate. The caret of
// an entry blinks by repainting the whole window, which costs a fifth of a core
// where pictures are drawn in software; it stands still instead. Make it the
// current app before the window is built.
func Calm(a fyne.App) fyne.App { return calmApp{a} }

type calmApp struct{ fyne.App }

// Settings returns the app's settings, animations switched off.
func (c calmApp) Settings() fyne.Settings { return calmSettings{c.App.Settings()} }

type calmSettings struct{ fyne.Settings }

// ShowAnimations says no.
func (calmSettings) ShowAnimations() bool { return false }

// cleanName is a person's, room's or group's name as it is shown.
func cleanName(s string) string { return linkguard.CleanName(narrate.Person(s)) }

// apart keeps the direction of writing of a text, which is clean, from the words beside it
// in one line.
func apart(s string) string {
	if bidi.Simple(s) {
		return s
	}
	return linkguard.Wrap(s)
}

// dotted joins what stands beside each other in one line, each in its own direction; what
// is empty is left out.
func dotted(parts ...string) string {
	line := make([]string, 0, len(parts))
	for _, p := range parts {
		if p != "" {
			line = append(line, apart(p))
		}
	}
	return strings.Join(line, " · ")
}

// listed joins names that stand in one line.
func listed(names []string) string {
	line := make([]string, len(names))
	for i, n := range names {
		line[i] = apart(n)
	}
	return strings.Join(line, ", ")
}

// inSentence is a name within a sentence of ours.
func inSentence(s string) string { return narrate.Name(s) }
