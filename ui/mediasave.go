package ui

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/folder"
	"hearth/internal/linkguard"
	"hearth/ui/look"
	"hearth/ui/narrate"
	"hearth/ui/tr"
)

// saveFile asks where a file shall go and puts a copy there; the copy is never opened.
func (u *UI) saveFile(room chat.RoomID, file chat.File) {
	u.askPlace(tr.S("file.save"), fileSave{
		name:  safeName(file.Name),
		about: newPara(dotted(narrate.FileName(file.Name), narrate.Size(file.Size))+"\n"+tr.S("file.save.text"), look.Preview, look.Secondary),
		sure:  func(path string, then func()) { u.sureOfProgram(file, path, then) },
		done:  func(path string, replace bool) { u.saveTo(room, file, path, replace) },
	})
}

// saveFiles asks for the name of a new folder and puts copies of several files there: of
// all, or of none.
func (u *UI) saveFiles(room chat.RoomID, files []chat.File, name string) {
	var size int64
	for i := range files {
		size += files[i].Size
	}
	u.askPlace(tr.S("file.save_all"), fileSave{
		name: name, group: true,
		about: newPara(dotted(tr.N("carried.files", len(files)), narrate.Size(size))+"\n"+tr.S("file.save_all.text")+" "+tr.S("file.save.text"), look.Preview, look.Secondary),
		sure:  func(_ string, then func()) { u.sureOfPrograms(files, then) },
		done: func(path string, _ bool) {
			u.fetchFiles(room, files, func() { u.saveInto(files, path) })
		},
	})
}

// sureOfPrograms asks of each file that a system would run.
func (u *UI) sureOfPrograms(files []chat.File, then func()) {
	if len(files) == 0 {
		then()
		return
	}
	u.sureOfProgram(files[0], "", func() { u.sureOfPrograms(files[1:], then) })
}

// fetchFiles brings contents here, one after the other, and goes on when all are.
func (u *UI) fetchFiles(room chat.RoomID, files []chat.File, then func()) {
	if len(files) == 0 {
		then()
		return
	}
	u.fetchFile(room, files[0], func() { u.fetchFiles(room, files[1:], then) })
}

// saveInto makes a folder with copies of files that are here, and says so.
func (u *UI) saveInto(files []chat.File, path string) {
	u.pump.work(func(ctx context.Context) func() {
		_, unmade := folder.Make(filepath.Dir(path), filepath.Base(path))
		var err error
		if unmade == nil {
			err = writeFiles(ctx, u.core, files, path)
		}
		return func() {
			switch {
			case unmade != nil:
				u.toast(notMade(unmade), look.Bad)
			case err != nil:
				u.toast(explain(err).text, look.Bad)
			default:
				u.toast(tr.F("file.saved", "Path", path), look.Good)
			}
		}
	})
}

// writeFiles puts copies of files into a folder that was made for them; if one fails, it
// is gone again. Files of one name are numbered.
func writeFiles(ctx context.Context, core app.Commands, files []chat.File, path string) error {
	for i := range files {
		if err := core.SaveFile(ctx, files[i], freePath(path, safeName(files[i].Name)), false); err != nil {
			_ = os.RemoveAll(path)
			return err
		}
	}
	return nil
}

// sureOfProgram asks once more before something is kept that a system would run; its
// whole name is shown, the end that says what it is included.
func (u *UI) sureOfProgram(file chat.File, path string, then func()) {
	if !look.IsProgram(file.Name) && !look.IsProgram(path) && !look.IsProgramType(file.Type) {
		then()
		return
	}
	u.confirm(confirmation{
		title: tr.S("file.program.title"), text: tr.S("file.program.text"), mono: narrate.FileName(file.Name),
		do: tr.S("file.program.do"), danger: true, then: then,
	})
}

// saveTo brings the content here, where it is not yet, and writes the copy.
func (u *UI) saveTo(room chat.RoomID, file chat.File, path string, replace bool) {
	u.fetchFile(room, file, func() {
		u.pump.work(func(ctx context.Context) func() {
			err := u.core.SaveFile(ctx, file, path, replace)
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
	case errors.Is(e.Err, errNothing):
		place.SetError(tr.F("choose.no_such", "Name", inSentence(narrate.FileName(filepath.Base(path)))))
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
	end := []rune(filepath.Ext(safe))
	if len([]rune(safe)) > nameRunes || len(safe) > nameBytes {
		tail := string(end[:min(len(end), 16)])
		safe = strings.TrimRight(cutName(strings.TrimSuffix(safe, string(end)), nameRunes-len([]rune(tail)), nameBytes-len(tail))+tail, ". ")
	}
	return safe
}

// What a name has at most that is proposed: systems take 255 bytes, and a number, or the
// mark of a file that is being written, may be added.
const (
	nameRunes = 120
	nameBytes = 200
)

// cutName shortens a name to so many characters and bytes.
func cutName(name string, runes, most int) string {
	n := 0
	for i, r := range name {
		if n++; n > runes || i+utf8.RuneLen(r) > most {
			return name[:i]
		}
	}
	return name
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
