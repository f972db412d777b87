package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// filesPart is the part of the settings about the files kept on this disk: how much
// they may take, and clearing them.
type filesPart struct {
	p       *settingsPage
	clear   *look.Button
	spare   int64
	looked  bool   // spare is known
	cleared func() // told
}

// newFilesPart makes it; cleared is told when files went.
func (p *settingsPage) newFilesPart(cleared func()) (fyne.CanvasObject, *filesPart) {
	u := p.u
	f := &filesPart{p: p, cleared: cleared}
	f.clear = look.NewIconTextButton(look.IconTrash, tr.S("storage.clear.none"), look.Quiet, f.ask)
	f.clear.Disable()
	names := make([]string, len(app.CacheSizes))
	for i, mb := range app.CacheSizes {
		if names[i] = tr.S("storage.unlimited"); mb != app.NoCacheLimit {
			names[i] = bytesText(int64(mb) * 1_000_000)
		}
	}
	at := max(0, slices.Index(app.CacheSizes, u.settings.Sane().CacheMB))
	f.look()
	about := tr.S("storage.clear.text")
	if len(u.joined()) > 1 {
		about += " " + tr.S("storage.clear.each")
	}
	return explained(tr.S("storage.clear"), about, column(10,
		newSegments(names, at, func(i int) { u.change(func(s *app.Settings) { s.CacheMB = app.CacheSizes[i] }) }),
		flow(8, f.clear))), f
}

// look finds out how much clearing would free.
func (f *filesPart) look() {
	u := f.p.u
	u.pump.work(func(ctx context.Context) func() {
		usage, err := u.core.FileUsage(ctx)
		return func() {
			if f.looked && err == nil && f.spare == usage.Spare {
				return
			}
			f.looked, f.spare = err == nil, usage.Spare
			if err != nil || f.spare == 0 {
				f.clear.SetText(tr.S("storage.clear.none"))
				f.clear.Disable()
			} else {
				f.clear.SetText(tr.F("storage.clear.do", "Size", bytesText(f.spare)))
				f.clear.Enable()
			}
			if f.p.d.isOpen {
				f.p.Refresh()
			}
		}
	})
}

// ask says what goes and what stays before anything does.
func (f *filesPart) ask() {
	u := f.p.u
	form := newForm(u)
	var d *dialog
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { d.Close() })
	var freed int64
	form.submit = look.NewButton(tr.F("storage.clear.do", "Size", bytesText(f.spare)), look.Primary, func() {
		form.run(tr.S("storage.deleting"), func(ctx context.Context) (err error) {
			freed, err = u.core.ClearFiles(ctx, chat.RoomID{})
			return err
		}, func() {
			d.Close()
			u.toast(tr.F("storage.cleared", "Size", bytesText(freed)), look.Good)
			f.look()
			f.cleared()
		})
	})
	d = u.open(dialogSpec{
		title: tr.F("storage.clear.title", "Group", inSentence(groupName(u.view))), width: 460, focus: cancel,
		body:    column(14, newPara(tr.F("storage.clear.ask", "Size", bytesText(f.spare)), look.Body, look.Secondary), form.all, form.busy),
		buttons: []*look.Button{cancel, form.submit},
	})
	form.page = d
}
