package ui

import (
	"context"
	"image"
	"io"
	"os"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/picture"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// What the person shows of themself: picture, name, status. A part of the settings.

// profile is the part about what others see.
func (p *settingsPage) profile() fyne.CanvasObject {
	return column(22, p.avatarSetting(), p.nameSetting(), newStatusForm(p.u, grown{p}).object)
}

// avatarSetting shows the picture and changes it.
func (p *settingsPage) avatarSetting() fyne.CanvasObject {
	u := p.u
	me := u.view.Me
	name := cleanName(me.Display)
	if name == "" {
		name = cleanName(me.Name)
	}
	avatar := look.NewAvatar(me.Account.String(), name, 96)
	f := newForm(u)
	f.page = grown{p}
	var remove *look.Button
	set := func(doing string, data []byte, done string) {
		f.run(doing, func(ctx context.Context) error { return u.core.SetAvatar(ctx, data) }, func() {
			setShown(remove, data != nil)
			u.toast(done, look.Good)
			p.Refresh()
		})
	}
	choose := look.NewIconTextButton(look.IconPicture, tr.S("profile.choose"), look.Quiet, func() {
		f.setAll("")
		u.choosePicture(func(data []byte, img image.Image, err error) {
			if err != nil {
				f.setAll(tr.S("profile.bad_picture"))
				u.log.Debug("a picture cannot be used", "error", err)
				return
			}
			u.previewPicture(img, func() { set(tr.S("room.saving"), data, tr.S("profile.saved")) })
		})
	})
	remove = look.NewIconTextButton(look.IconTrash, tr.S("profile.remove"), look.Plain, func() {
		set(tr.S("room.saving"), nil, tr.S("profile.removed"))
	})
	if u.view.Cards[me.Account].Avatar.IsZero() {
		remove.Hide()
	}
	f.submit = choose
	return column(8, rowGrow(18, 1, avatar, note(tr.S("profile.picture_text"))), flow(8, choose, remove), f.all, f.busy)
}

// choosePicture asks for a picture and makes the square out of it that would be shown.
func (u *UI) choosePicture(taken func(data []byte, img image.Image, err error)) {
	u.chooseFiles(fileAsk{
		title: tr.S("picture.choose"), take: tr.S("picture.take"), most: 1, kind: &kindPictures,
		wanted: func() bool { return u.home != nil && len(u.dialogs) > 0 },
		taken: func(paths []string) {
			u.pump.work(func(ctx context.Context) func() {
				data, img, err := squareOf(ctx, paths[0])
				return func() { taken(data, img, err) }
			})
		},
	})
}

// squareOf reads a file and cuts the square out of it; off the UI goroutine.
func squareOf(ctx context.Context, path string) ([]byte, image.Image, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, int64(picture.Chosen.Bytes)+1))
	if err != nil {
		return nil, nil, err
	}
	square, err := picture.Square(ctx, data, chat.AvatarSide, chat.MaxAvatar)
	if err != nil {
		return nil, nil, err
	}
	img, err := picture.DecodeSquare(ctx, square, chat.AvatarSide, chat.MaxAvatar)
	return data, img, err
}

// previewPicture shows how others will see a picture, large and small, and asks.
func (u *UI) previewPicture(img image.Image, take func()) {
	sample := func(side float32) fyne.CanvasObject {
		a := look.NewAvatar("", "", side)
		a.SetPicture(img)
		return centred(a)
	}
	var d *dialog
	save := look.NewButton(tr.S("profile.use"), look.Primary, func() {
		d.Close()
		take()
	})
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { d.Close() })
	d = u.open(dialogSpec{
		title: tr.S("profile.preview"), width: 420,
		body: column(16, flowCentre(26, sample(160), row(26, sample(look.AvatarSize), sample(look.AvatarSmall))), note(tr.S("profile.preview_text"))), buttons: []*look.Button{cancel, save},
	})
}

// statusChoice is a status that many want.
type statusChoice struct {
	emoji string
	words tr.Key
	end   int // into statusEnds
}

var statusChoices = []statusChoice{
	{"🗓️", "status.meeting", 2}, {"🎧", "status.focus", 2}, {"🍜", "status.lunch", 1}, {"🚆", "status.travel", 2}, {"🏡", "status.home", 3}, {"🤒", "status.ill", 3}, {"🌴", "status.holiday", 0},
}

// statusEnds are the times after which a status may vanish.
var statusEnds = []tr.Key{"status.end_never", "status.end_30", "status.end_60", "status.end_today"}

// statusEnd is when a status vanishes that is set now.
func statusEnd(at int, now time.Time) time.Time {
	switch at {
	case 1:
		return now.Add(30 * time.Minute)
	case 2:
		return now.Add(time.Hour)
	case 3:
		return zone.Start(zone.Day(now).AddDate(0, 0, 1))
	}
	return time.Time{}
}

// statusForm is where the person says what they are up to.
type statusForm struct {
	u      *UI
	page   interface{ Refresh() }
	object fyne.CanvasObject
	form   *form
	text   *field
	emoji  string
	mark   *look.Line
	ends   *segments
	end    int
	shown  *fyne.Container // what others see at present
	clear  *look.Button
}

// newStatusForm makes the form on a page.
func newStatusForm(u *UI, page interface{ Refresh() }) *statusForm {
	s := &statusForm{u: u, page: page, form: newForm(u), shown: column(0)}
	s.form.page = page
	s.text = newField("", "")
	s.text.entry.SetHint(tr.S("status.what"))
	s.form.add("text", s.text, s.submit)
	s.mark = look.NewLine("", look.Title, look.Text)
	var pick *touch
	pick = newTouch(centred(s.mark), func() {
		at := u.fyne.Driver().AbsolutePositionForObject(pick)
		u.pickEmoji(at, pick.Size(), s.setEmoji)
	})
	pick.PadX, pick.PadY, pick.Fill = 10, 7, look.FieldFill
	labels := make([]string, len(statusEnds))
	for i, k := range statusEnds {
		labels[i] = tr.S(k)
	}
	s.ends = newSegments(labels, 0, func(i int) { s.end = i })
	quick := flow(6)
	for _, c := range statusChoices {
		t := newTouch(look.NewLine(c.emoji+" "+tr.S(c.words), look.Preview, look.Text), func() { s.fill(c) })
		t.PadX, t.PadY, t.Fill, t.Radius = 12, 6, look.FieldFill, 15
		quick.Add(t)
	}
	s.form.submit = look.NewButton(tr.S("status.set"), look.Primary, s.submit)
	s.clear = look.NewButton(tr.S("status.clear"), look.Plain, func() { s.send(app.StatusView{}, tr.S("status.cleared")) })
	s.begin()
	s.object = column(10, fieldName(tr.S("status.title")), s.shown, rowGrow(8, 1, pick, s.text.Container),
		setting(tr.S("status.choices"), quick), setting(tr.S("status.ends"), s.ends),
		flow(8, s.form.submit, s.clear), s.form.all, s.form.busy)
	return s
}

// begin shows what others see now, and begins with it.
func (s *statusForm) begin() {
	now := s.u.view.Cards[s.u.view.Me.Account].Status
	s.text.entry.SetText(now.Text)
	s.setEmoji(now.Emoji)
	s.showPresent(now)
}

func (s *statusForm) showPresent(now app.StatusView) {
	s.shown.Objects = nil
	if !now.None() {
		s.shown.Add(statusBox(now, time.Now()))
	}
	setShown(s.clear, !now.None())
	s.page.Refresh()
}

func (s *statusForm) setEmoji(emoji string) {
	s.emoji = emoji
	if emoji == "" {
		emoji = "🙂"
	}
	s.mark.SetText(emoji)
}

// fill takes over a status that many want.
func (s *statusForm) fill(c statusChoice) {
	s.setEmoji(c.emoji)
	s.text.entry.SetText(tr.S(c.words))
	s.end = c.end
	s.ends.choose(c.end)
	s.text.Focus()
}

func (s *statusForm) submit() {
	v := app.StatusView{Text: strings.TrimSpace(s.text.Text()), Emoji: s.emoji, Until: statusEnd(s.end, time.Now())}
	if v.None() {
		s.text.SetError(tr.S("status.missing"))
		return
	}
	s.send(v, tr.S("status.done"))
}

func (s *statusForm) send(v app.StatusView, done string) {
	u := s.u
	s.form.run(tr.S("room.saving"), func(ctx context.Context) error { return u.core.SetStatus(ctx, v) }, func() {
		if v.None() {
			s.text.entry.SetText("")
			s.setEmoji("")
		}
		s.showPresent(v)
		u.toast(done, look.Good)
	})
}
