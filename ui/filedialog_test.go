package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hearth/internal/desktop"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// shelfOf makes a folder with files and folders, whose names end in a separator.
func shelfOf(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		var err error
		if strings.HasSuffix(name, "/") {
			err = os.MkdirAll(path, 0o700)
		} else {
			err = os.WriteFile(path, []byte(name), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// asked opens the dialog in a folder and waits until that is listed.
func asked(t *testing.T, ask fileAsk, dir string) (*fileDialog, *queue) {
	t.Helper()
	g, q := newGallery(t, "main,light,en")
	q.run()
	g.u.settings.Folder, g.u.settings.SaveFolder = dir, dir
	x := g.u.showFiles(ask)
	q.until(t, "the folder", func() bool { return x.folder == dir && !x.looking })
	return x, q
}

// listed are the names in the list.
func (l *fileList) listed() (names []string) {
	for i := range l.shown {
		names = append(names, l.entry(i).Name)
	}
	return names
}

func (x *fileDialog) keys(names ...fyne.KeyName) {
	for _, k := range names {
		key(x.u, k)
	}
}

func (x *fileDialog) types(text string) {
	for _, r := range text {
		x.u.win.Canvas().Focused().TypedRune(r)
	}
}

// TestFilesByKeys: the keyboard goes through folders, chooses several files and takes
// them; the focus stays on the list, and the dialog as high as it was.
func TestFilesByKeys(t *testing.T) {
	dir := shelfOf(t, "pictures/", "empty/", "a.txt", "b.txt", "c.txt", "pictures/z.png")
	var taken []string
	x, q := asked(t, filesToSend(func(paths []string) { taken = paths }, nil), dir)
	c := x.u.win.Canvas()
	tall := x.body.Size().Height
	if want := []string{"empty", "pictures", "a.txt", "b.txt", "c.txt"}; !slices.Equal(x.lines.listed(), want) || tall < leastList {
		t.Fatalf("%q, %v high", x.lines.listed(), tall)
	}
	x.keys(fyne.KeyReturn)
	q.until(t, "the empty folder", func() bool { return x.folder == filepath.Join(dir, "empty") })
	if !shows(x.u, tr.S("attach.empty")) || x.body.Size().Height != tall || c.Focused() != fyne.Focusable(x.lines) {
		t.Errorf("in an empty folder: %v high, focus on %T", x.body.Size().Height, c.Focused())
	}
	x.keys(fyne.KeyReturn, fyne.KeySpace, fyne.KeyDown, fyne.KeyPageUp, fyne.KeyEnd) // nothing to take
	x.keys(fyne.KeyBackspace)
	q.until(t, "the way up", func() bool { return x.folder == dir })
	x.keys(fyne.KeyDown, fyne.KeyReturn)
	q.until(t, "the pictures", func() bool { return x.folder == filepath.Join(dir, "pictures") })
	x.keys(fyne.KeySpace, fyne.KeyBackspace)
	q.until(t, "the way up", func() bool { return x.folder == dir })
	if e := x.lines.entry(x.lines.cursor); e == nil || e.Name != "pictures" {
		t.Errorf("above it the cursor is on %+v", e)
	}
	x.types("b")
	if e := x.lines.entry(x.lines.cursor); e.Name != "b.txt" {
		t.Errorf("b leads to %q", e.Name)
	}
	x.lines.at = time.Time{} // a pause
	x.keys(fyne.KeySpace, fyne.KeyDown, fyne.KeySpace, fyne.KeySpace)
	if got := x.f.submit.Text(); got != tr.N("attach.add", 2) {
		t.Errorf("the button says %q", got)
	}
	x.keys(fyne.KeyReturn)
	if want := []string{filepath.Join(dir, "b.txt"), filepath.Join(dir, "pictures", "z.png")}; !slices.Equal(taken, want) || len(x.u.dialogs) != 0 {
		t.Errorf("took %q", taken)
	}
	if x.u.settings.Folder == "" {
		t.Error("the folder is not remembered")
	}
}

// TestFilesTyped: a path is typed or pasted; the list follows, Tab completes, and what is
// not there is said.
func TestFilesTyped(t *testing.T) {
	dir := shelfOf(t, "projects/", "Pro.txt", "a.txt", "projects/plan one.pdf", "projects/plan two.pdf")
	t.Setenv("HOME", filepath.Join(dir, "projects"))
	var taken []string
	x, q := asked(t, filesToSend(func(paths []string) { taken = paths }, nil), dir)
	e := x.place.entry
	x.u.win.Canvas().Focus(e)
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	if e.AcceptsTab() {
		t.Error("Tab is taken although nothing is typed")
	}
	x.types("pr")
	if want := []string{"projects", "Pro.txt"}; !slices.Equal(x.lines.listed(), want) {
		t.Errorf("listed %q", x.lines.listed())
	}
	x.types("oj")
	if !e.AcceptsTab() {
		t.Fatal("Tab does not complete")
	}
	x.keys(fyne.KeyTab)
	if want := folderWithin(dir, "projects"); e.Text() != want {
		t.Errorf("completed to %q", e.Text())
	}
	q.until(t, "the folder that is typed", func() bool { return x.folder == filepath.Join(dir, "projects") })
	x.types("p")
	x.keys(fyne.KeyTab)
	if want := folderWithin(dir, "projects") + "plan "; e.Text() != want || e.AcceptsTab() {
		t.Errorf("completed to %q", e.Text())
	}
	x.types("three")
	if len(x.lines.shown) != 0 || !shows(x.u, tr.F("choose.none_typed", "Name", inSentence("plan three"))) {
		t.Errorf("listed %q", x.lines.listed())
	}
	x.keys(fyne.KeyReturn)
	q.until(t, "that it is not there", func() bool { return shows(x.u, tr.F("choose.no_such", "Name", inSentence("plan three"))) })
	e.SetText("/nowhere/at/all/x")
	q.linger(2 * searchPause)
	if x.folder != filepath.Join(dir, "projects") {
		t.Errorf("followed to %q", x.folder)
	}
	if x.complete(true); !x.complete(false) {
		q.run()
	}
	q.until(t, "Tab goes on", func() bool { return !e.AcceptsTab() })
	e.SetText("~/plan two.pdf")
	x.keys(fyne.KeyReturn)
	q.until(t, "the file", func() bool { return len(taken) == 1 })
	if taken[0] != filepath.Join(dir, "projects", "plan two.pdf") {
		t.Errorf("took %q", taken)
	}
}

func folderWithin(parts ...string) string {
	return filepath.Join(parts...) + string(filepath.Separator)
}

// TestFilesByMouse: a click chooses or takes back, a double click takes; the second half
// of one that opened a folder does nothing in it; after a click the list has the keyboard.
func TestFilesByMouse(t *testing.T) {
	dir := shelfOf(t, "sub/", "a.txt", "sub/b.txt", "sub/c.txt")
	var taken []string
	x, q := asked(t, filesToSend(func(paths []string) { taken = paths }, nil), dir)
	x.since = time.Time{}
	tap := func(i int) {
		for _, r := range x.lines.pool {
			if r.i == i {
				test.Tap(r)
				return
			}
		}
		t.Fatalf("line %d is not in view", i)
	}
	tap(0)
	q.until(t, "the folder", func() bool { return x.folder == filepath.Join(dir, "sub") })
	x.since = time.Now()
	x.u.win.Canvas().Unfocus() // as the toolkit does at the end of a click
	tap(0)
	q.run()
	if len(x.marked) != 0 || x.u.win.Canvas().Focused() != nil {
		t.Errorf("the second half of a double click chose %v", x.marked)
	}
	x.since = time.Time{}
	tap(0)
	tap(1)
	q.run()
	if len(x.marked) != 2 || x.u.win.Canvas().Focused() != fyne.Focusable(x.lines) {
		t.Errorf("%v, focus on %T", x.marked, x.u.win.Canvas().Focused())
	}
	tap(1)
	if len(taken) != 2 {
		t.Errorf("a double click took %q", taken)
	}
}

// TestFilesInARow: with Shift, a click or a step chooses all files on the way, the shortcut
// of the system for all chooses those of the folder; never more than may be.
func TestFilesInARow(t *testing.T) {
	dir := shelfOf(t, "pictures/", "a.txt", "b.txt", "c.txt", "d.txt", "e.txt")
	ask := filesToSend(func([]string) {}, nil)
	ask.most = 4
	x, _ := asked(t, ask, dir)
	var held fyne.KeyModifier
	x.lines.held = func() fyne.KeyModifier { return held }
	chosen := func(what string, want ...string) {
		t.Helper()
		var names []string
		for _, p := range x.chosen() {
			names = append(names, filepath.Base(p))
		}
		if !slices.Equal(names, want) {
			t.Errorf("%s: %q, want %q", what, names, want)
		}
	}
	x.since = time.Time{}
	x.lines.tapped(1)
	chosen("a click", "a.txt")
	held = fyne.KeyModifierShift
	x.lines.tapped(3)
	chosen("a click with Shift", "a.txt", "b.txt", "c.txt")
	x.lines.tapped(0)
	chosen("backwards, over a folder", "a.txt", "b.txt", "c.txt")
	if x.folder != dir {
		t.Error("the folder was opened")
	}
	clear(x.marked)
	x.keys(fyne.KeyDown, fyne.KeyDown)
	chosen("steps with Shift", "a.txt", "b.txt")
	held = 0
	x.keys(fyne.KeyDown)
	chosen("a step without", "a.txt", "b.txt")
	x.lines.TypedShortcut(&fyne.ShortcutSelectAll{})
	chosen("all", "a.txt", "b.txt", "c.txt", "d.txt")
	if !shows(x.u, tr.F("attach.too_many", "Most", 4)) {
		t.Error("it does not say that these are too many")
	}
}

// TestFilesOfAKind: others than those that are looked for are left out until somebody
// wants them, and only one is chosen.
func TestFilesOfAKind(t *testing.T) {
	dir := shelfOf(t, "ca.PEM", "other.crt", "notes.txt", ".hidden.pem")
	var taken []string
	x, q := asked(t, fileAsk{title: "x", take: "Use", most: 1, kind: &kindCertificates, taken: func(p []string) { taken = p }}, dir)
	if want := []string{"ca.PEM", "other.crt"}; !slices.Equal(x.lines.listed(), want) {
		t.Errorf("listed %q", x.lines.listed())
	}
	x.want.Hidden = true
	x.kinds.choose(1)
	q.until(t, "all files", func() bool { return len(x.lines.shown) == 4 })
	for i := range 3 {
		x.mark(x.lines.entry(i))
	}
	if len(x.marked) != 1 {
		t.Errorf("chosen: %v", x.marked)
	}
	pressButton(t, x.u, "Use")
	if want := []string{filepath.Join(dir, "notes.txt")}; !slices.Equal(taken, want) {
		t.Errorf("took %q, want %q", taken, want)
	}
}

// TestFilesUnreadable: of a folder that cannot be read that is said, and the way up is
// open.
func TestFilesUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		t.Log("root reads every folder: one that is gone stands for it")
	}
	dir := shelfOf(t, "locked/")
	x, q := asked(t, filesToSend(func([]string) {}, nil), dir)
	if err := os.Remove(filepath.Join(dir, "locked")); err != nil {
		t.Fatal(err)
	}
	x.keys(fyne.KeyReturn)
	q.until(t, "the words", func() bool { return shows(x.u, tr.S("attach.unreadable")) })
	x.keys(fyne.KeyBackspace)
	q.until(t, "the folder above", func() bool { return x.folder == dir })
}

// TestFilesHuge: of a folder of any size only lines in view have widgets and are asked
// for on the disk.
func TestFilesHuge(t *testing.T) {
	const many = 3_000
	dir := t.TempDir()
	for i := range many {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("IMG_%d.jpg", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	x, q := asked(t, filesToSend(func([]string) {}, nil), dir)
	if len(x.lines.shown) != many || len(x.lines.pool) > 40 {
		t.Fatalf("%d lines, %d widgets", len(x.lines.shown), len(x.lines.pool))
	}
	x.keys(fyne.KeyEnd)
	last := x.lines.entry(many - 1)
	q.until(t, "its size", func() bool { return last.Known && !x.looking })
	known := 0
	for i := range many {
		if x.lines.entry(i).Known {
			known++
		}
	}
	if last.Name != "IMG_2999.jpg" || known > 100 || len(x.lines.pool) > 40 {
		t.Errorf("%q, %d known, %d widgets", last.Name, known, len(x.lines.pool))
	}
}

// TestSavePlace: a place is chosen or typed; a name is kept from folder to folder, a new
// folder is made, and what is there is not lost without a word.
func TestSavePlace(t *testing.T) {
	dir := shelfOf(t, "sub/", "there.txt")
	var written []string
	s := fileSave{
		name: "sheet.txt",
		write: func(_ context.Context, path string, replace bool) error {
			if strings.HasPrefix(filepath.Base(path), "bad") {
				return errors.New("no")
			}
			written = append(written, fmt.Sprint(filepath.Base(path), replace))
			return nil
		},
		done: func(string, bool) {},
	}
	x, q := asked(t, fileAsk{title: "x", take: "Save", most: 1, save: &s}, dir)
	e := x.place.entry
	q.until(t, "the place", func() bool { return e.Text() == filepath.Join(dir, "sheet.txt") })
	x.open(filepath.Join(dir, "sub"), "")
	q.until(t, "the name in another folder", func() bool { return e.Text() == filepath.Join(dir, "sub", "sheet.txt") })
	x.askNew()
	name := line(t, x.u)
	for text, want := range map[string]string{"": tr.S("choose.new.missing"), "a/b": tr.S("choose.new.bad"), "..": tr.S("choose.new.bad")} {
		name.SetText(text)
		pressButton(t, x.u, tr.S("choose.new.do"))
		q.until(t, "what is wrong with "+text, func() bool { return shows(x.u, want) })
	}
	name.SetText("fresh")
	pressButton(t, x.u, tr.S("choose.new.do"))
	q.until(t, "the new folder", func() bool { return e.Text() == filepath.Join(dir, "sub", "fresh", "sheet.txt") })
	e.SetText(filepath.Join(dir, "bad.txt"))
	pressButton(t, x.u, "Save")
	q.until(t, "the failure", func() bool { return x.f.all.Visible() })
	e.SetText(filepath.Join(dir, "there.txt"))
	pressButton(t, x.u, "Save")
	q.until(t, "the question", func() bool { return shows(x.u, tr.S("choose.replace")) })
	if b, ok := x.u.win.Canvas().Focused().(*look.Button); !ok || b.Text() != tr.S("button.cancel") {
		t.Error("Enter alone would lose the file")
	}
	pressButton(t, x.u, tr.S("choose.replace.do"))
	q.until(t, "the end", func() bool { return len(x.u.dialogs) == 0 })
	if want := []string{"there.txttrue"}; !slices.Equal(written, want) || x.u.settings.SaveFolder != dir {
		t.Errorf("wrote %q, remembers %q", written, x.u.settings.SaveFolder)
	}
}

// TestDesktopFiles: the desktop's dialog is asked first, told what is looked for; where it
// has none ours opens, and where it does not answer ours opens when somebody asks again.
func TestDesktopFiles(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	var got desktop.Ask
	var taken []string
	ask := fileAsk{title: "Which?", take: "Use", most: 1, kind: &kindPictures, taken: func(p []string) { taken = p }}
	u.desktop.AskFiles = func(_ context.Context, a desktop.Ask) ([]string, error) {
		got = a
		return []string{"/pictures/a.png"}, nil
	}
	u.chooseFiles(ask)
	q.until(t, "the answer", func() bool { return len(taken) == 1 })
	if got.Title != "Which?" || got.Many || got.Save || len(got.Kinds) != 2 || got.Kinds[0].Ends[0] != ".png" || u.settings.Folder != "/pictures" {
		t.Errorf("asked %+v, remembers %q", got, u.settings.Folder)
	}
	u.desktop.AskFiles = func(context.Context, desktop.Ask) ([]string, error) { return nil, desktop.ErrNoChooser }
	u.chooseFiles(ask)
	q.until(t, "our dialog", func() bool { return openFiles(u) != nil })
	u.closeAll()
	ended := make(chan struct{})
	u.desktop.AskFiles = func(ctx context.Context, _ desktop.Ask) ([]string, error) {
		<-ctx.Done()
		close(ended)
		return []string{"/too/late"}, nil
	}
	u.chooseFiles(ask)
	if openFiles(u) != nil {
		t.Error("both dialogs are open")
	}
	u.chooseFiles(ask)
	<-ended
	q.run()
	if openFiles(u) == nil || len(taken) != 1 || u.choosing != nil {
		t.Errorf("ours is open: %v, took %q", openFiles(u) != nil, taken)
	}
	u.closeAll()
	path := filepath.Join(t.TempDir(), "sheet.txt")
	u.desktop.AskFiles = func(_ context.Context, a desktop.Ask) ([]string, error) {
		got = a
		return []string{path}, nil
	}
	saved := ""
	u.askPlace("Where?", fileSave{
		name:  "sheet.txt",
		write: func(_ context.Context, path string, replace bool) error { return writeSheet(path, "text", replace) },
		done:  func(path string, _ bool) { saved = path },
	})
	q.until(t, "the sheet", func() bool { return saved == path })
	if text, err := os.ReadFile(path); string(text) != "text" || err != nil || !got.Save || got.Name != "sheet.txt" {
		t.Errorf("%q, %v; asked %+v", text, err, got)
	}
}
