package ui

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"hearth/chat"
	"hearth/internal/desktop"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// fileChooser is our own dialog for choosing files, for desktops that have none we can
// reach: one folder at a time, several files at once.
type fileChooser struct {
	u      *UI
	d      *dialog
	folder string
	picked map[string]bool // paths
	place  *look.Line
	list   *fyne.Container
	add    *look.Button
	marks  []func() // draw the lines of the folder anew
	taken  func(paths []string)
	one    *oneFile // wanted, not files to send; nil: these
}

// oneFile are the words for choosing one file that is not sent.
type oneFile struct{ title, take string }

// folderEntry is a line of a folder.
type folderEntry struct {
	name   string
	path   string
	folder bool
	size   int64
}

// mostEntries is how many lines of a folder are shown.
const mostEntries = 300

// chooseHere asks with our own dialog, once a folder has been read: so it opens at
// its size, and the keys find the files.
func (c *composer) chooseHere() {
	u := c.h.u
	u.chooseHere(nil, c.attach, func() bool { return u.home != nil && u.home.pane.composer == c && !u.covered() })
}

// chooseHere is the same for whoever takes what is chosen, if that is still wanted when
// the folder has been read.
func (u *UI) chooseHere(one *oneFile, taken func(paths []string), wanted func() bool) {
	folder := u.chosenIn
	if folder == "" {
		folder = homeFolder()
	}
	u.choosing = true
	u.pump.work(func(context.Context) func() {
		entries, err := readFolder(folder)
		return func() {
			u.choosing = false
			if wanted() {
				u.newFileChooser(one, taken).show(folder, entries, err)
			}
		}
	})
}

// chooseOne asks for one file that is not sent, in the desktop's own dialog or in ours.
// The caller's page must still be wanted; taken gets one path.
func (u *UI) chooseOne(words oneFile, taken func(path string), wanted func() bool) {
	if u.choosing {
		return
	}
	first := func(paths []string) {
		if len(paths) > 0 && wanted() {
			taken(paths[0])
		}
	}
	if u.desktop.ChooseFiles == nil {
		u.chooseHere(&words, first, wanted)
		return
	}
	u.choosing = true
	u.pump.work(func(ctx context.Context) func() {
		paths, err := u.desktop.ChooseFiles(ctx, words.title)
		return func() {
			u.choosing = false
			if errors.Is(err, desktop.ErrNoChooser) {
				u.chooseHere(&words, first, wanted)
				return
			}
			first(paths)
		}
	})
}

func (c *composer) newFileChooser() *fileChooser { return c.h.u.newFileChooser(nil, c.attach) }

func (u *UI) newFileChooser(one *oneFile, taken func(paths []string)) *fileChooser {
	x := &fileChooser{u: u, picked: map[string]bool{}, taken: taken, one: one}
	x.place = look.NewElided("", look.Preview, look.Secondary)
	x.list = column(0)
	x.add = look.NewButton(x.addWords(), look.Primary, func() {
		paths := make([]string, 0, len(x.picked))
		for p := range x.picked {
			paths = append(paths, p)
		}
		slices.Sort(paths)
		x.d.Close()
		x.taken(paths)
	})
	x.add.Disable()
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { x.d.Close() })
	up := look.NewIconButton(look.IconUp, tr.S("attach.up"), func() { x.open(filepath.Dir(x.folder)) })
	home := look.NewIconButton(look.IconHome, tr.S("attach.home"), func() { x.open(homeFolder()) })
	title := tr.S("attach.choose")
	if one != nil {
		title = one.title
	}
	x.d = u.open(dialogSpec{
		title: title, width: 560,
		body:    column(8, rowGrow(4, 2, up, home, x.place), x.list),
		buttons: []*look.Button{cancel, x.add}, focus: up,
	})
	return x
}

// addWords are what the button says.
func (x *fileChooser) addWords() string {
	if x.one != nil {
		return x.one.take
	}
	return tr.N("attach.add", len(x.picked))
}

// most is how many files may be chosen.
func (x *fileChooser) most() int {
	if x.one != nil {
		return 1
	}
	return chat.MaxFiles
}

func homeFolder() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return os.TempDir()
	}
	return home
}

// open shows a folder; reading it does not stop the window.
func (x *fileChooser) open(folder string) {
	x.u.pump.work(func(context.Context) func() {
		entries, err := readFolder(folder)
		return func() {
			if !x.d.isOpen {
				return
			}
			x.show(folder, entries, err)
		}
	})
}

// readFolder lists folders, then files, without those that systems hide.
func readFolder(folder string) (list []folderEntry, err error) {
	all, err := os.ReadDir(folder)
	for _, e := range all {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		info, err := os.Stat(filepath.Join(folder, e.Name())) // where a link leads
		if err != nil || !info.IsDir() && !info.Mode().IsRegular() {
			continue
		}
		list = append(list, folderEntry{e.Name(), filepath.Join(folder, e.Name()), info.IsDir(), info.Size()})
	}
	slices.SortFunc(list, func(a, b folderEntry) int {
		if a.folder != b.folder {
			if a.folder {
				return -1
			}
			return 1
		}
		return strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name))
	})
	return list, err
}

// show makes the lines of a folder.
func (x *fileChooser) show(folder string, entries []folderEntry, err error) {
	x.folder, x.u.chosenIn = folder, folder
	x.place.SetText(folder)
	x.list.Objects, x.marks = nil, nil
	for _, e := range entries[:min(len(entries), mostEntries)] {
		x.list.Add(x.line(e))
	}
	switch {
	case err != nil && len(entries) == 0:
		x.list.Add(newPara(tr.S("attach.unreadable"), look.Preview, look.Bad))
	case len(entries) == 0:
		x.list.Add(newPara(tr.S("attach.empty"), look.Preview, look.Secondary))
	case len(entries) > mostEntries:
		x.list.Add(newPara(tr.N("attach.rest", len(entries)-mostEntries), look.Preview, look.Secondary))
	}
	x.list.Refresh()
	x.d.page.Refresh()
	x.d.Refresh()
}

// line is a folder to go into, or a file to choose.
func (x *fileChooser) line(e folderEntry) fyne.CanvasObject {
	icon, ink := look.FileIcon(cleanFileName(e.name))
	if e.folder {
		icon, ink = look.IconNext, look.Secondary
	}
	mark := look.NewIcon(icon, ink, 20)
	width := x.d.card.size.X - 2*dialogPad - 150
	if width < 80 {
		width = 200
	}
	name := look.NewLine(look.ElideFile(cleanFileName(e.name), width, look.Sizes().Body, fyne.TextStyle{}), look.Body, look.Text)
	size := look.NewLine("", look.Caption, look.Secondary)
	if !e.folder {
		size.SetText(sizeWords(e.size))
	}
	var t *touch
	draw := func() {
		t.Fill = nil
		if x.picked[e.path] {
			mark.Set(look.IconCheck, look.Link)
			t.Fill = look.SelectedFill
		} else {
			mark.Set(icon, ink)
		}
		t.Refresh()
	}
	t = newTouch(rowGrow(10, 1, mark, name, size), func() {
		if e.folder {
			x.open(e.path)
			return
		}
		if x.picked[e.path] {
			delete(x.picked, e.path)
		} else if len(x.picked) < x.most() {
			x.picked[e.path] = true
		} else if x.one != nil { // another one instead
			clear(x.picked)
			x.picked[e.path] = true
			for _, mark := range x.marks {
				mark()
			}
		}
		x.add.SetText(x.addWords())
		if len(x.picked) == 0 {
			x.add.Disable()
		} else {
			x.add.Enable()
		}
		draw()
	})
	t.PadX, t.PadY = 8, 6
	x.marks = append(x.marks, draw)
	if x.picked[e.path] {
		draw()
	}
	return t
}
