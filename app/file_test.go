package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth/chat"
	"hearth/server/blob"
)

// keepsFiles makes the world's server keep files, and returns their folder.
func (w *world) keepsFiles(l blob.Limits) string {
	w.t.Helper()
	dir := folder(w.t, "files")
	l.Piece = w.options.Limits.PieceBytes
	store, err := blob.Open(dir, l)
	must(w.t, err)
	w.stop(true)
	w.options.Files = store
	w.start()
	return dir
}

func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(7, uint64(n)))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// bytesFile is a file to send that lies nowhere.
func bytesFile(name string, data []byte) LocalFile {
	return LocalFile{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
}

// photo is a JPEG of some size with something in it that must not be sent.
func photo(t testing.TB, width, height int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.Set(x, y, color.RGBA{uint8(x), uint8(y), uint8(x * y), 255})
		}
	}
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, img, nil))
	secret := []byte("\xff\xfe\x00\x12taken at home..")
	return append(append(bytes.Clone(b.Bytes()[:2]), secret...), b.Bytes()[2:]...)
}

func (p *person) content(f chat.File) ([]byte, error) {
	c, err := p.OpenFile(context.Background(), f)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }()
	return io.ReadAll(io.NewSectionReader(c, 0, c.Size()))
}

// last returns the newest row of a room.
func (p *person) last(id chat.RoomID) MessageView {
	p.w.t.Helper()
	rows := p.rows(id)
	return rows[len(rows)-1]
}

// TestFiles: a picture and a file go from one to the other, through a restart and
// an absence, and text does not wait for them.
func TestFiles(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, nil)
		defer w.close()
		w.keepsFiles(blob.Limits{})
		ann, ben := w.member("ann").run().live(), w.member("ben").run().live()
		defer ben.quit()
		w.stop(true)

		data, pic := noise(1_500_000), photo(t, 900, 600)
		path := filepath.Join(t.TempDir(), "plan.bin")
		must(t, os.WriteFile(path, data, 0o600))
		files := []LocalFile{{Path: path}, bytesFile("Holiday.JPEG", pic)}
		mid, err := ann.SendFiles(ctx, w.general, Outgoing{Text: "look"}, files)
		must(t, err)
		must(t, os.Remove(path)) // it is in the profile
		row := ann.last(w.general)
		if row.MID != mid || len(row.Files) != 2 || !row.Files[0].Here || row.Files[0].Moving != MoveUploading || !row.Files[1].Picture {
			t.Errorf("waiting row %+v", row)
		}
		carries := Carried{Files: 2, File: "plan.bin"}
		if last := ann.roomView(w.general).Last; last == nil || last.Carried != carries {
			t.Errorf("the room shows %+v while it waits", last)
		}
		ann.say(w.general, "text first")
		ann.quit()
		w.start()
		ann.run().live().sent()
		ben.until("the file", func(*View) bool { return ben.roomView(w.general).Head == ann.roomView(w.general).Head })
		if got := ben.texts(w.general); !slices.Equal(got, []string{"text first", "look"}) {
			t.Errorf("texts %q", got)
		}
		if last := ben.roomView(w.general).Last; last == nil || last.Carried != carries {
			t.Errorf("the room shows %+v", last)
		}
		row = ann.last(w.general)
		if !row.Files[0].Here || row.Files[0].Moving != MoveNone || ann.View().Waiting != 0 {
			t.Errorf("sent row %+v", row)
		}

		got := ben.last(w.general)
		if len(got.Files) != 2 || got.Files[0].Here || got.Files[0].Name != "plan.bin" || got.Files[0].Picture {
			t.Fatalf("row %+v", got)
		}
		if _, err := ben.OpenFile(ctx, got.Files[0].File); failCode(err) != FailFileAbsent {
			t.Errorf("opened before it was fetched: %v", err)
		}
		must(t, ben.LoadFile(ctx, w.general, got.Files[0].File))
		if here, err := ben.content(got.Files[0].File); err != nil || !bytes.Equal(here, data) {
			t.Errorf("%d bytes came, %v", len(here), err)
		}
		f := got.Files[1]
		if f.Width != 900 || f.Height != 600 || f.Type != "image/jpeg" || f.Blur == "" || f.Thumb == nil {
			t.Errorf("picture %+v", f)
		}
		thumb, err := ben.LoadThumb(ctx, w.general, f.File)
		if err != nil || int64(len(thumb)) != f.Thumb.Size {
			t.Errorf("thumbnail of %d bytes, %v", len(thumb), err)
		}
		must(t, ben.LoadFile(ctx, w.general, f.File))
		if here, err := ben.content(f.File); err != nil || bytes.Contains(here, []byte("at home")) {
			t.Errorf("where it was taken went along (%v)", err)
		}

		// Saving never overwrites, and gives no right to run it.
		to := filepath.Join(t.TempDir(), "saved.bin")
		must(t, ben.SaveFile(ctx, got.Files[0].File, to, false))
		if saved, err := os.ReadFile(to); err != nil || !bytes.Equal(saved, data) {
			t.Errorf("saved %d bytes, %v", len(saved), err)
		}
		if info, err := os.Stat(to); err != nil || info.Mode()&0o111 != 0 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		if err := ben.SaveFile(ctx, got.Files[0].File, to, false); failCode(err) != FailExists || !errors.Is(err, fs.ErrExist) {
			t.Errorf("saved over it: %v", err)
		}
		// Where somebody wants it, what is there is replaced by a whole copy, or stays.
		must(t, os.WriteFile(to, []byte("mine"), 0o600))
		stopped, stop := context.WithCancel(ctx)
		stop()
		if err := ben.SaveFile(stopped, got.Files[0].File, to, true); err == nil {
			t.Error("saved although nobody waits")
		}
		if left, err := os.ReadFile(to); string(left) != "mine" {
			t.Errorf("half saved over it: %d bytes, %v", len(left), err)
		}
		must(t, ben.SaveFile(ctx, got.Files[0].File, to, true))
		if saved, err := os.ReadFile(to); err != nil || !bytes.Equal(saved, data) {
			t.Errorf("saved %d bytes over it, %v", len(saved), err)
		}
		if names, err := os.ReadDir(filepath.Dir(to)); err != nil || len(names) != 1 {
			t.Errorf("left behind: %v, %v", names, err)
		}

		list, err := ben.RoomFiles(ctx, w.general, 0, 10)
		if err != nil || len(list) != 1 || list[0].Seq != got.Seq || !list[0].Files[0].Here {
			t.Errorf("%+v %v", list, err)
		}
		// An export takes them along.
		beside := t.TempDir()
		for format, want := range map[ExportFormat]string{
			ExportText: "[plan.bin, 1.5 MB] text/", ExportJSON: `"name":"Holiday.JPEG","type":"image/jpeg"`,
			ExportHTML: `<img src="./html/`,
		} {
			var page bytes.Buffer
			done, err := ben.Export(ctx, &page, ExportRequest{Room: w.general, Format: format, Folder: filepath.Join(beside, string(format))})
			must(t, err)
			if done.Copies != 2 || done.Absent != 0 {
				t.Errorf("%s: %+v", format, done)
			}
			if !strings.Contains(page.String(), want) {
				t.Errorf("%s without %q:\n%s", format, want, page.String())
			}
			copies, err := os.ReadDir(filepath.Join(beside, string(format)))
			if err != nil || len(copies) != 2 {
				t.Errorf("%s: %d copies, %v", format, len(copies), err)
			}
		}
		freed, err := ben.ClearFiles(ctx, w.general)
		if u, bad := ben.FileUsage(ctx); err != nil || bad != nil || freed < 1_500_000 || u != (FileUsage{}) {
			t.Errorf("freed %d, %+v, %v %v", freed, u, err, bad)
		}
		// What is no longer here is named, and said to be absent.
		for format, want := range map[ExportFormat]string{ExportText: "[plan.bin, 1500000 bytes, not here]", ExportHTML: "· not here</p>"} {
			var page bytes.Buffer
			r := ExportRequest{
				Room: w.general, Format: format, Folder: filepath.Join(beside, "none"),
				Words: ExportWords{Absent: "not here", Size: func(n int64) string { return fmt.Sprint(n, " bytes") }},
			}
			var far []uint64
			r.Progress = func(done, all uint64) { far = append(far, done, all) }
			done, err := ben.Export(ctx, &page, r)
			must(t, err)
			head := uint64(ben.roomView(w.general).Head)
			if done.Absent != 2 || done.Copies != 0 || !slices.Equal(far, []uint64{head, head}) || !strings.Contains(page.String(), want) || (format == ExportHTML) != strings.Contains(page.String(), "<p>look</p>") {
				t.Errorf("%s: %+v, %d of %d, without %q:\n%s", format, done, far, head, want, page.String())
			}
		}

		// What is deleted is gone from the disks of all.
		must(t, ann.DeleteMessage(ctx, w.general, got.Seq))
		ann.until("the deletion", func(*View) bool {
			u, err := ann.FileUsage(ctx)
			return err == nil && u.Contents == 0
		})
		if err := ben.LoadFile(ctx, w.general, f.File); failCode(err) != FailFileGone {
			t.Errorf("fetched after it was deleted: %v", err)
		}
		ann.quit()
	})
}

// TestFilesSlowLine: the second file waits for the right to upload that the first one is
// asking for, without holding anything up, and ends when the program does.
func TestFilesSlowLine(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		w.keepsFiles(blob.Limits{})
		ann := w.member("ann").run().live()
		w.net.Last().Up.Delay(300 * time.Millisecond)
		_, err := ann.SendFiles(t.Context(), w.general, Outgoing{}, []LocalFile{bytesFile("a", noise(9)), bytesFile("b", noise(8))})
		must(t, err)
		ann.sent()
		ann.quit()
		ann.run().live()
		w.net.Last().Up.Stall(true)
		_, err = ann.SendFiles(t.Context(), w.general, Outgoing{}, []LocalFile{bytesFile("c", noise(7)), bytesFile("d", noise(6))})
		must(t, err)
		time.Sleep(time.Second)
		ann.quit()
	})
}

// TestSentName: names of files from systems that write from right to left are sent.
func TestSentName(t *testing.T) {
	for name, want := range map[string]string{
		"\u200eWhatsApp Image.jpg": "WhatsApp Image.jpg",
		"\u202bدعوة\u202c.pdf":     "دعوة.pdf",
		"two\nlines\t.txt":         "twolines.txt",
		"żgħir 写真 👩‍🚀.png":         "żgħir 写真 👩‍🚀.png",
	} {
		f := LocalFile{Path: filepath.Join("folder", name)}
		if got, err := f.nameOf(); err != nil || got != want {
			t.Errorf("%q is sent as %q, %v", name, got, err)
		}
	}
	none := LocalFile{Path: "\u200e"}
	if _, err := none.nameOf(); failCode(err) != FailFileName {
		t.Errorf("a name of nothing: %v", err)
	}
}

// TestFileRefusals: what cannot be sent is refused in words and leaves nothing.
func TestFileRefusals(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, func(l *chat.Limits) { l.FileMiB = 1 })
		defer w.close()
		ann := w.member("ann").run().live()
		defer ann.quit()
		small := bytesFile("a.txt", []byte("hello"))
		gone, cancel := context.WithCancel(ctx)
		cancel()
		for name, x := range map[string]struct {
			files []LocalFile
			want  FailCode
		}{
			"none":      {nil, FailEmpty},
			"many":      {slices.Repeat([]LocalFile{small}, chat.MaxFiles+1), FailTooManyFiles},
			"large":     {[]LocalFile{small, bytesFile("b", noise(1<<20+1))}, FailFileTooLarge},
			"a path":    {[]LocalFile{bytesFile("../b", nil)}, FailFileName},
			"absent":    {[]LocalFile{small, {Path: filepath.Join(t.TempDir(), "no")}}, FailFileUnreadable},
			"a folder":  {[]LocalFile{{Path: t.TempDir()}}, FailFileUnreadable},
			"a picture": {[]LocalFile{small, bytesFile("b.png", []byte("\x89PNG\r\n\x1a\n garbage"))}, FailPicture},
			"a poster":  {[]LocalFile{small, bytesFile("c.png", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x80\x00\x00\x00\x80\x00\x08\x02\x00\x00\x00"))}, FailPictureLarge},
		} {
			if _, err := ann.SendFiles(ctx, w.general, Outgoing{}, x.files); failCode(err) != x.want {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := ann.SendFiles(ctx, w.general, Outgoing{Text: strings.Repeat("x", 16_001)}, []LocalFile{small}); failCode(err) != FailTooLong {
			t.Errorf("a long caption: %v", err)
		}
		if _, err := ann.SendFiles(ctx, chat.NewRoomID(), Outgoing{}, []LocalFile{small}); failCode(err) != FailNoRoom {
			t.Errorf("no room: %v", err)
		}
		if _, err := ann.SendFiles(gone, w.general, Outgoing{}, []LocalFile{small}); !errors.Is(err, context.Canceled) {
			t.Errorf("given up: %v", err)
		}
		time.Sleep(time.Minute)
		if u, err := ann.FileUsage(ctx); err != nil || u != (FileUsage{}) || ann.View().Waiting != 0 {
			t.Errorf("left behind: %+v, %v", u, err)
		}
		// This server keeps no files: the message stays for the person to decide.
		broken := bytesFile("b.png", []byte("\x89PNG\r\n\x1a\n garbage"))
		broken.Original = true
		mid, err := ann.SendFiles(ctx, w.general, Outgoing{}, []LocalFile{broken})
		must(t, err)
		ann.until("the refusal", func(v *View) bool { return v.Failed == 1 })
		row := ann.last(w.general)
		if row.Failure == nil || row.Failure.Code != chat.Code(FailNoFiles) || row.Files[0].Moving != MoveFailed || row.Files[0].Problem != FailNoFiles {
			t.Errorf("%+v", row)
		}
		must(t, ann.DiscardMessage(ctx, w.general, mid))
		time.Sleep(time.Minute)
		if u, err := ann.FileUsage(ctx); err != nil || u != (FileUsage{}) {
			t.Errorf("left behind: %+v, %v", u, err)
		}
	})
}

// TestForgedContent: what is not what the message names is not kept, and the
// second device gets the true content once the server has it.
func TestForgedContent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, nil)
		defer w.close()
		dir := w.keepsFiles(blob.Limits{})
		member := w.member("ann")
		ann := member.run().live()
		defer ann.quit()
		data := noise(600_000)
		_, err := ann.SendFiles(ctx, w.general, Outgoing{}, []LocalFile{bytesFile("a", data)})
		must(t, err)
		ann.sent()
		second := w.another(member, "second").run().live()
		defer second.quit()
		f := second.last(w.general).Files[0].File
		if f.Hash != chat.Hash(sha256.Sum256(data)) {
			t.Fatalf("%+v", f)
		}
		var path string
		must(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
			if info, bad := d.Info(); bad == nil && info.Size() == int64(len(data)) {
				path = p
			}
			return err
		}))
		forged := bytes.Clone(data)
		forged[300_000] ^= 1
		must(t, os.WriteFile(path, forged, 0o600))
		if err := second.LoadFile(ctx, w.general, f); failCode(err) != FailFileContent {
			t.Errorf("forged content: %v", err)
		}
		if u, err := second.FileUsage(ctx); err != nil || u != (FileUsage{}) {
			t.Errorf("kept %+v, %v", u, err)
		}
		if row := second.last(w.general); row.Files[0].Moving != MoveFailed || row.Files[0].Problem != FailFileContent {
			t.Errorf("%+v", row.Files[0])
		}
		must(t, os.WriteFile(path, data, 0o600))

		// Several wait for one transfer; who gives up does not end it for the others.
		w.stop(true)
		gone, cancel := context.WithCancel(ctx)
		results := make(chan error, 3)
		for _, ctx := range []context.Context{ctx, gone, ctx} {
			go func() { results <- second.LoadFile(ctx, w.general, f) }()
		}
		time.Sleep(time.Second)
		if row := second.last(w.general); row.Files[0].Moving != MoveFetching {
			t.Errorf("%+v", row.Files[0])
		}
		cancel()
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		w.start()
		for range 2 {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
		if here, err := second.content(f); err != nil || !bytes.Equal(here, data) {
			t.Errorf("%d bytes, %v", len(here), err)
		}
	})
}

// TestPictureLoadsUnseen: a small picture that is loaded to be shown in its row is no file
// that somebody fetches: nothing would say that it is here. Once the person fetches it, it is.
func TestPictureLoadsUnseen(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, nil)
		defer w.close()
		w.keepsFiles(blob.Limits{})
		ann := w.member("ann").run().live()
		defer ann.quit()
		ben := w.member("ben").run().live()
		defer ben.quit()
		_, err := ann.SendFiles(ctx, w.general, Outgoing{}, []LocalFile{bytesFile("logo.png", noise(3000))})
		must(t, err)
		ann.sent()
		ben.until("the picture", func(*View) bool { return len(ben.last(w.general).Files) == 1 })
		f := ben.last(w.general).Files[0].File
		f.Type = "image/png"
		w.stop(true) // so that it takes a while
		loaded := make(chan error, 2)
		go func() {
			_, err := ben.LoadThumb(ctx, w.general, f)
			loaded <- err
		}()
		time.Sleep(time.Second)
		if row := ben.last(w.general).Files[0]; row.Moving != "" {
			t.Errorf("loaded for its row: %+v", row)
		}
		go func() { loaded <- ben.LoadFile(ctx, w.general, f) }()
		time.Sleep(time.Second)
		if row := ben.last(w.general).Files[0]; row.Moving != MoveFetching {
			t.Errorf("fetched by the person: %+v", row)
		}
		w.start()
		for range 2 {
			must(t, <-loaded)
		}
		if row := ben.last(w.general).Files[0]; row.Moving != "" || !row.Here {
			t.Errorf("once it is here: %+v", row)
		}
	})
}

// TestFindFiles: files are found by their names, before and after the filters of
// searches are made, by those who sent and who received them.
func TestFindFiles(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		w.keepsFiles(blob.Limits{})
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		_, err := ann.SendFiles(t.Context(), w.general, Outgoing{Text: "the plans"}, []LocalFile{bytesFile("Größenplan.pdf", noise(100)), bytesFile("unknown.xyz", noise(10))})
		must(t, err)
		for range 300 {
			ann.say(w.general, "filler")
		}
		ann.until("the files are there", func(v *View) bool { return v.Waiting == 0 })
		ann.say(w.general, "the end")
		for _, who := range []*person{ann, bob} {
			who.until("all", func(*View) bool { l := who.roomView(w.general).Last; return l != nil && l.Text == "the end" })
		}
		for range 2 {
			for _, who := range []*person{ann, bob} {
				for query, want := range map[string]int{"unknown.xyz": 1, "grossen": 1, "has:file known": 1, "plans xyz": 1, "has:file filler": 0, "from:bob xyz": 0} {
					n := 0
					must(t, who.Search(t.Context(), query, func(h Hit) bool {
						if n++; len(h.Message.Files) != 2 || h.Message.Text != "the plans" {
							t.Errorf("%q found %+v", query, h.Message)
						}
						return true
					}))
					if n != want {
						t.Errorf("%s: %q found %d, want %d", who.account, query, n, want)
					}
				}
			}
			time.Sleep(time.Minute) // the filters are made meanwhile
		}
	})
}
