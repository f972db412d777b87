package timeline

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"hearth/ui/look"
)

// album is a conversation with files of every kind among words.
func album() Static {
	rows := talk(12)
	pic := func(i, w, h int) File {
		return File{Key: fmt.Sprint("pic", i), Name: fmt.Sprintf("IMG_%d.jpg", i), Note: "1.2 MB", Picture: true, Width: w, Height: h}
	}
	rows[2].Files, rows[2].Text = []File{pic(1, 1600, 900)}, ""
	rows[4].Files = []File{pic(2, 600, 1400)}
	rows[5].Files, rows[5].Text = []File{{Key: "a", Name: "Quarterly report, final version with all of the remarks of everybody.pdf", Note: "4.1 MB"}}, ""
	var many []File
	for i := range 5 {
		many = append(many, pic(10+i, 900+i*100, 800))
	}
	rows[7].Files = many
	rows[8].Files, rows[8].Own, rows[8].State = []File{{Key: "b", Name: "backup.tar.gz", Note: "12 of 80 MB", Move: Moving, Part: 0.15}}, true, Sending
	rows[9].Files, rows[9].Text, rows[9].Own = []File{pic(30, 0, 0), pic(31, 5, 9000)}, "", true
	rows[9].Files[0].Move, rows[9].Files[0].Part = Moving, 0.6
	rows[10].Files, rows[10].Text = []File{pic(32, 800, 600), {Key: "c", Name: "x\u202egpj.exe", Note: "gone", Bad: true, Move: Stopped}}, "Both of them"
	return rows
}

// TestFilePlaces shows that a picture takes the same place before and after it has
// come, that files and text never overlap, and that all lie within their bubbles.
func TestFilePlaces(t *testing.T) {
	for _, width := range []float32{360, 480, 800, 1400} {
		here := map[string]image.Image{}
		asked := map[string]bool{}
		tl, _ := shown(t, album(), fyne.NewSize(width, 3200), Hooks{Picture: func(r *Row, i int) image.Image {
			asked[r.Files[i].Key] = true
			return here[r.Files[i].Key]
		}}, Start{})
		sound(t, tl)
		before := places(tl)
		if !asked["pic1"] || !asked["pic14"] {
			t.Fatalf("at %v nobody asked for the pictures in view: %v", width, asked)
		}
		for key := range asked {
			here[key] = image.NewRGBA(image.Rect(0, 0, 7, 450))
			tl.PictureChanged(key)
		}
		unmoved(t, before, places(tl))
		for _, p := range tl.placed {
			checkFiles(t, p.m, width)
		}
		drawn := 0
		for _, p := range tl.placed {
			for _, o := range p.view.box.Objects {
				for _, v := range p.view.files.pictures {
					if o == fyne.CanvasObject(v.img) && v.img.Image != nil {
						drawn++
					}
				}
			}
		}
		if drawn != len(here) {
			t.Errorf("at %v %d of %d pictures are drawn", width, drawn, len(here))
		}
	}
}

func checkFiles(t *testing.T, m *measured, width float32) {
	t.Helper()
	for i, f := range m.files {
		if f.X < m.bubble.X || f.Y < m.bubble.Y || f.X+f.W > m.bubble.X+m.bubble.W+0.5 || f.Y+f.H > m.bubble.Y+m.bubble.H+0.5 {
			t.Errorf("at %v %s: file %d %v lies outside %v", width, m.row.ID, i, f.box, m.bubble)
		}
		if m.row.Text != "" && f.Y+f.H > m.textAt.Y {
			t.Errorf("at %v %s: file %d reaches into the caption", width, m.row.ID, i)
		}
		if !m.pictured() && f.Y+f.H > m.timeAt.Y+0.5 {
			t.Errorf("at %v %s: file %d reaches into the time", width, m.row.ID, i)
		}
		for _, b := range []box{f.main, f.other} {
			if b.W > 0 && (b.X < f.X || b.Y < f.Y || b.X+b.W > f.X+f.W || b.Y+b.H > f.Y+f.H) {
				t.Errorf("at %v %s: mark %v of file %d is not on it %v", width, m.row.ID, b, i, f.box)
			}
		}
		for _, o := range m.files[i+1:] {
			if f.X < o.X+o.W-0.5 && o.X < f.X+f.W-0.5 && f.Y < o.Y+o.H-0.5 && o.Y < f.Y+f.H-0.5 {
				t.Errorf("at %v %s: %v and %v overlap", width, m.row.ID, f.box, o.box)
			}
		}
	}
}

// TestFileClicks shows that each part of a file does what it shows.
func TestFileClicks(t *testing.T) {
	type did struct {
		row string
		at  int
		act FileAct
	}
	var done []did
	tl, w := shown(t, album(), fyne.NewSize(800, 3200), Hooks{OnFile: func(r *Row, i int, act FileAct) { done = append(done, did{r.ID, i, act}) }}, Start{})
	clickOn := func(row, file int, mark func(fileBox) box, want FileAct) {
		t.Helper()
		i := tl.placedRow(tl.window.rows[row])
		p := tl.placed[i]
		b := mark(p.m.files[file])
		done = nil
		at := fyne.NewPos(b.X+b.W/2, p.y+b.Y+b.H/2)
		tl.lastPos = fyne.NewPos(-99, -99)
		click(tl, at)
		if w := (did{p.m.row.ID, p.m.files[file].index, want}); len(done) != 1 || done[0] != w {
			t.Errorf("row %d file %d: %v, want %v", row, file, done, w)
		}
	}
	whole := func(f fileBox) box { return f.box }
	clickOn(2, 0, whole, FileView)
	clickOn(5, 0, whole, FileSave)
	clickOn(8, 0, func(f fileBox) box { return f.main }, FilePause)
	clickOn(8, 0, func(f fileBox) box { return f.other }, FileCancel)
	clickOn(10, 1, func(f fileBox) box { return f.main }, FileRetry)
	clickOn(7, 3, whole, FileView)

	var words []string
	for _, item := range tl.menuItems(tl.window.rows[10], hit{at: allFiles}) {
		words = append(words, item.Text)
	}
	if !slices.Contains(words, "View: IMG_32.jpg") || !slices.Contains(words, "Try again: xgpj.exe") {
		t.Errorf("the menu of files has %q", words)
	}
	one := tl.menuItems(tl.window.rows[7], hit{at: 3})
	if n := strings.Count(fmt.Sprint(one), tl.words.Files.View); n != 1 || one[0].Text != tl.words.Files.View {
		t.Errorf("the menu of one file has %d entries about files: %+v", n, one)
	}
	_ = w

	// A menu of many pictures does not name each: the viewer leads to all.
	ten := &Row{ID: "ten", Seq: 99, Files: []File{{Name: "notes.txt"}}}
	for i := range 9 {
		ten.Files = append(ten.Files, File{Name: fmt.Sprintf("%d.png", i), Picture: true})
	}
	var about []string
	for _, item := range tl.fileItems(ten, allFiles) {
		about = append(about, item.Text)
	}
	f := tl.words.Files
	if want := []string{f.Save + ": notes.txt", f.View + ": 0.png", f.SaveAll}; !slices.Equal(about, want) {
		t.Errorf("the menu of ten files has %q, want %q", about, want)
	}
	items := tl.fileItems(ten, 4)
	done = nil
	items[len(items)-1].Action()
	if len(items) != 3 || len(done) != 1 || done[0] != (did{"ten", 0, FileSaveAll}) {
		t.Errorf("the menu of one of ten has %+v, the last does %v", items, done)
	}
}

// TestErasedFiles shows that nothing of its files is left of an erased message.
func TestErasedFiles(t *testing.T) {
	rows := album()
	tl, _ := shown(t, &script{rows: rows}, fyne.NewSize(800, 3200), Hooks{}, Start{})
	gone := *rows[7]
	gone.Kind, gone.Text, gone.Files = Hint, "This message was deleted.", nil
	if gone.same(rows[7]) {
		t.Fatal("a row without its files counts as the same")
	}
	tl.source.(*script).rows[7] = &gone
	tl.Changed(All)
	i := tl.placedRow(&gone)
	if len(tl.placed[i].m.files) != 0 {
		t.Error("an erased message still has files")
	}
	for _, v := range tl.placed[i].view.files.pictures {
		if slices.Contains(tl.placed[i].view.box.Objects, fyne.CanvasObject(v.back)) {
			t.Error("the place of an erased picture is still drawn")
		}
	}
}

// TestDrawAlbum draws files into the folder that HEARTH_GALLERY names, to be looked at.
func TestDrawAlbum(t *testing.T) {
	dir := os.Getenv("HEARTH_GALLERY")
	if dir == "" {
		t.Skip("HEARTH_GALLERY names no folder")
	}
	for _, variant := range []string{"light", "dark"} {
		for _, width := range []float32{400, 900} {
			test.NewTempApp(t).Settings().SetTheme(look.NewTheme(look.Options{Variant: variant}))
			tl := New(English(), Hooks{Picture: func(r *Row, i int) image.Image {
				if i == 3 {
					return nil
				}
				return slope(64, 48)
			}})
			w := test.NewTempWindow(t, container.NewStack(look.NewBox(look.ChatFill, 0, nil), tl))
			w.SetPadded(false)
			w.Resize(fyne.NewSize(width, 2500))
			tl.Open(album(), Start{})
			out, err := os.Create(fmt.Sprintf("%s/album-%s-%v.png", dir, variant, width))
			if err != nil {
				t.Fatal(err)
			}
			if err := png.Encode(out, w.Canvas().Capture()); err != nil {
				t.Error(err)
			}
			out.Close()
		}
	}
}

func slope(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, color.RGBA{uint8(80 + x*2), uint8(120 + y*2), 160, 255})
		}
	}
	return img
}

// TestPictureFillsItsPlace: a picture over a wider card is not left between two bars,
// unless filling the place would cut away too much of it.
func TestPictureFillsItsPlace(t *testing.T) {
	for _, c := range []struct {
		wide  float32
		whole bool
	}{{200, true}, {230, false}, {265, false}, {300, true}, {900, true}} {
		r := &Row{Files: []File{{Key: "a", Picture: true, Width: 200, Height: 150}}}
		m := &measured{row: r}
		m.placePictures([]int{0}, 400)
		f := &m.files[0]
		f.X = -(padX - picInset)
		m.shiftFiles(fyne.NewPos(0, 0), c.wide-2*(padX-picInset))
		if f.whole != c.whole {
			t.Errorf("%v wide: whole is %v", c.wide, f.whole)
		}
	}
}
