package ui

import (
	"context"
	"image"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/narrate"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// filesOf makes the files of a row; safe off the UI goroutine.
func filesOf(m *app.MessageView) (list []timeline.File) {
	for i := range m.Files {
		f := &m.Files[i]
		r := timeline.File{
			Key: f.Hash.String(), Name: f.Name, Note: fileNote(f), Picture: f.Picture, Width: f.Width, Height: f.Height, Tag: &f.File, Moves: f.Picture && moves(&f.File),
		}
		switch f.Moving {
		case app.MoveUploading:
			r.Move = timeline.Moving
		case app.MovePaused:
			r.Move = timeline.Paused
		case app.MoveFetching:
			r.Move = timeline.Fetching
		case app.MoveFailed:
			r.Move, r.Bad = timeline.Stopped, true
		}
		if f.Size > 0 && f.Done > 0 {
			r.Part = float32(float64(f.Done) / float64(f.Size))
		}
		list = append(list, r)
	}
	return list
}

// fileNote is the second line of a file: its size, how far it is, or what went wrong.
func fileNote(f *app.FileView) string {
	size := narrate.Size(f.Size)
	switch f.Moving {
	case app.MoveFailed:
		return failCodeText(f.Problem)
	case app.MovePaused:
		if f.Done < 0 {
			return tr.F("file.paused_size", "Size", size)
		}
		return tr.F("file.paused", "Done", narrate.Size(f.Done), "Size", size)
	case app.MoveUploading, app.MoveFetching:
		if f.Problem == app.FailServerFull {
			return tr.S("file.server_full")
		}
		if f.Done < 0 {
			return size
		}
		return tr.F("file.moving", "Done", narrate.Size(f.Done), "Size", size)
	}
	return size
}

func failCodeText(c app.FailCode) string {
	if k, ok := failWords[c]; ok {
		return tr.S(k)
	}
	return codeText(chat.Code(c))
}

// picture is asked by the timeline for what there is of a picture.
func (p *pane) picture(r *timeline.Row, i int) image.Image {
	f, ok := r.Files[i].Tag.(*chat.File)
	if !ok {
		return nil
	}
	if p.veiled(r, i) {
		return p.h.u.veils.like(f)
	}
	if img := p.h.u.players.frame(p.h.room, f); img != nil {
		return img
	}
	return p.h.u.media.picture(p.h.room, f)
}

// noPicture says why nothing of a picture can be shown.
func (p *pane) noPicture(r *timeline.Row, i int) string {
	f, ok := r.Files[i].Tag.(*chat.File)
	if !ok {
		return ""
	}
	switch p.h.u.media.failure(f.Hash) {
	case thumbBroken:
		return tr.S("file.broken")
	case thumbNone:
		return tr.S("file.no_preview")
	case thumbMissing:
		return tr.S("file.not_loaded")
	}
	return ""
}

// onFile does what the person wants with a file of a message.
func (p *pane) onFile(r *timeline.Row, i int, act timeline.FileAct) {
	u, room := p.h.u, p.h.room
	f, ok := r.Files[i].Tag.(*chat.File)
	if !ok {
		return
	}
	switch act {
	case timeline.FileView:
		if p.veiled(r, i) {
			u.veils.show(f.Hash)
			if author, ok := authorOf(r); ok { // not within the click, see below
				u.pump.foreign(func() { u.askPictures(author, r.Name) })
			}
			return
		}
		u.showViewer(room, r, f.Hash)
	case timeline.FileSave:
		// Not now: within a click the toolkit takes the keyboard from what opens.
		u.pump.foreign(func() { u.saveFile(room, *f) })
	case timeline.FileSaveAll:
		var files []chat.File
		for i := range r.Files {
			if f, ok := r.Files[i].Tag.(*chat.File); ok {
				files = append(files, *f)
			}
		}
		u.pump.foreign(func() { u.saveFiles(room, files, exportName(r.Name, zone.In(r.Time))) })
	case timeline.FilePause, timeline.FileResume:
		p.decide(r, func(c app.Commands, ctx context.Context, room chat.RoomID, mid chat.MID) error {
			return c.PauseUpload(ctx, room, mid, act == timeline.FilePause)
		})
	case timeline.FileCancel:
		if r.Files[i].Move == timeline.Fetching {
			u.stopFetch(f.Hash)
			return
		}
		p.cancelFile(r, i, f)
	case timeline.FileRetry:
		if r.Seq == 0 {
			p.decide(r, app.Commands.RetryMessage)
			return
		}
		u.fetchFile(room, *f, nil)
	}
}

// onOver plays a picture once more that has stood: the pointer has come upon it.
func (p *pane) onOver(r *timeline.Row, i int) {
	if f, ok := r.Files[i].Tag.(*chat.File); ok && !p.veiled(r, i) {
		p.h.u.players.replay(p.h.room, f)
	}
}

// fetchFile has a content brought here; then, which may be nil, runs if that worked.
func (u *UI) fetchFile(room chat.RoomID, f chat.File, then func()) {
	u.stopFetch(f.Hash)
	ctx, cancel := context.WithCancel(u.pump.ctx)
	u.fetches[f.Hash] = cancel
	u.pump.work(func(context.Context) func() {
		err := u.core.LoadFile(ctx, room, f)
		gaveUp := ctx.Err() != nil
		return func() {
			if !gaveUp {
				delete(u.fetches, f.Hash)
			}
			cancel()
			switch {
			case gaveUp:
			case err != nil:
				u.toast(explain(err).text, look.Bad)
			case then != nil:
				then()
			}
		}
	})
}

// stopFetch ends what fetchFile began.
func (u *UI) stopFetch(h chat.Hash) {
	if cancel := u.fetches[h]; cancel != nil {
		delete(u.fetches, h)
		cancel()
	}
}
