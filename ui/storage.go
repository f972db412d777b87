package ui

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// storage is the part about what lies on this disk.
func (p *settingsPage) storage() fyne.CanvasObject {
	u := p.u
	list := column(10, newSkeleton(u, 2, tr.S("storage.loading")))
	box := newBoxed(look.FieldFill, nil, 16, 14, list)
	export := look.NewIconTextButton(look.IconCopy, tr.S("storage.export.do"), look.Quiet, p.exportRoom)
	remove := look.NewIconTextButton(look.IconTrash, tr.S("storage.delete.do"), look.Dangerous, u.askDelete)
	words := tr.F("storage.delete.text", "Group", inSentence(groupName(u.view)))
	if u.view.Hosting != nil {
		remove = look.NewIconTextButton(look.IconServer, tr.S("hosting.open"), look.Quiet, func() { p.showNamed("hosting.title") })
		words = tr.S("storage.delete.hosted")
	}
	s := &storedPart{p: p, list: list}
	var files fyne.CanvasObject
	files, s.files = p.newFilesPart(s.look)
	s.look()
	p.stored = s
	u.timely(func() bool { return p.d.isOpen && p.stored == s }, s.follow)
	return column(18, box, files,
		explained(tr.S("storage.export"), tr.S("storage.export.text"), flow(8, export)),
		explained(tr.S("storage.delete"), words, flow(8, remove)))
}

// storedPart says how much takes how much, while the part of the settings is open.
type storedPart struct {
	p       *settingsPage
	list    *fyne.Container
	files   *filesPart
	shown   app.Storage
	at      time.Time // when it was looked for last
	looking bool
	again   bool // it has changed meanwhile
}

// storedEvery is how often what lies on the disk is added up at most while much changes.
const storedEvery = 2 * time.Second

// follow looks again, as what is on the disk may have changed.
func (s *storedPart) follow() {
	if time.Since(s.at) >= storedEvery {
		s.look()
		s.files.look()
	}
}

// look says how much takes how much, once it is known.
func (s *storedPart) look() {
	u := s.p.u
	if s.looking {
		s.again = true
		return
	}
	s.looking, s.again, s.at = true, false, time.Now()
	u.pump.work(func(ctx context.Context) func() {
		now, err := u.core.Storage(ctx)
		return func() {
			if s.looking = false; s.again {
				s.look()
			}
			if err == nil && now == s.shown {
				return
			}
			s.shown = now
			s.list.Objects = storageLines(&now, err)
			s.list.Refresh()
			if s.p.d.isOpen {
				s.p.Refresh()
			}
		}
	})
}

// storageLines say how much takes how much.
func storageLines(s *app.Storage, err error) []fyne.CanvasObject {
	if err != nil {
		return []fyne.CanvasObject{newPara(explain(err).text, look.Preview, look.Bad)}
	}
	var lines []fyne.CanvasObject
	add := func(words tr.Key, n int64, always bool) {
		if n > 0 || always {
			lines = append(lines, rowGrow(12, 0, newPara(tr.S(words), look.Body, look.Text), look.NewLine(bytesText(n), look.Body, look.Secondary)))
		}
	}
	add("storage.messages", s.Messages, true)
	add("storage.files", s.Files, true)
	add("storage.aside", s.Aside, false)
	add("storage.server", s.Server, false)
	add("storage.all", s.All, true)
	return append(lines, monoPara(s.Folder, look.Faint))
}

// bytesText is a number of bytes for people.
func bytesText(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	f, i := float64(n), 0
	for ; f >= 999.5 && i < len(units)-1; i++ {
		f /= 1000
	}
	if i == 0 || f >= 99.5 {
		return fmt.Sprintf("%.0f %s", f, units[i])
	}
	return strings.Replace(fmt.Sprintf("%.1f", f), ".0", "", 1) + " " + units[i]
}

// exportRoom lets the person choose a room to write out.
func (p *settingsPage) exportRoom() {
	h := p.u.home
	h.chooseRoom(roomChoice{
		title: tr.S("storage.export.do"), only: func(r *app.RoomView) bool { return !r.Pending }, taken: h.showExport,
	})
}

// askDelete names what is lost before it is.
func (u *UI) askDelete() {
	if u.view != nil && u.view.Hosting != nil {
		u.askEnd(tr.F("ending.title", "Group", inSentence(groupName(u.view))))
		return
	}
	group := inSentence(u.groupName())
	f := newForm(u)
	var d *dialog
	lost := column(6)
	say := func(text string) {
		lost.Add(rowGrow(10, 1, look.NewIcon(look.IconClose, look.Bad, 16), newPara(text, look.Body, look.Text)))
	}
	say(tr.S("storage.lost.messages"))
	if n := u.unsent(); n > 0 {
		say(tr.N("storage.lost.outbox", n))
	}
	if u.home != nil {
		if n := len(u.drafted()); n > 0 {
			say(tr.N("storage.lost.drafts", n))
		}
	}
	say(tr.S("storage.lost.device"))
	if mayHostAgain(u.view) {
		say(tr.F("storage.lost.hosting", "Folder", inSentence(u.view.Kept)))
	}
	kept := rowGrow(10, 1, look.NewIcon(look.IconCheck, look.Good, 16), newPara(tr.F("storage.kept", "Name", inSentence(cmp.Or(u.view.Me.Name, u.item.Account))), look.Body, look.Text))
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { d.Close() })
	f.submit = look.NewButton(tr.S("storage.delete.do"), look.Dangerous, func() {
		f.run(tr.S("storage.deleting"), u.core.DeleteLocal, func() { u.closeAll() })
	})
	d = u.open(dialogSpec{
		title: tr.F("storage.delete.title", "Group", group), width: 500, focus: cancel,
		body: column(14, newPara(tr.S("storage.lost"), look.Body, look.Secondary), lost, kept, f.all, f.busy), buttons: []*look.Button{cancel, f.submit},
	})
	f.page = d
}
