package ui

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/folder"
	"hearth/internal/linkguard"
	"hearth/internal/safefile"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/narrate"
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

// exportedCopies says which files go beside an export, in the order of the dialog's choice.
type exportedCopies int

// Copies of files.
const (
	copiesHere exportedCopies = 0 // of those on this computer
	copiesAll  exportedCopies = 1 // of the others, too, that the server still has
	copiesNone exportedCopies = 2
)

// exportDialog asks how and where a room is written out, and writes it.
type exportDialog struct {
	h      *home
	room   chat.RoomID
	f      *form
	d      *dialog
	file   *field
	format *options
	files  exportedCopies     // wanted
	over   string             // path of a file that may be lost
	stop   context.CancelFunc // of the export that runs; nil: none
}

// showExport writes a room out into a file of the person's choice.
func (h *home) showExport(id chat.RoomID) {
	u := h.u
	r := h.roomOf(id)
	if r == nil {
		return
	}
	x := &exportDialog{h: h, room: id, f: newForm(u)}
	x.file = newField(tr.S("export.file"), tr.S("export.file.hint"))
	choices := make([]option, len(exportFormats))
	for i, c := range exportFormats {
		choices[i] = option{tr.S(c.name), tr.S(c.about)}
	}
	x.format = newOptions(0, choices, func(int) {
		path := x.file.Text()
		x.file.entry.SetText(strings.TrimSuffix(path, filepath.Ext(path)) + exportFormats[x.format.at].extension)
	})
	where := u.settings.SaveFolder
	if !isFolder(where) {
		where = folder.Downloads()
	}
	x.file.entry.SetText(freeExport(filepath.Join(where, exportName(cleanName(r.Name), zone.Now()))) + exportFormats[0].extension)
	choose := look.NewIconTextButton(look.IconFolder, tr.S("export.choose"), look.Quiet, x.choose)
	x.f.add("file", x.file, x.submit)
	x.f.after = x.refused
	x.f.inert = append(x.f.inert, choose)
	x.f.submit = look.NewButton(tr.S("export.submit"), look.Primary, x.submit)
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { x.d.Close() })
	x.d = u.open(dialogSpec{
		title: tr.F("export.title", "Room", inSentence(roomName(r))), width: 520,
		body:    column(14, x.format, x.askFiles(), column(8, x.file, row(0, choose)), x.f.all, x.f.busy),
		buttons: []*look.Button{cancel, x.f.submit}, focus: x.f.submit, firm: true, closed: x.closed,
	})
	x.f.page = x.d
}

func (x *exportDialog) u() *UI { return x.h.u }

// askFiles asks which files are copied. Those that are not here can be asked for while
// there is a server to give them.
func (x *exportDialog) askFiles() fyne.CanvasObject {
	names := []string{tr.S("export.files.here"), tr.S("export.files.all"), tr.S("export.files.none")}
	offered, about := []exportedCopies{copiesHere, copiesAll, copiesNone}, tr.S("export.files.fetch")
	if x.u().view.Connection.State != app.ConnLive {
		names, offered, about = slices.Delete(names, 1, 2), slices.Delete(offered, 1, 2), tr.S("export.files.text")
	}
	return explained(tr.S("export.files"), about, newSegments(names, 0, func(i int) { x.files = offered[i] }))
}

// path is what the line means; "~" is the person's own folder.
func (x *exportDialog) path() string { return folder.Path(x.file.Text(), "") }

// choose asks for the place in the dialog for files.
func (x *exportDialog) choose() {
	at := x.path()
	x.u().askPlace(tr.S("export.file"), fileSave{
		name: filepath.Base(at), where: filepath.Dir(at), take: tr.S("picture.take"),
		done: func(path string, replace bool) {
			if !x.d.isOpen {
				return
			}
			x.file.entry.SetText(path)
			if replace { // that was asked
				x.over = path
			}
		},
	})
}

// closed ends what is being written.
func (x *exportDialog) closed() {
	if x.stop != nil {
		x.stop()
		x.h.u.toast(tr.S("export.stopped"), look.Text)
	}
}

func (x *exportDialog) submit() {
	if x.f.going || !x.f.require("file", tr.S("export.file.missing")) {
		return
	}
	path := x.path()
	if !filepath.IsAbs(path) {
		x.file.SetError(tr.S("export.file.absolute"))
		return
	}
	u := x.h.u
	req := app.ExportRequest{
		Room: x.room, Format: exportFormats[x.format.at].format, Words: narrate.Export(), Progress: x.progress(),
	}
	if x.files != copiesNone {
		req.Folder, req.Fetch = exportedFiles(path), x.files == copiesAll
	}
	var ctx context.Context
	ctx, x.stop = context.WithCancel(u.pump.ctx)
	var done app.Exported
	x.f.run(tr.S("export.busy"), func(context.Context) (err error) {
		done, err = writeExport(ctx, u.core, path, req, path == x.over)
		if errors.Is(err, context.Canceled) {
			return nil // closed has said it
		}
		return err
	}, func() {
		if ctx.Err() == nil {
			x.done(path, done)
		}
	})
}

// progress shows how far the writing is, in per cent, as often as that changes.
func (x *exportDialog) progress() func(done, all uint64) {
	shown := uint64(0)
	return func(done, all uint64) {
		part := 100 * min(done, all) / max(all, 1)
		if part == shown {
			return
		}
		shown = part
		x.h.u.pump.post(func() {
			if x.f.going && x.d.isOpen {
				x.f.busy.SetText(tr.F("export.progress", "N", part))
				x.d.Refresh()
			}
		})
	}
}

// done says what was written.
func (x *exportDialog) done(path string, done app.Exported) {
	x.stop()
	x.stop = nil
	x.d.Close()
	text := tr.F("export.done", "Path", path)
	if done.Copies > 0 {
		text += " " + tr.N("export.copies", done.Copies)
	}
	if done.Previews > 0 {
		text += " " + tr.N("export.previews", done.Previews)
	}
	if done.Absent > 0 {
		text += " " + tr.N("export.absent", done.Absent)
	}
	x.h.u.toast(text, look.Good)
}

// refused shows at the field what is wrong with the place.
func (x *exportDialog) refused(e failure) bool {
	if x.stop != nil {
		x.stop()
		x.stop = nil
	}
	path := x.path()
	var failed *fs.PathError
	switch {
	case errors.Is(e.Err, errFilesThere):
		x.file.SetError(tr.F("export.files.exist", "Folder", inSentence(linkguard.CleanLine(filepath.Base(exportedFiles(path))))))
	case e.Code == app.FailExists:
		x.u().confirmReplace(path, func() {
			x.over = path
			x.submit()
		})
		return true
	case refusePlace(x.file, e, path):
		return true
	case !errors.As(e.Err, &failed):
		return false
	default:
		x.file.SetError(tr.F("export.file.failed", "Why", failed.Err.Error()))
	}
	x.file.Focus()
	return true
}

// exportedFiles is the folder for the files of an export, beside it.
func exportedFiles(path string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + "_files"
}

// errFilesThere: the folder for the files of an export exists.
var errFilesThere = errors.New("the folder for the files exists")

// writeExport makes a file, in the place of one that is there only with replace, and a
// folder if copies of files are wanted; if anything fails, all is as before.
func writeExport(ctx context.Context, core app.Commands, path string, r app.ExportRequest, replace bool) (done app.Exported, err error) {
	if err := mayWrite(path); err != nil && (!replace || !errors.Is(err, fs.ErrExist)) {
		return done, err
	}
	if r.Folder != "" {
		if _, err := os.Lstat(r.Folder); err == nil {
			return done, &app.Failed{Code: app.FailExists, Field: "file", Err: errFilesThere}
		}
	}
	err = safefile.WriteFrom(path, 0o600, func(w io.Writer) error {
		if done, err = core.Export(ctx, w, r); err == nil {
			err = ctx.Err() // stopped when all was written
		}
		return err
	})
	if err == nil {
		return done, nil
	}
	if r.Folder != "" { // it was not there before
		_ = os.RemoveAll(r.Folder)
	}
	if ctx.Err() != nil {
		return done, ctx.Err()
	}
	var failed *app.Failed
	if !errors.As(err, &failed) {
		err = &app.Failed{Code: app.FailBadValue, Field: "file", Detail: err.Error(), Err: err}
	}
	return done, err
}

func isFolder(path string) bool {
	f, err := os.Stat(path)
	return err == nil && f.IsDir()
}

// freeExport is a place for an export, without extension, at which there is none yet: in no
// format, and with no files beside it. It numbers the place if need be.
func freeExport(path string) string {
	ends := []string{"_files"}
	for _, f := range exportFormats {
		ends = append(ends, f.extension)
	}
	taken := func(at string) bool {
		return slices.ContainsFunc(ends, func(end string) bool {
			_, err := os.Lstat(at + end)
			return err == nil
		})
	}
	free := path
	for n := 2; taken(free) && n < 100; n++ {
		free = path + " " + strconv.Itoa(n)
	}
	return free
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
	return cutName(safe, 60, nameBytes) + " " + now.Format(time.DateOnly)
}
