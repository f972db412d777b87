package app

import (
	"context"
	"errors"
	"io"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/store"
	"hearth/store/secret"
	"hearth/store/shelf"
)

// Rebuild implements Commands.
func (a *App) Rebuild(ctx context.Context) error {
	p, err := a.takeLocked(ctx, PhaseFailed)
	if err != nil {
		return err
	}
	return a.startOver(ctx, p)
}

// RebuildSound is Rebuild for a store with which nothing is wrong, as far as this
// program can tell; in PhaseOpen.
func (a *App) RebuildSound(ctx context.Context) error {
	p, err := reserve(ctx, a, func() (*pending, error) {
		if a.phase != PhaseOpen || a.group == nil || a.opening || a.enrolled {
			return nil, &Failed{Code: FailBadValue, Detail: "no group is open"}
		}
		a.opening = true
		a.setPhase(PhaseStarting, nil)
		return &pending{folder: a.group.folder, from: a.group.from}, nil
	}, func() {
		if a.opening = false; a.phase == PhaseStarting {
			a.setPhase(PhaseOpen, nil)
		}
	})
	if err != nil {
		return err
	}
	return a.startOver(ctx, p)
}

func (a *App) startOver(ctx context.Context, p *pending) error {
	p.suspect = false // what was found is put aside
	if err := tell(ctx, a, func() error { return a.closeGroup() }); err != nil {
		a.log.Warn("the damaged store did not close well", "err", err)
	}
	return a.settle(ctx, func(ctx context.Context) opened { return a.rebuild(ctx, p) })
}

// rebuild puts the damaged store aside and opens a fresh one, which takes over what can
// be read of the outbox and the drafts.
func (a *App) rebuild(ctx context.Context, p *pending) opened {
	to, err := p.folder.Aside("damaged")
	if err != nil {
		return opened{phase: PhaseFailed, pending: p, problem: a.diskProblem(err)}
	}
	a.log.Warn("a damaged store was put aside", "path", to)
	fault.Point(fault.ClientRebuildAside)
	p.anew = true
	defer func() { p.anew = false }()
	return a.openFolder(ctx, p)
}

// takeOver moves what can be read of the outbox and the drafts from a store that was put
// aside to the one that took its place; again at the next start if the program ends, or
// the disk is full, on the way. Entries that come twice have their old ids.
func (a *App) takeOver(ctx context.Context, g *group, key secret.Key) {
	path := g.folder.NotTakenOver()
	if path == "" {
		return
	}
	fault.Point(fault.ClientRebuildMade)
	saved, err := store.Salvage(ctx, path, key, a.o.Rerun, a.log)
	if err != nil {
		a.log.Warn("not all of the damaged store could be looked at", "err", err)
	}
	if ctx.Err() != nil {
		return
	}
	if err := errors.Join(g.carry(ctx, saved.Outbox), g.carryDrafts(ctx, saved.Drafts)); err != nil {
		a.log.Error("what was salvaged was not taken over", "err", err)
		return
	}
	a.log.Info("what a damaged store held was taken over", "salvaged", len(saved.Outbox), "drafts", len(saved.Drafts))
	fault.Point(fault.ClientRebuildTaken)
	if err := g.folder.TakenOver(); err != nil {
		a.log.Warn("what was taken over was not noted", "err", err)
	}
}

// carryDrafts takes over drafts of another store, where nothing was begun since. The
// rooms need not be known yet.
func (g *group) carryDrafts(ctx context.Context, drafts map[chat.RoomID]chat.Draft) error {
	for id, d := range drafts {
		if r := g.rooms[id]; r != nil && !r.draft.IsZero() {
			continue
		}
		if err := g.store.SetDraft(ctx, id, d); err != nil {
			return err
		}
		g.setDraft(g.room(id), d)
	}
	return nil
}

// carryFiles takes over contents that lie on another shelf: those that entries and
// drafts name. They are held until release; one that is not there is left out, as the
// server may have it.
func (g *group) carryFiles(from *stock, entries []store.Entry, drafts map[chat.RoomID]chat.Draft) (release func(), err error) {
	var hashes, held []chat.Hash
	for i := range entries {
		e := chat.Event{Kind: entries[i].Kind, Body: entries[i].Body}
		hashes = append(hashes, hashesOf(e.Contents())...)
	}
	for _, d := range drafts {
		hashes = append(hashes, d.Contents()...)
	}
	release = func() { g.stock.release(held...) }
	for _, h := range hashes {
		content, err := from.shelf.Open(h)
		if errors.Is(err, shelf.ErrNotFound) {
			continue
		}
		if err != nil {
			return release, err
		}
		got, _, err := g.stock.put(io.NewSectionReader(content, 0, content.Size()))
		if err = errors.Join(err, content.Close()); err != nil {
			return release, err
		}
		held = append(held, got)
	}
	return release, nil
}

// carry puts entries of another store into the outbox, under their old ids: what
// the server has of them already it recognises. Those that waited for the person
// go on waiting, those that failed have failed for the same reason, and those that were
// acknowledged wait for their events: the next connection asks what became of them
// (unseen.go).
func (g *group) carry(ctx context.Context, entries []store.Entry) error {
	added, err := g.store.Carry(ctx, entries)
	if err != nil {
		return err
	}
	for i := range added {
		g.addEntry(&added[i])
	}
	return nil
}
