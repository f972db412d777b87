package ui

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/linkguard"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// saveFile asks where a file shall go and puts a copy there. What is there already
// stays; the copy is never opened.
func (u *UI) saveFile(room chat.RoomID, file chat.File) {
	f := newForm(u)
	var d *dialog
	place := newField(tr.S("file.save.place"), tr.S("file.save.hint"))
	u.pump.work(func(context.Context) func() {
		path := freePath(exportFolder(), safeName(file.Name))
		return func() {
			if place.Text() == "" {
				place.entry.SetText(path)
			}
		}
	})
	path := ""
	submit := func() {
		if !f.require("file", tr.S("file.save.missing")) {
			return
		}
		path = filepath.Clean(place.Text())
		if !filepath.IsAbs(path) {
			place.SetError(tr.S("export.file.absolute"))
			return
		}
		f.run(tr.S("file.save.busy"), func(context.Context) error { return mayWrite(path) }, func() {
			u.sureOfProgram(file, path, func() {
				d.Close()
				u.saveTo(room, file, path)
			})
		})
	}
	f.add("file", place, submit)
	f.after = func(e failure) bool {
		return refusePlace(place, e, path)
	}
	f.submit = look.NewButton(tr.S("file.save.submit"), look.Primary, submit)
	cancel := look.NewButton(tr.S("button.cancel"), look.Plain, func() { d.Close() })
	d = u.open(dialogSpec{
		title: tr.S("file.save"), width: 520,
		body: column(12,
			newPara(cleanFileName(file.Name)+" · "+sizeWords(file.Size), look.Body, look.Text),
			newPara(tr.S("file.save.text"), look.Preview, look.Secondary), place, f.all, f.busy),
		buttons: []*look.Button{cancel, f.submit}, focus: f.submit,
	})
	f.page = d
}

// sureOfProgram asks once more before something is kept that a system would run; its
// whole name is shown, the end that says what it is included.
func (u *UI) sureOfProgram(file chat.File, path string, then func()) {
	if !look.IsProgram(file.Name) && !look.IsProgram(path) && !look.IsProgramType(file.Type) {
		then()
		return
	}
	u.confirm(confirmation{
		title: tr.S("file.program.title"), text: tr.S("file.program.text"), mono: cleanFileName(file.Name),
		do: tr.S("file.program.do"), danger: true, wary: true, then: then,
	})
}

// saveTo brings the content here, where it is not yet, and writes the copy.
func (u *UI) saveTo(room chat.RoomID, file chat.File, path string) {
	u.fetchFile(room, file, func() {
		u.pump.work(func(ctx context.Context) func() {
			err := u.core.SaveFile(ctx, file, path)
			return func() {
				if err != nil {
					u.toast(explain(err).text, look.Bad)
					return
				}
				u.toast(tr.F("file.saved", "Path", path), look.Good)
			}
		})
	})
}

// mayWrite reports early what stands in the way; what writes checks once more.
func mayWrite(path string) error {
	if isFolder(path) {
		return &app.Failed{Code: app.FailBadValue, Field: "file", Err: errIsFolder}
	}
	if _, err := os.Lstat(path); err == nil {
		return &app.Failed{Code: app.FailExists, Field: "file", Err: fs.ErrExist}
	}
	if !isFolder(filepath.Dir(path)) {
		return &app.Failed{Code: app.FailBadValue, Field: "file", Err: errNoFolder}
	}
	return nil
}

// What mayWrite found wrong with a place, besides that something is there.
var (
	errIsFolder = errors.New("the place is a folder")
	errNoFolder = errors.New("there is no such folder")
)

// refusePlace shows at its field why a file cannot be made in a place; false if the
// failure is another one.
func refusePlace(place *field, e failure, path string) bool {
	switch {
	case errors.Is(e.Err, errIsFolder):
		place.SetError(tr.S("file.place.folder"))
	case errors.Is(e.Err, errNoFolder):
		place.SetError(tr.F("file.place.none", "Folder", inSentence(linkguard.CleanLine(filepath.Dir(path)))))
	case errors.Is(e.Err, fs.ErrExist):
		place.SetError(tr.S("export.file.exists"))
	default:
		return false
	}
	place.Focus()
	return true
}

// cleanFileName is a file's name as it is shown.
func cleanFileName(name string) string {
	if name = linkguard.CleanName(name); name == "" {
		return tr.S("file.unnamed")
	}
	return name
}

// safeName is a name that every system takes for a file, with its end kept.
func safeName(name string) string {
	safe := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '-'
		}
		return r
	}, linkguard.CleanName(name))
	safe = strings.TrimRight(strings.TrimLeft(safe, ". -"), ". ")
	if safe == "" {
		safe = "file"
	}
	if r := []rune(safe); len(r) > 120 {
		end := []rune(filepath.Ext(safe))
		end = end[:min(len(end), 16)]
		safe = string(r[:120-len(end)]) + string(end)
	}
	return safe
}

// freePath is a path in a folder where nothing is yet.
func freePath(folder, name string) string {
	end := filepath.Ext(name)
	stem := strings.TrimSuffix(name, end)
	for i := 1; ; i++ {
		path := filepath.Join(folder, name)
		if i > 1 {
			path = filepath.Join(folder, fmt.Sprintf("%s (%d)%s", stem, i, end))
		}
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) || i == 1000 {
			return path
		}
	}
}
