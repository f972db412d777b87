package ui

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"github.com/buckket/go-blurhash"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/folder"
	"hearth/ui/tr"
)

// inventedPictures are contents that the made-up core has, by their hash. Screens are
// made while those before are still being loaded.
var inventedPictures = contents{table: map[chat.Hash][]byte{}}

type contents struct {
	mu    sync.Mutex
	table map[chat.Hash][]byte // guarded by mu
}

func (c *contents) put(h chat.Hash, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.table[h] = data
}

// of is a content, nil if there is none.
func (c *contents) of(h chat.Hash) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.table[h]
}

// inventPicture draws a landscape that nobody photographed.
func inventPicture(seed, w, h int) app.FileView {
	name := fmt.Sprintf("IMG_%04d.png", 2000+seed)
	f := app.FileView{Picture: true, Here: true, File: chat.File{
		Hash: chat.Hash(sha256.Sum256([]byte(name))), Name: name, Type: "image/png", Width: w, Height: h, Size: int64(w*h) / 3,
	}}
	small := image.NewRGBA(image.Rect(0, 0, w*240/max(w, h), h*240/max(w, h)))
	b := small.Bounds()
	shift := float64(seed) * 1.7
	for y := range b.Dy() {
		for x := range b.Dx() {
			at, up := float64(x)/float64(b.Dx()), float64(y)/float64(b.Dy())
			c := color.RGBA{uint8(120 + 90*math.Sin(shift)*up), uint8(160 + 50*math.Sin(shift+2)*at), uint8(215 - 90*up), 255}
			for hill := range 3 {
				base := 0.5 + 0.15*float64(hill) + 0.08*math.Sin(at*6+shift+float64(hill)*2)
				if up > base {
					c = color.RGBA{uint8(90 - 22*hill), uint8(140 - 30*hill + int(30*math.Sin(shift))), uint8(100 - 20*hill), 255}
				}
			}
			small.SetRGBA(x, y, c)
		}
	}
	var data bytes.Buffer
	if png.Encode(&data, small) == nil {
		inventedPictures.put(f.Hash, data.Bytes())
	}
	f.Thumb = &chat.Thumb{Hash: f.Hash, Size: int64(data.Len())}
	f.Blur, _ = blurhash.Encode(4, 3, small)
	return f
}

func inventFile(name string, size int64) app.FileView {
	return app.FileView{File: chat.File{Hash: chat.Hash(sha256.Sum256([]byte(name))), Name: name, Size: size, Type: "application/octet-stream"}}
}

// galleryFiles has a conversation with pictures and files in every state.
func galleryFiles(c *invented, now time.Time) {
	room := inventedRoom("release-room")
	list := c.messages[room][:5:5]
	add := func(name, text string, files ...app.FileView) *app.MessageView {
		m := app.MessageView{
			MID: chat.MID(id16(fmt.Sprint("file", len(list)))), Seq: chat.Seq(len(list) + 1), Kind: chat.KindMessage, State: app.StateSent,
			Author: inventedAccount(name), Name: name, Own: name == "daniel", Text: text, Files: files, Time: now.Add(-time.Duration(30-len(list)) * time.Minute),
		}
		for _, p := range inventedPeople {
			if p.name == name {
				m.Name = p.display
			}
		}
		list = append(list, m)
		return &list[len(list)-1]
	}
	add("ana", "", inventPicture(1, 1600, 1000))
	moving := inventPicture(3, 900, 1200)
	moving.Name, moving.Type = "waves.gif", "image/gif"
	add("ana", "From the walk on Sunday, before the rain came over the hills.", inventPicture(2, 1200, 900), moving, inventPicture(4, 1400, 900), inventPicture(5, 1000, 1000), inventPicture(6, 1600, 900))
	add("marek", "The numbers, all of them", inventFile("Quarterly report, final version with the remarks of everybody.pdf", 4_120_000))
	fetching := inventFile("nightly-build-2026-11-21.tar.gz", 83_400_000)
	fetching.Moving, fetching.Done = app.MoveFetching, 31_000_000
	failed := inventFile("party\u202egpj.exe", 812_000)
	failed.Moving, failed.Problem = app.MoveFailed, app.FailFileGone
	add("liwei", "", fetching, failed)
	sending := inventPicture(7, 1500, 1000)
	sending.Moving, sending.Done = app.MoveUploading, sending.Size*2/3
	m := add("daniel", "Here is ours", sending)
	m.Seq, m.State = 0, app.StateSending
	paused := inventFile("holiday.mp4", 190_000_000)
	paused.Moving, paused.Done = app.MovePaused, 44_000_000
	m = add("daniel", "", paused)
	m.Seq, m.State = 0, app.StateWaiting
	c.messages[room] = list
	r := &c.view.Rooms[0]
	r.Unread, r.Head, r.Read = 0, chat.Seq(len(list)-2), chat.Seq(len(list)-2)
}

// galleryVeiled is the same by people the person does not know.
func galleryVeiled(c *invented, now time.Time) {
	galleryFiles(c, now)
	c.view.Known = nil
	room := inventedRoom("release-room")
	c.messages[room] = c.messages[room][:len(c.messages[room])-3] // down to the pictures
	c.view.Rooms[0].Head = chat.Seq(len(c.messages[room]))
	c.view.Rooms[0].Read = c.view.Rooms[0].Head
}

// galleryAttach has files over the composer.
func galleryAttach(h *home) {
	p := h.u.pad(h.room)
	small, _, err := image.Decode(bytes.NewReader(inventedPictures.of(inventPicture(2, 1200, 900).Hash)))
	if err != nil {
		return
	}
	p.files = []*attachment{
		{DraftFile: chat.DraftFile{Name: "IMG_2002.png", Size: 2_400_000, Picture: true, Original: true}, small: small},
		{DraftFile: chat.DraftFile{Name: "IMG_2003.png", Size: 1_900_000, Picture: true}, small: small},
		{DraftFile: chat.DraftFile{Name: "Quarterly report, final version.pdf", Size: 4_120_000}},
		{DraftFile: chat.DraftFile{Name: "Minutes.odt", Size: 31_000}, missing: true},
	}
	h.pane.composer.setText("From the walk on Sunday")
	h.pane.composer.showAttached()
}

// inventedFolder is what the dialog for files shows in pictures: nothing of it is on a
// disk.
func inventedFolder(now time.Time) folder.List {
	day := func(n int) time.Time { return now.AddDate(0, 0, -n) }
	return folder.List{Entries: []folder.Entry{
		{Name: "Invoices", Folder: true, Known: true, Time: day(3)},
		{Name: "Trip to Gozo – pictures of everybody who came along, sorted", Folder: true, Known: true, Time: day(40)},
		{Name: "Għajnsielem.jpg", Known: true, Size: 3_100_000, Time: day(40)},
		{Name: "IMG_2.png", Known: true, Size: 2_400_000, Time: day(1)},
		{Name: "IMG_10.png", Known: true, Size: 1_900_000, Time: day(0)},
		{Name: "Packing list.txt", Known: true, Size: 812, Time: day(200)},
		{Name: "Quarterly report, final version with the remarks of everybody.pdf", Known: true, Size: 4_120_000, Time: day(5)},
		{Name: "works-ca.pem", Known: true, Size: 1_900, Time: day(400)},
		{Name: "会议记录.docx", Known: true, Size: 48_000, Time: day(9)},
	}}
}

// pretend shows an invented folder in a dialog for files.
func (x *fileDialog) pretend(name string) {
	const home = "/home/daniel"
	x.u.settings.Folder = home + "/Projects/Hearth"
	x.shelf = []folder.Place{
		{Kind: folder.KindHome, Path: home},
		{Kind: folder.KindDocuments, Path: home + "/Documents"},
		{Kind: folder.KindDownloads, Path: home + "/Downloads"},
		{Kind: folder.KindPictures, Path: home + "/Pictures"},
		{Kind: folder.KindRoot, Path: "/"},
		{Kind: folder.KindDisk, Path: "/media/daniel/STICK", Name: "STICK"},
	}
	x.show(home+"/Documents", inventedFolder(time.Now()), nil)
	x.setPlace(home + "/Documents/" + name)
	x.buttons()
}

// openFiles is the dialog for files that is open, nil if none is.
func openFiles(u *UI) *fileDialog {
	for _, d := range u.dialogs {
		if box, ok := d.spec.body.(*fyne.Container); ok {
			if l, ok := box.Layout.(*fileDialogLayout); ok {
				return l.x
			}
		}
	}
	return nil
}

// galleryAskPictures asks whose pictures shall show by themselves.
func galleryAskPictures(h *home) { h.u.askPictures(h.u.view.Rooms[0].Members[1].Account, "Ana Borg") }

// galleryChoose chooses several files to send.
func galleryChoose(h *home) {
	x := h.u.showFiles(filesToSend(h.pane.composer.attach, nil))
	x.pretend("")
	x.mark(x.lines.entry(3))
	x.mark(x.lines.entry(6))
	x.lines.to(4)
}

// galleryChooseTyped has typed what nothing begins with.
func galleryChooseTyped(h *home) {
	x := h.u.showFiles(filesToSend(h.pane.composer.attach, nil))
	x.pretend("")
	x.u.win.Canvas().Focus(x.place.entry)
	x.place.entry.SetText("/home/daniel/Documents/IMG_3")
}

// galleryChooseOne looks for one certificate.
func galleryChooseOne(h *home) {
	x := h.u.showFiles(fileAsk{title: tr.S("authority.file"), take: tr.S("authority.take"), most: 1, kind: &kindCertificates, taken: func([]string) {}})
	x.pretend("")
	x.mark(x.lines.entry(7))
	x.lines.to(7)
}

// galleryChooseBad stands in a folder that cannot be read.
func galleryChooseBad(h *home) {
	x := h.u.showFiles(filesToSend(h.pane.composer.attach, nil))
	x.pretend("")
	x.show("/root", folder.List{}, fs.ErrPermission)
	x.setPlace("/root/")
}

// galleryViewer shows a picture large.
func galleryViewer(h *home) {
	var list []viewed
	for _, m := range h.u.core.(*invented).messages[h.room] {
		list = append(picturesOf(&m), list...)
	}
	if len(list) > 1 {
		h.u.openViewer(h.room, list, 1)
	}
}

// gallerySave asks for the place of a copy.
func gallerySave(h *home) {
	h.u.saveFile(h.room, inventFile("Quarterly report.pdf", 4_120_000).File)
	openFiles(h.u).pretend("Quarterly report.pdf")
}

// gallerySaveAll asks for the folder of several copies.
func gallerySaveAll(h *home) {
	files := []chat.File{inventFile("Quarterly report.pdf", 4_120_000).File, inventFile("Costs.ods", 83_000).File, inventFile("IMG_2031.jpg", 2_730_000).File}
	h.u.saveFiles(h.room, files, "Marek 2026-11-24")
	openFiles(h.u).pretend("Marek 2026-11-24")
}

// gallerySaveOver asks before a file is lost.
func gallerySaveOver(h *home) {
	gallerySave(h)
	h.u.confirmReplace("/home/daniel/Documents/Quarterly report.pdf", func() {})
}

// gallerySaveNew asks for a new folder.
func gallerySaveNew(h *home) {
	gallerySave(h)
	openFiles(h.u).askNew()
}

// galleryProgram asks for the second word before a program is kept.
func galleryProgram(h *home) {
	h.u.sureOfProgram(inventFile("Quarterly report.pdf.exe", 4_120_000).File, "", func() {})
}

// galleryPasted asks about pasted paths.
func galleryPasted(h *home) {
	h.pane.composer.askPasted([]string{filepath.Join(os.TempDir(), "IMG_2002.png"), filepath.Join(os.TempDir(), "report.pdf")}, func() {})
}

// galleryMediaFiles shows the other half of the list.
func galleryMediaFiles(h *home) { h.showMedia(h.room).choose(false) }

// inventedContent is a picture as an open file.
type inventedContent struct{ *bytes.Reader }

func (inventedContent) Close() error { return nil }

func (c *invented) picture(_ context.Context, f chat.File) ([]byte, error) {
	if data := inventedPictures.of(f.Hash); data != nil && c.fail == nil {
		return data, nil
	}
	return nil, c.absent()
}
