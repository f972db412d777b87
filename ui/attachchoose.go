package ui

import (
	"context"
	"errors"
	"path/filepath"

	"hearth/internal/desktop"
	"hearth/internal/folder"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// chooseFiles asks for files that are there: in the desktop's own dialog, in ours where
// there is none, and in ours too where the desktop's does not show and somebody asks
// again (docs/adr/0043).
func (u *UI) chooseFiles(ask fileAsk) {
	if ask.wanted == nil {
		ask.wanted = func() bool { return true }
	}
	u.askDesktop(desktop.Ask{Title: ask.title, Many: ask.most > 1, Kinds: ask.kind.forDesktop()}, ask.wanted,
		func() {
			if !ask.bare || !u.covered() {
				u.showFiles(ask)
			}
		},
		func(paths []string) { ask.taken(paths) })
}

// askPlace asks for a place for a file.
func (u *UI) askPlace(title string, s fileSave) {
	where := s.where
	if where == "" {
		where = u.settings.SaveFolder
	}
	page, take := u.pages, s.take
	if take == "" {
		take = tr.S("file.save.submit")
	}
	u.askDesktop(desktop.Ask{Title: title, Save: true, Folder: where, Name: s.name}, func() bool { return u.pages == page },
		func() { u.showFiles(fileAsk{title: title, take: take, most: 1, save: &s}) },
		func(paths []string) { u.putChosen(&s, paths[0]) })
}

// askDesktop asks in the desktop's dialog; ours opens ours. Only one is open at a time.
func (u *UI) askDesktop(ask desktop.Ask, wanted func() bool, ours func(), taken func(paths []string)) {
	if u.desktop.AskFiles == nil {
		ours()
		return
	}
	if u.choosing != nil { // its dialog is lost behind something, or shows nowhere
		u.choosing()
		u.choosing = nil
		ours()
		return
	}
	ctx, stop := context.WithCancel(u.pump.ctx)
	u.choosing = stop
	u.pump.work(func(context.Context) func() {
		paths, err := u.desktop.AskFiles(ctx, ask)
		return func() {
			if ctx.Err() != nil {
				return
			}
			stop()
			u.choosing = nil
			switch {
			case !wanted():
			case errors.Is(err, desktop.ErrNoChooser):
				u.log.Debug("the desktop has no file chooser", "error", err)
				ours()
			case len(paths) > 0:
				u.rememberFolder(filepath.Dir(paths[0]), ask.Save)
				taken(paths)
			}
		}
	})
}

// putChosen saves where the desktop's dialog said; it has asked whether what is there may
// be lost.
func (u *UI) putChosen(s *fileSave, path string) {
	put := func() {
		u.pump.work(func(ctx context.Context) func() {
			replace, _ := folder.Exists(path)
			var err error
			if s.write != nil {
				err = s.write(ctx, path, replace)
			}
			return func() {
				if err != nil {
					u.toast(explain(err).text, look.Bad)
					return
				}
				s.done(path, replace)
			}
		})
	}
	if s.sure == nil {
		put()
		return
	}
	s.sure(path, put)
}

// forDesktop is the kind as the desktop's dialog takes it, and all others.
func (k *fileKind) forDesktop() []desktop.Kind {
	if k == nil {
		return nil
	}
	return []desktop.Kind{{Name: tr.S(k.words), Ends: k.ends}, {Name: tr.S("choose.all")}}
}
