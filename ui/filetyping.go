package ui

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/internal/folder"
	"hearth/internal/linkguard"
	"hearth/ui/look"
	"hearth/ui/narrate"
	"hearth/ui/tr"
)

// setPlace puts a path into the line, its caret at the end. Of a name that is offered the
// part before its end is marked, to be typed over.
func (x *fileDialog) setPlace(path string) {
	x.settling = true
	defer func() { x.settling = false }()
	e := x.place.entry
	e.SetText(path)
	x.place.SetError("")
	if x.ask.save == nil {
		return
	}
	name := filepath.Base(path)
	ext := filepath.Ext(name)
	if strings.HasSuffix(path, string(filepath.Separator)) || name == ext {
		return
	}
	e.Select(len(path)-len(ext), len(path)-len(name))
}

// typePath goes on in the line with what begins a path.
func (x *fileDialog) typePath(begun string) {
	x.u.win.Canvas().Focus(x.place.entry)
	name := x.named()
	x.place.entry.SetText(begun + name)
	x.place.entry.Select(len(begun), len(begun))
}

// changed follows what is typed: the list shows what fits, and of which folder.
func (x *fileDialog) changed() {
	if x.settling {
		return
	}
	x.pause()
	x.typed = true
	if x.place.bad {
		x.place.SetError("")
	}
	dir, name := folder.Split(x.place.Text(), x.folder)
	if name == "" && dir == x.folder {
		x.typed = false
	}
	x.buttons()
	if dir == x.folder {
		if x.ask.save == nil {
			x.filter(name, 0)
		}
		return
	}
	x.pause = x.u.pump.after(searchPause, func() { x.follow(dir, func() {}) })
}

// follow shows the folder of what is typed, if there is one.
func (x *fileDialog) follow(dir string, then func()) {
	want := x.want
	x.stop()
	x.pause()
	ctx, stop := context.WithCancel(x.u.pump.ctx)
	x.stop = stop
	x.u.pump.work(func(context.Context) func() {
		list, err := folder.Read(ctx, dir, want)
		return func() {
			if ctx.Err() != nil || !x.d.isOpen {
				return
			}
			stop()
			if err != nil && len(list.Entries) == 0 {
				x.lost = dir
				return
			}
			before := x.folder
			x.show(dir, list, err)
			if now, name := folder.Split(x.place.Text(), before); now == dir && x.ask.save == nil {
				x.filter(name, 0)
			}
			x.buttons()
			then()
		}
	})
}

// complete goes on with what is typed as far as only one thing can be meant; false if
// there is nothing to go on with.
func (x *fileDialog) complete(do bool) bool {
	e := x.place.entry
	if !x.typed || e.Caret() != len(e.Text()) {
		return false
	}
	dir, name := folder.Split(e.Text(), x.folder)
	if dir != x.folder {
		if do && dir != x.lost { // not shown yet: by then there may be more to say
			x.follow(dir, func() { x.complete(true) })
		}
		return dir != x.lost
	}
	common := x.common(name)
	if common == "" || common == name {
		return false
	}
	if do {
		e.SetText(strings.TrimSuffix(e.Text(), name) + common) // changed follows
	}
	return true
}

// common is how all names in the folder go on that begin as typed; "" if there are none.
func (x *fileDialog) common(name string) (common string) {
	folded, some := folder.Fold(name), 0
	isFolder := false
	for i := range x.list.Entries {
		l := &x.list.Entries[i]
		switch {
		case name == "" || !l.Begins(folded) || x.ask.save != nil && !l.Folder:
		case some == 0:
			common, isFolder, some = l.Name, l.Folder, 1
		default:
			common, some = sameBeginning(common, l.Name), some+1
		}
	}
	if some == 1 && isFolder {
		return folder.Within(common)
	}
	return common
}

// sameBeginning is what two names have in common at their beginnings, written as in the
// first.
func sameBeginning(a, b string) string {
	x, y := []rune(a), []rune(b)
	n := 0
	for n < len(x) && n < len(y) && folder.Fold(string(x[n])) == folder.Fold(string(y[n])) {
		n++
	}
	return string(x[:n])
}

// placeKey leads from the line into the list.
func (x *fileDialog) placeKey(e *fyne.KeyEvent) bool {
	if e.Name != fyne.KeyDown || len(x.lines.shown) == 0 {
		return false
	}
	x.u.win.Canvas().Focus(x.lines)
	return true
}

// submit takes what is chosen, or what stands in the line.
func (x *fileDialog) submit() {
	if x.f.going {
		return
	}
	if x.ask.save != nil {
		x.submitPlace()
		return
	}
	if !x.typed {
		if len(x.marked) > 0 {
			x.take(x.chosen())
			return
		}
		x.focusList()
		return
	}
	path := folder.Path(x.place.Text(), x.folder)
	isFolder := false
	x.f.run(tr.S("file.save.busy"), func(context.Context) error {
		var there bool
		if there, isFolder = folder.Exists(path); !there {
			return &app.Failed{Code: app.FailBadValue, Field: "file", Err: errNothing}
		}
		return nil
	}, func() {
		switch {
		case isFolder:
			x.open(path, "")
			x.focusList()
		case x.ask.most == 1:
			x.take([]string{path})
		default:
			if len(x.marked) < x.ask.most {
				x.marked[path] = true
			}
			x.take(x.chosen())
		}
	})
}

// errNothing: there is nothing at a path.
var errNothing = errors.New("there is nothing at the path")

// submitPlace takes the place in the line, once nothing stands in the way.
func (x *fileDialog) submitPlace() {
	text := x.place.Text()
	path := folder.Path(text, x.folder)
	if strings.TrimSpace(text) == "" || path == x.folder {
		x.place.SetError(tr.S("choose.no_name"))
		x.place.Focus()
		return
	}
	isFolder := false
	x.f.run(tr.S("file.save.busy"), func(context.Context) error {
		if _, isFolder = folder.Exists(path); isFolder {
			return nil
		}
		return mayWrite(path)
	}, func() {
		if isFolder { // and the name stays
			x.open(path, x.ask.save.name)
			return
		}
		x.put(path, false)
	})
}

// confirmReplace asks before what is there is lost.
func (u *UI) confirmReplace(path string, then func()) {
	u.confirm(confirmation{
		title: tr.S("choose.replace"), text: tr.F("choose.replace.text", "Folder", inSentence(headOf(filepath.Dir(path)))),
		mono: narrate.FileName(filepath.Base(path)), do: tr.S("choose.replace.do"), danger: true, then: then,
	})
}

// put writes what is saved, if that is done here, and ends the dialog.
func (x *fileDialog) put(path string, replace bool) {
	s := x.ask.save
	done := func() {
		x.u.rememberFolder(filepath.Dir(path), true)
		x.d.Close()
		s.done(path, replace)
	}
	sure := func() {
		if s.write == nil {
			done()
			return
		}
		x.f.run(tr.S("file.save.busy"), func(ctx context.Context) error { return s.write(ctx, path, replace) }, done)
	}
	if s.sure == nil {
		sure()
		return
	}
	s.sure(path, sure)
}

// askNew asks for the name of a new folder in the one that is shown, and goes into it.
func (x *fileDialog) askNew() {
	u, f, parent := x.u, newForm(x.u), x.folder
	name := newField(tr.S("choose.new.name"), "")
	var d *dialog
	made := ""
	submit := func() {
		if !f.require("file", tr.S("choose.new.missing")) {
			return
		}
		wanted := strings.TrimSpace(linkguard.CleanLine(name.Text()))
		f.run(tr.S("file.save.busy"), func(context.Context) (err error) {
			made, err = folder.Make(parent, wanted)
			if err != nil {
				err = &app.Failed{Code: app.FailBadValue, Field: "file", Err: err}
			}
			return err
		}, func() {
			d.Close()
			if x.d.isOpen {
				x.open(made, "")
			}
		})
	}
	f.add("file", name, submit)
	f.after = func(e failure) bool {
		words := notMade(e.Err)
		if words == "" {
			return false
		}
		name.SetError(words)
		name.Focus()
		return true
	}
	f.submit = look.NewButton(tr.S("choose.new.do"), look.Primary, submit)
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { d.Close() })
	d = u.open(dialogSpec{
		title: tr.S("choose.new"), body: column(10, name, f.all, f.busy), buttons: []*look.Button{cancel, f.submit}, focus: name.entry,
	})
	f.page = d
}

// notMade says why a folder was not made; "" where the failure is another one.
func notMade(err error) string {
	var failed *fs.PathError
	switch {
	case errors.Is(err, fs.ErrExist):
		return tr.S("choose.new.exists")
	case errors.Is(err, fs.ErrInvalid):
		return tr.S("choose.new.bad")
	case errors.As(err, &failed):
		return tr.F("choose.new.failed", "Why", failed.Err.Error())
	}
	return ""
}
