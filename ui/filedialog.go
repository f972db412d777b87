package ui

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/folder"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// fileAsk says which files are asked for (docs/adr/0043).
type fileAsk struct {
	title  string
	take   string      // what the button says; "": how many files are sent
	most   int         // how many files may be chosen
	kind   *fileKind   // what is looked for; nil: files of every kind
	save   *fileSave   // a place for a file is asked for; nil: files that are there
	wanted func() bool // asked before taken is told; nil: always
	bare   bool        // ours does not open over what has come over the window meanwhile
	taken  func(paths []string)
}

// fileKind is a kind of files: its name and how their names end.
type fileKind struct {
	words tr.Key
	ends  []string
}

// The kinds that are looked for.
var (
	kindPictures     = fileKind{"choose.pictures", []string{".png", ".jpg", ".jpeg", ".gif", ".webp"}}
	kindCertificates = fileKind{"choose.certificates", []string{".pem", ".crt", ".cer", ".der", ".ca-bundle"}}
)

// fileSave is a file for which a place is asked.
type fileSave struct {
	name  string                         // that is offered
	where string                         // folder that is offered; "" the last one, or that of downloads
	about fyne.CanvasObject              // above; may be nil
	take  string                         // what the button says; "": Save
	group bool                           // it becomes a folder: nothing that is there is replaced
	sure  func(path string, then func()) // asked before; may be nil
	write func(ctx context.Context, path string, replace bool) error
	done  func(path string, replace bool)
}

// fileDialog is our own dialog for files: one folder at a time, and a line in which a
// path is typed or pasted. It belongs to the UI goroutine; what waits for the disk runs
// elsewhere, and the newest answer counts.
type fileDialog struct {
	u      *UI
	ask    fileAsk
	f      *form
	d      *dialog
	head   *look.Line
	place  *field
	list   folder.List // of what is shown
	lines  *fileList
	empty  *para // in the place of lines
	side   *fyne.Container
	shelf  []folder.Place
	places *look.IconButton // where there is no room for side
	upward *look.IconButton
	view   *look.IconButton
	kinds  *segments // nil: there is one kind
	body   *fyne.Container

	folder   string
	want     folder.Want
	marked   map[string]bool // paths
	typed    bool            // the line holds what the person typed
	stop     context.CancelFunc
	pause    func() // cancels what waits for more typing
	busy     func() // cancels saying that a folder takes long
	looking  bool   // sizes are being asked for
	turn     int    // counts what list was
	lost     string // a folder that is typed and is none
	since    time.Time
	clicked  time.Time
	settling bool // the line is changed by the program
}

// showFiles opens the dialog.
func (u *UI) showFiles(ask fileAsk) *fileDialog {
	x := &fileDialog{u: u, ask: ask, f: newForm(u), marked: map[string]bool{}, stop: func() {}, pause: func() {}, busy: func() {}}
	if ask.kind != nil {
		x.want.Ends = ask.kind.ends
	}
	x.head = look.NewStrong("", look.Body, look.Text)
	x.place = newField("", "")
	x.place.entry.name = tr.S("choose.place")
	x.place.entry.SetHint(tr.S("choose.place"))
	x.lines, x.empty = newFileList(x), centredPara("", look.Preview, look.Secondary)
	x.upward = look.NewIconButton(look.IconUp, tr.S("attach.up"), x.up)
	x.places = look.NewIconButton(look.IconHome, tr.S("choose.places"), x.placesMenu)
	x.f.submit = look.NewButton(x.words(), look.Primary, x.submit)
	x.f.add("file", x.place, x.submit)
	x.place.entry.OnChanged = func(string) { x.changed() }
	x.place.entry.key = x.placeKey
	x.place.entry.complete = x.complete
	x.f.after = x.refused
	x.build()
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { x.d.Close() })
	var focus fyne.Focusable = x.lines
	if ask.save != nil {
		focus = x.place.entry
	}
	x.d = u.open(dialogSpec{
		title: ask.title, width: 720, body: x.body, buttons: []*look.Button{cancel, x.f.submit}, focus: focus,
		closed: func() {
			x.stop()
			x.pause()
			x.busy()
		},
	})
	x.f.page = x.d
	x.buttons()
	x.begin()
	return x
}

// build puts the parts of the dialog together.
func (x *fileDialog) build() {
	x.view = look.NewIconButton(look.IconMore, tr.S("choose.view"), x.viewMenu)
	bar := rowGrow(4, 2, x.upward, x.places, x.head, x.view)
	if x.ask.save != nil {
		bar.Objects = slices.Insert(bar.Objects, 3, fyne.CanvasObject(look.NewIconButton(look.IconFolderAdd, tr.S("choose.new"), x.askNew)))
	}
	back := look.NewBox(look.FieldFill, look.Radius, nil)
	list := container.New(&fileListRoom{}, back, x.lines, x.empty)
	parts := []fyne.CanvasObject{bar, x.place.Container, list}
	if x.ask.save != nil && x.ask.save.about != nil {
		parts = slices.Insert(parts, 0, x.ask.save.about)
	}
	main := columnGrow(8, len(parts)-1, parts...)
	if k := x.ask.kind; k != nil {
		x.kinds = newSegments([]string{tr.S(k.words), tr.S("choose.all")}, 0, func(i int) {
			x.want.Ends = nil
			if i == 0 {
				x.want.Ends = k.ends
			}
			x.again()
		})
		main.Add(x.kinds)
	}
	main.Add(x.f.all)
	main.Add(x.f.busy)
	x.side = column(2)
	x.body = container.New(&fileDialogLayout{x: x}, x.side, main)
}

// fileListRoom lays the list over its ground, and words in the middle of it.
type fileListRoom struct{}

// MinSize implements fyne.Layout.
func (fileListRoom) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(120, leastList) }

// Layout implements fyne.Layout.
func (fileListRoom) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	lay(objects[0], 0, 0, s.Width, s.Height)
	lay(objects[1], 4, 4, s.Width-8, s.Height-8)
	high := heightFor(objects[2], s.Width-24)
	lay(objects[2], 12, max(12, (s.Height-high)*0.42), s.Width-24, high)
}

// fileDialogLayout puts the places beside the rest where there is room. It is as high
// whatever the folder holds: the dialog does not jump.
type fileDialogLayout struct{ x *fileDialog }

const fileDialogTall float32 = 430

// sideWidth is the width of the places, 0 where there is no room for them.
func (l *fileDialogLayout) sideWidth(width float32) float32 {
	if width < look.Grown(520) {
		return 0
	}
	return look.Grown(160)
}

func (l *fileDialogLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	least := l.main(objects, width)
	d := l.x.d
	if d == nil {
		return max(least, look.Grown(fileDialogTall))
	}
	inner := width
	room := l.x.u.win.Canvas().Size().Height - 16 - d.header(inner) - dialogPad
	var foot []fyne.CanvasObject
	for _, b := range d.spec.buttons {
		foot = append(foot, b)
	}
	room -= heightFor(flowEnd(8, foot...), inner) + 20 + 4
	return max(least, min(look.Grown(fileDialogTall), room))
}

// main is the least height of what is beside the places.
func (l *fileDialogLayout) main(objects []fyne.CanvasObject, width float32) float32 {
	side := l.sideWidth(width)
	if side > 0 {
		width -= side + 12
	}
	return heightFor(objects[1], width)
}

// MinSize implements fyne.Layout.
func (l *fileDialogLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(200, l.main(objects, max(200, objects[1].Size().Width)))
}

// Layout implements fyne.Layout.
func (l *fileDialogLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	side := l.sideWidth(s.Width)
	objects[0].(*fyne.Container).Hidden = side == 0
	l.x.places.Hidden = side > 0
	if side > 0 {
		lay(objects[0], 0, 0, side, heightFor(objects[0], side))
		side += 12
	}
	lay(objects[1], side, 0, s.Width-side, s.Height)
}

// words are what the button says.
func (x *fileDialog) words() string {
	switch {
	case x.ask.take != "":
		return x.ask.take
	case len(x.marked) == 0:
		return tr.S("attach.long.do")
	}
	return tr.N("attach.add", len(x.marked))
}

// buttons say what can be done now.
func (x *fileDialog) buttons() {
	if words := x.words(); words != x.f.submit.Text() {
		x.f.submit.SetText(words)
		x.d.Refresh()
	}
	if x.ask.save != nil || len(x.marked) > 0 || x.typed {
		x.f.submit.Enable()
	} else {
		x.f.submit.Disable()
	}
	if filepath.Dir(x.folder) == x.folder {
		x.upward.Disable()
	} else {
		x.upward.Enable()
	}
}

// begin shows the folder that files were chosen in last, the person's own if it is gone.
func (x *fileDialog) begin() {
	last, name := x.u.settings.Folder, ""
	if s := x.ask.save; s != nil {
		last, name = x.u.settings.SaveFolder, s.name
		if s.where != "" {
			last = s.where
		}
	}
	saves := x.ask.save != nil
	x.u.pump.work(func(context.Context) func() {
		where := last
		if _, is := folder.Exists(where); !is && saves {
			where = folder.Downloads()
		} else if !is {
			where = folder.Home()
		}
		if saves {
			name = filepath.Base(freePath(where, name))
		}
		shelf := folder.Places()
		return func() {
			if !x.d.isOpen {
				return
			}
			if x.shelf == nil {
				x.shelf = shelf
				x.showSide()
			}
			if x.folder == "" && !x.typed { // the person was not faster
				x.open(where, name)
			}
		}
	})
}

// open shows a folder; in the line stands its path, and a name where one is asked for: ""
// keeps the one that is there.
func (x *fileDialog) open(path, name string) {
	if x.ask.save != nil && name == "" {
		name = x.named()
	}
	x.read(path, func() {
		x.setPlace(folder.Within(x.folder) + name)
		x.typed = false
	})
}

// named is the name in the line, where a place is asked for.
func (x *fileDialog) named() string {
	if x.ask.save == nil {
		return ""
	}
	if _, name := folder.Split(x.place.Text(), x.folder); name != "" {
		return name
	}
	return x.ask.save.name
}

// read reads a folder off the UI goroutine; the newest that is wanted counts.
func (x *fileDialog) read(path string, then func()) {
	x.stop()
	x.pause()
	x.busy()
	ctx, stop := context.WithCancel(x.u.pump.ctx)
	x.stop = stop
	x.busy = x.u.pump.after(searchSlow, func() {
		x.turn++
		x.list = folder.List{}
		x.lines.show(nil, 0)
		x.say(tr.S("choose.reading"), look.Secondary)
	})
	want := x.want
	x.u.pump.work(func(context.Context) func() {
		list, err := folder.Read(ctx, path, want)
		return func() {
			if ctx.Err() != nil || !x.d.isOpen {
				return
			}
			stop()
			x.busy()
			x.show(path, list, err)
			then()
			x.buttons()
		}
	})
}

// again reads the folder that is shown once more.
func (x *fileDialog) again() { x.read(x.folder, func() {}) }

// show lists what was read.
func (x *fileDialog) show(path string, list folder.List, err error) {
	before := x.folder
	x.folder, x.list, x.since = path, list, time.Now()
	x.turn++
	x.head.SetText(headOf(path))
	x.showSide()
	cursor := 0
	if filepath.Dir(before) == path { // up: on the folder one comes from
		cursor = max(0, slices.IndexFunc(list.Entries, func(e folder.Entry) bool { return x.pathOf(&e) == before }))
	}
	x.filter("", cursor)
	switch {
	case err != nil && len(list.Entries) == 0:
		x.say(tr.S("attach.unreadable"), look.Bad)
	case list.More:
		x.f.setAll(tr.F("choose.more", "N", folder.Most))
		return
	}
	x.f.setAll("")
}

// headOf is a folder's own name.
func headOf(path string) string {
	name := filepath.Base(path)
	if filepath.Dir(path) == path {
		name = path
	}
	return cleanName(name)
}

// filter lists the lines that begin as typed.
func (x *fileDialog) filter(begun string, cursor int) {
	shown := make([]int, 0, len(x.list.Entries))
	folded := folder.Fold(begun)
	for i := range x.list.Entries {
		if x.list.Entries[i].Begins(folded) {
			shown = append(shown, i)
		}
	}
	words := ""
	switch {
	case len(shown) > 0:
	case begun != "" && len(x.list.Entries) > 0:
		words = tr.F("choose.none_typed", "Name", inSentence(cleanName(begun)))
	case x.list.Other > 0:
		words = tr.S("choose.none_kind")
	case x.list.Hidden > 0:
		words = tr.S("choose.only_hidden")
	default:
		words = tr.S("attach.empty")
	}
	x.say(words, look.Secondary)
	x.lines.show(shown, cursor)
}

// say puts words where the lines would be, "" none.
func (x *fileDialog) say(words string, ink look.Ink) {
	x.empty.Set(words, ink)
	x.empty.Hidden = words == ""
	x.body.Refresh()
}

func (x *fileDialog) pathOf(e *folder.Entry) string { return filepath.Join(x.folder, e.Name) }

// lookUp asks for sizes and times of lines in view of which they are not known.
func (x *fileDialog) lookUp(first, end int) {
	if x.looking || x.d == nil {
		return
	}
	var at []int
	var entries []folder.Entry
	for i := first; i < end; i++ {
		if e := x.lines.entry(i); e != nil && !e.Known {
			at, entries = append(at, x.lines.shown[i]), append(entries, *e)
		}
	}
	if len(at) == 0 {
		return
	}
	x.looking = true
	path, turn := x.folder, x.turn
	x.u.pump.work(func(ctx context.Context) func() {
		found := folder.Look(ctx, path, entries)
		return func() {
			x.looking = false
			if x.turn == turn && x.d.isOpen {
				for i, n := range at {
					x.list.Entries[n] = found[i]
				}
			}
			x.lines.fill() // and those that have come into view
		}
	})
}

// up shows the folder above.
func (x *fileDialog) up() {
	if above := filepath.Dir(x.folder); x.folder != "" && above != x.folder {
		x.open(above, "")
		x.focusList()
	}
}

// focusList gives the list the keyboard, once the click that leads there is over: at its
// end the toolkit takes it away.
func (x *fileDialog) focusList() {
	x.u.pump.foreign(func() {
		if x.d.isOpen && x.u.dialogs[len(x.u.dialogs)-1] == x.d {
			x.u.win.Canvas().Focus(x.lines)
		}
	})
}

// mark chooses a file or takes that back; of a place it takes the name.
func (x *fileDialog) mark(e *folder.Entry) {
	if e == nil || e.Folder {
		return
	}
	path := x.pathOf(e)
	switch {
	case x.ask.save != nil:
		x.setPlace(path)
		x.typed = false
	case x.marked[path]:
		delete(x.marked, path)
	case x.ask.most == 1: // another one instead
		clear(x.marked)
		x.marked[path] = true
	case len(x.marked) >= x.ask.most:
		x.f.setAll(tr.F("attach.too_many", "Most", x.ask.most))
		return
	default:
		x.marked[path] = true
	}
	x.lines.fill()
	x.buttons()
}

// markAll chooses all files between two lines, as many as may be, and takes none back.
func (x *fileDialog) markAll(from, to int) {
	for i := min(from, to); i <= max(from, to); i++ {
		e := x.lines.entry(i)
		if e == nil || e.Folder || x.marked[x.pathOf(e)] {
			continue
		}
		if len(x.marked) >= x.ask.most {
			x.f.setAll(tr.F("attach.too_many", "Most", x.ask.most))
			break
		}
		x.marked[x.pathOf(e)] = true
	}
	x.lines.fill()
	x.buttons()
}

// enter goes into a folder, or takes a file and all that are chosen.
func (x *fileDialog) enter(e *folder.Entry) {
	switch {
	case e == nil:
	case e.Folder:
		x.open(x.pathOf(e), "")
	case x.ask.save != nil:
		x.mark(e)
		x.submit()
	case len(x.marked) == 0 || x.ask.most == 1:
		x.take([]string{x.pathOf(e)})
	default:
		x.take(x.chosen())
	}
}

// chosen are the files that are marked, in order.
func (x *fileDialog) chosen() []string {
	paths := make([]string, 0, len(x.marked))
	for p := range x.marked {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}

// take ends the dialog with files.
func (x *fileDialog) take(paths []string) {
	x.u.rememberFolder(filepath.Dir(paths[len(paths)-1]), false)
	x.d.Close()
	if x.ask.wanted == nil || x.ask.wanted() {
		x.ask.taken(paths)
	}
}

// rememberFolder keeps where files were chosen, or saved, for the next time.
func (w *Window) rememberFolder(path string, saved bool) {
	s := w.settings
	if saved {
		s.SaveFolder = path
	} else {
		s.Folder = path
	}
	if s != w.settings {
		w.settings = s
		w.keeper.want(s)
	}
}

// filesToSend asks for what a message shall carry.
func filesToSend(taken func([]string), wanted func() bool) fileAsk {
	return fileAsk{title: tr.S("attach.choose"), most: chat.MaxFiles, taken: taken, wanted: wanted, bare: true}
}

// refused shows at the line what is wrong with what stands there.
func (x *fileDialog) refused(e failure) bool {
	path := folder.Path(x.place.Text(), x.folder)
	if e.Code == app.FailExists && x.ask.save != nil && !x.ask.save.group {
		x.u.confirmReplace(path, func() { x.put(path, true) })
		return true
	}
	return refusePlace(x.place, e, path)
}
