package ui

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/safefile"
	"hearth/ui/linkguard"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// exportFormats are the choices of the dialog, in its order.
var exportFormats = []struct {
	format    app.ExportFormat
	extension string
	name      tr.Key
	about     tr.Key
}{
	{app.ExportHTML, ".html", "export.html", "export.html.text"},
	{app.ExportText, ".txt", "export.text", "export.text.text"},
	{app.ExportJSON, ".json", "export.json", "export.json.text"},
}

// showExport writes a room out into a file of the person's choice.
func (h *home) showExport(id chat.RoomID) {
	u := h.u
	r := h.roomOf(id)
	if r == nil {
		return
	}
	name := exportName(cleanName(r.Name), time.Now())
	f := newForm(u)
	var d *dialog
	file := newField(tr.S("export.file"), tr.S("export.file.hint"))
	choices := make([]option, len(exportFormats))
	for i, c := range exportFormats {
		choices[i] = option{tr.S(c.name), tr.S(c.about)}
	}
	var format *options
	format = newOptions(0, choices, func(int) {
		path := file.Text()
		file.entry.SetText(strings.TrimSuffix(path, filepath.Ext(path)) + exportFormats[format.at].extension)
	})
	file.entry.SetText(filepath.Join(exportFolder(), name+exportFormats[0].extension))
	submit := func() {
		if !f.require("file", tr.S("export.file.missing")) {
			return
		}
		path := filepath.Clean(file.Text())
		if !filepath.IsAbs(path) {
			file.SetError(tr.S("export.file.absolute"))
			return
		}
		req := app.ExportRequest{Room: id, Format: exportFormats[format.at].format, Line: exportLine, Language: tr.Lang()}
		n := 0
		f.run(tr.S("export.busy"), func(ctx context.Context) (err error) {
			n, err = writeExport(ctx, u.core, path, req)
			return err
		}, func() {
			d.Close()
			u.toast(tr.N("export.done", n, "Path", path), look.Good)
		})
	}
	f.add("file", file, submit)
	f.after = func(e failure) bool {
		var failed *fs.PathError
		if refusePlace(file, e, filepath.Clean(file.Text())) {
			return true
		}
		if !errors.As(e.Err, &failed) {
			return false
		}
		file.SetError(tr.F("export.file.failed", "Why", failed.Err.Error()))
		file.Focus()
		return true
	}
	f.submit = look.NewButton(tr.S("export.submit"), look.Primary, submit)
	cancel := look.NewButton(tr.S("button.cancel"), look.Plain, func() { d.Close() })
	d = u.open(dialogSpec{
		title: tr.F("export.title", "Room", inSentence(cleanName(r.Name))), width: 520,
		body:    column(14, format, file, f.all, f.busy),
		buttons: []*look.Button{cancel, f.submit}, focus: f.submit,
	})
	f.page = d
}

// writeExport makes a file that did not exist; if anything fails, there is none.
func writeExport(ctx context.Context, core app.Commands, path string, r app.ExportRequest) (n int, err error) {
	if err := mayWrite(path); err != nil {
		return 0, err
	}
	err = safefile.WriteFrom(path, 0o600, func(w io.Writer) error {
		n, err = core.Export(ctx, w, r)
		return err
	})
	var failed *app.Failed
	if err != nil && !errors.As(err, &failed) {
		err = &app.Failed{Code: app.FailBadValue, Field: "file", Detail: err.Error(), Err: err}
	}
	return n, err
}

// exportLine is what an event that is no message is, in the language in use.
func exportLine(m *app.MessageView) string {
	text, _ := systemLine(*m)
	return text
}

// exportFolder is where downloads go, else the person's home.
func exportFolder() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return os.TempDir()
	}
	if downloads := filepath.Join(home, "Downloads"); isFolder(downloads) {
		return downloads
	}
	return home
}

func isFolder(path string) bool {
	f, err := os.Stat(path)
	return err == nil && f.IsDir()
}

// exportName is a name for a file that every system takes.
func exportName(room string, now time.Time) string {
	safe := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '-'
		}
		return r
	}, linkguard.CleanName(room))
	safe = strings.Trim(safe, ". ")
	if safe == "" {
		safe = "room"
	}
	if r := []rune(safe); len(r) > 60 {
		safe = string(r[:60])
	}
	return safe + " " + now.Format(time.DateOnly)
}
