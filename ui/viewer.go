package ui

import (
	"context"
	"errors"
	"image"
	"image/color"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/picture"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/narrate"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// Limits of the viewer.
const (
	viewerSide  = 3072 // longest side of what is shown: more than screens have, less than cards take
	viewerZoom  = 8    // most, of what fits the window
	viewerPages = 20   // of messages looked through at least for the room's pictures
	viewerMost  = 400  // at most: as many as it takes to come to the present one, and some beyond
	viewerPage  = 50
	viewerIdle  = 500 * time.Millisecond // between two looks whether somebody looks
)

// viewer shows one picture over the whole window. Arrows go to the next of the room.
type viewer struct {
	widget.BaseWidget
	u      *UI
	room   chat.RoomID
	layer  *fyne.Container
	ground *fyne.Container // in layer: the viewer, and what is said in passing over it
	before fyne.Focusable
	open   bool

	list  []viewed // the room's pictures, the oldest first
	at    int
	found bool          // the present one is among those the room has, or was
	turn  int           // counts what was shown: answers about earlier ones are dropped
	zoom  float32       // 1 fits
	off   fyne.Position // of the middle from that of the window
	stop  func()        // ends the loading of the present one
	tick  func()

	back       *canvas.Rectangle
	img        *canvas.Image
	bar        *canvas.Rectangle
	name, note *look.Line
	plate      *canvas.Rectangle // behind words, which may stand on the picture
	words      *para             // what is wrong with it
	buttons    []*look.IconButton
	prev, next *look.IconButton
	rail, done *canvas.Rectangle
	part       float32 // of what is fetched; below 0 nothing is
	size       fyne.Size
	wide, high float32 // of the picture's shape
}

// viewed is a picture of a room.
type viewed struct {
	file chat.File
	seq  chat.Seq
	from chat.AccountID // zero: the person
	by   string
	when time.Time
}

var (
	_ fyne.Focusable     = (*viewer)(nil)
	_ fyne.Scrollable    = (*viewer)(nil)
	_ fyne.Draggable     = (*viewer)(nil)
	_ fyne.Tappable      = (*viewer)(nil)
	_ desktop.Cursorable = (*viewer)(nil)
)

// showViewer shows a picture of a message large.
func (u *UI) showViewer(room chat.RoomID, r *timeline.Row, hash chat.Hash) {
	var list []viewed
	at := 0
	for i := range r.Files {
		f, ok := r.Files[i].Tag.(*chat.File)
		if !ok || !r.Files[i].Picture {
			continue
		}
		if f.Hash == hash {
			at = len(list)
		}
		v := viewed{file: *f, seq: chat.Seq(r.Seq), by: r.Name, when: r.Time}
		if from, ok := authorOf(r); ok && !r.Own {
			v.from = from
		}
		list = append(list, v)
	}
	u.openViewer(room, list, at)
}

// openViewer shows one of some pictures; the others of the room come in when found.
func (u *UI) openViewer(room chat.RoomID, list []viewed, at int) {
	if len(list) == 0 {
		return
	}
	if u.viewer != nil {
		u.viewer.close()
	}
	v := &viewer{u: u, room: room, list: list, at: at, zoom: 1, open: true, stop: func() {}, tick: func() {}, part: -1}
	v.back, v.bar = canvas.NewRectangle(color.NRGBA{R: 10, G: 11, B: 14, A: 240}), canvas.NewRectangle(color.NRGBA{R: 10, G: 11, B: 14, A: 150})
	v.img = canvas.NewImageFromImage(nil)
	v.img.FillMode = canvas.ImageFillStretch
	v.rail, v.done = canvas.NewRectangle(color.NRGBA{R: 255, G: 255, B: 255, A: 50}), canvas.NewRectangle(color.White)
	v.rail.CornerRadius, v.done.CornerRadius = 2, 2
	v.name = look.NewElided("", look.Body, viewerInk)
	v.name.Bold = true
	v.note = look.NewElided("", look.Caption, viewerQuiet)
	v.words = centredPara("", look.Body, viewerInk)
	v.plate = canvas.NewRectangle(color.NRGBA{A: 0xB0})
	v.plate.CornerRadius = 10
	for _, b := range []struct {
		icon look.Icon
		tip  string
		do   func()
	}{
		{look.IconMinus, tr.S("viewer.smaller"), func() { v.zoomBy(1/1.4, v.middle()) }},
		{look.IconAdd, tr.S("viewer.larger"), func() { v.zoomBy(1.4, v.middle()) }},
		{look.IconForward, tr.S("media.jump"), func() { v.u.jumpTo(v.room, v.list[v.at].seq) }},
		{look.IconSave, tr.S("timeline.file_save"), v.save},
		{look.IconClose, tr.S("button.close"), v.close},
	} {
		v.buttons = append(v.buttons, look.NewIconButton(b.icon, b.tip, b.do))
	}
	v.prev = look.NewIconButton(look.IconPrevious, tr.S("viewer.older"), func() { v.step(-1) })
	v.next = look.NewIconButton(look.IconNext, tr.S("viewer.newer"), func() { v.step(1) })
	for _, b := range append([]*look.IconButton{v.prev, v.next}, v.buttons...) {
		b.Light = true
	}
	v.prev.Round, v.next.Round = true, true // the bar is not behind them
	v.ExtendBaseWidget(v)
	c := u.win.Canvas()
	v.before = c.Focused()
	v.ground = container.NewStack(v)
	v.layer = look.WithTips(v.ground)
	u.viewer = v
	c.Overlays().Add(v.layer)
	v.layer.Resize(c.Size())
	u.raiseToasts()
	c.Focus(v)
	u.media.watch[v] = func(h chat.Hash) {
		if h == v.list[v.at].file.Hash && v.part >= 0 && !v.veiled() {
			v.setImage(u.media.picture(v.room, &v.list[v.at].file))
		}
	}
	v.show()
	v.findAll()
	u.players.still()
	u.relook()
}

func viewerInk(*look.Palette) color.NRGBA {
	return color.NRGBA{R: 255, G: 255, B: 255, A: 255}
}

func viewerQuiet(*look.Palette) color.NRGBA {
	return color.NRGBA{R: 200, G: 204, B: 214, A: 255}
}

// close gives the window back.
func (v *viewer) close() {
	if !v.open {
		return
	}
	v.open = false
	v.stop()
	v.tick()
	delete(v.u.media.watch, v)
	v.u.viewer = nil
	c := v.u.win.Canvas()
	c.Overlays().Remove(v.layer)
	v.u.raiseToasts()
	v.u.players.again()
	v.u.relook()
	if o, ok := v.before.(fyne.CanvasObject); ok && v.before != nil && v.u.fyne.Driver().CanvasForObject(o) != nil {
		c.Focus(v.before)
	}
}

// findAll looks for the other pictures of the room, from what is on this disk. It closes
// the viewer where the present one was deleted since it was found.
func (v *viewer) findAll() {
	seq := v.list[v.at].seq
	if seq == 0 {
		return // it waits to be sent: there are none around it
	}
	core, room := v.u.core, v.room
	v.u.pump.work(func(ctx context.Context) func() {
		var all []viewed
		before, beyond := chat.Seq(0), 0
		for n := range viewerMost {
			page, err := core.RoomFiles(ctx, room, before, viewerPage)
			if err != nil || len(page) == 0 {
				break
			}
			before = page[len(page)-1].Seq
			for _, m := range v.u.unblocked(page) {
				all = append(all, picturesOf(&m)...)
			}
			if before <= seq {
				beyond++
			}
			if n+1 >= viewerPages && beyond > viewerPages/2 {
				break
			}
		}
		row, _ := rowAt(ctx, core, room, seq)
		return func() {
			if !v.open || v.merge(all) || !v.found || !row.Erased || v.list[v.at].seq != seq {
				return
			}
			v.close()
			v.u.toast(tr.S("row.erased"), look.Warn)
		}
	})
}

// findNewer looks for pictures that have come into the room since the others were found.
func (v *viewer) findNewer() {
	core, room, newest := v.u.core, v.room, v.list[len(v.list)-1].seq
	v.u.pump.work(func(ctx context.Context) func() {
		var fresh []viewed // the newest first
		for before, more := chat.Seq(0), true; more; {
			page, err := core.RoomFiles(ctx, room, before, viewerPage)
			if err != nil || len(page) == 0 {
				break
			}
			before = page[len(page)-1].Seq
			more = before > newest
			for _, m := range v.u.unblocked(page) {
				fresh = append(fresh, picturesOf(&m)...)
			}
		}
		return func() {
			if !v.open {
				return
			}
			newest = v.list[len(v.list)-1].seq
			n := len(v.list)
			for i := range slices.Backward(fresh) {
				if fresh[i].seq > newest {
					v.list = append(v.list, fresh[i])
				}
			}
			if len(v.list) > n {
				v.label()
				v.Refresh()
			}
		}
	})
}

// picturesOf lists the pictures of a message, the last first.
func picturesOf(m *app.MessageView) (list []viewed) {
	for i := len(m.Files) - 1; i >= 0; i-- {
		if f := &m.Files[i]; f.Picture && m.Seq > 0 {
			v := viewed{file: f.File, seq: m.Seq, by: m.Name, when: m.Time}
			if !m.Own {
				v.from = m.Author
			}
			list = append(list, v)
		}
	}
	return list
}

// merge takes over the room's pictures, newest first; false if the present one is not among
// them.
func (v *viewer) merge(all []viewed) bool {
	now := v.list[v.at]
	for i := range all {
		if all[i].seq == now.seq && all[i].file.Hash == now.file.Hash {
			list := make([]viewed, len(all))
			for j := range all {
				list[len(all)-1-j] = all[j]
			}
			v.list, v.at, v.found = list, len(all)-1-i, true
			v.label()
			v.Refresh()
			return true
		}
	}
	return false
}

// step goes to another picture.
func (v *viewer) step(by int) {
	if to := v.at + by; to >= 0 && to < len(v.list) {
		v.at = to
		v.show()
	}
}

// show shows the present picture: what there is at once, the whole when it has come.
func (v *viewer) show() {
	v.stop()
	v.tick()
	p := &v.list[v.at]
	v.zoom, v.off, v.part = 1, fyne.Position{}, 0
	v.words.SetText("")
	v.label()
	v.wide, v.high = float32(p.file.Width), float32(p.file.Height)
	if v.veiled() {
		v.turn++
		v.part = -1
		v.words.SetText(tr.S("viewer.veiled"))
		v.setImage(v.u.veils.like(&p.file))
		return
	}
	v.setImage(v.u.media.picture(v.room, &p.file))
	ctx, cancel := context.WithCancel(v.u.pump.ctx)
	v.stop = cancel
	v.turn++
	turn, file, core, room := v.turn, p.file, v.u.core, v.room
	v.u.pump.work(func(context.Context) func() {
		img, err := loadWhole(ctx, core, room, file)
		return func() {
			cancel()
			if !v.open || v.turn != turn || errors.Is(err, context.Canceled) {
				return
			}
			v.part = -1
			v.tick()
			if err != nil {
				v.words.SetText(pictureProblem(err))
				v.Refresh()
				return
			}
			v.wide, v.high = float32(img.Bounds().Dx()), float32(img.Bounds().Dy())
			v.setImage(img)
			v.play(turn)
		}
	})
	v.follow()
	v.Refresh()
}

// play plays the present picture, if it moves, for as long as it is shown.
func (v *viewer) play(turn int) {
	p := v.list[v.at]
	if !moves(&p.file) || look.Still() {
		return
	}
	ctx, cancel := context.WithCancel(v.u.pump.ctx)
	v.stop = cancel
	core, room := v.u.core, v.room
	v.u.pump.work(func(context.Context) func() {
		m, err := loadMoving(ctx, core, room, p.file, viewerSide, picture.Played)
		return func() {
			if err == nil {
				v.nextFrame(turn, m)
			}
		}
	})
}

// nextFrame shows the next frame of a picture that moves; none while nobody looks.
func (v *viewer) nextFrame(turn int, m *picture.Moving) {
	if !v.open || v.turn != turn {
		return
	}
	if !v.u.looking {
		v.tick = v.u.pump.after(viewerIdle, func() { v.nextFrame(turn, m) })
		return
	}
	v.u.pump.work(func(context.Context) func() {
		img, stays, _ := m.Next()
		return func() {
			if !v.open || v.turn != turn {
				return
			}
			v.img.Image = img
			v.img.Refresh()
			v.tick = v.u.pump.after(stays, func() { v.nextFrame(turn, m) })
		}
	})
}

// veiled reports whether the present picture waits for the person to want it.
func (v *viewer) veiled() bool {
	p := &v.list[v.at]
	return !p.from.IsZero() && v.u.veils.hides(p.from, p.file.Hash)
}

// unveil shows the present picture if it waits for that.
func (v *viewer) unveil() {
	if v.veiled() {
		v.u.veils.show(v.list[v.at].file.Hash)
		v.show()
	}
}

// follow shows how far the present picture has come.
func (v *viewer) follow() {
	p := v.list[v.at]
	v.tick = v.u.pump.after(250*time.Millisecond, func() {
		if !v.open || v.part < 0 || p.seq == 0 {
			return
		}
		core, room := v.u.core, v.room
		v.u.pump.work(func(ctx context.Context) func() {
			list, err := core.RoomFiles(ctx, room, p.seq+1, 1)
			return func() {
				if !v.open || v.part < 0 || v.list[v.at].file.Hash != p.file.Hash {
					return
				}
				for i := range list {
					for _, f := range list[i].Files {
						if err == nil && f.Hash == p.file.Hash && f.Size > 0 {
							v.part = float32(float64(f.Done) / float64(f.Size))
						}
					}
				}
				v.Refresh()
				v.follow()
			}
		})
	})
}

// loadWhole brings a picture here and decodes it; off the UI goroutine.
func loadWhole(ctx context.Context, core app.Commands, room chat.RoomID, f chat.File) (image.Image, error) {
	data, err := loadPicture(ctx, core, room, f)
	if err != nil {
		return nil, err
	}
	return picture.Thumbnail(ctx, data, viewerSide, picture.Shown)
}

// pictureProblem says why a picture is not shown.
func pictureProblem(err error) string {
	switch {
	case errors.Is(err, picture.ErrLarge):
		return tr.S("viewer.large")
	case errors.Is(err, picture.ErrFormat):
		return tr.S("viewer.format")
	case errors.Is(err, picture.ErrBroken):
		return tr.S("viewer.broken")
	}
	return explain(err).text
}

func (v *viewer) save() { v.u.saveFile(v.room, v.list[v.at].file) }

// label writes name, place in the list and author.
func (v *viewer) label() {
	p := v.list[v.at]
	v.name.SetText(narrate.FileName(p.file.Name))
	by := cleanName(p.by)
	if by == "" {
		by = tr.S("who.unknown")
	}
	place := ""
	if len(v.list) > 1 {
		place = tr.F("viewer.place", "At", v.at+1, "All", len(v.list))
	}
	note := dotted(place, by, tr.Day(zone.In(p.when), time.Now())+" "+tr.Clock(zone.In(p.when)), narrate.Size(p.file.Size))
	v.note.SetText(note)
	v.prev.Hidden, v.next.Hidden = v.at == 0, v.at == len(v.list)-1
}

func (v *viewer) setImage(img image.Image) {
	v.img.Image = img
	v.img.Hidden = img == nil
	v.img.Refresh()
	v.Refresh()
}
