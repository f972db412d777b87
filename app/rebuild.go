package app

import (
	"context"

	"hearth/chat"
	"hearth/store"
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
	p, err := ask(ctx, a, func() (*pending, error) {
		if a.phase != PhaseOpen || a.group == nil || a.opening || a.enrolled {
			return nil, &Failed{Code: FailBadValue, Detail: "no group is open"}
		}
		a.opening = true
		a.setPhase(PhaseStarting, nil)
		return &pending{folder: a.group.folder, from: a.group.from}, nil
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

// rebuild puts the damaged store aside and makes a fresh one; what can be read of
// the outbox and the drafts moves over.
func (a *App) rebuild(ctx context.Context, p *pending) opened {
	saved := a.salvage(ctx, p)
	to, err := p.folder.Aside("damaged")
	if err != nil {
		return opened{phase: PhaseFailed, pending: p, problem: a.diskProblem(err)}
	}
	a.log.Warn("a damaged store was put aside", "path", to, "salvaged", len(saved.Outbox), "drafts", len(saved.Drafts))
	o := a.openFolder(ctx, p)
	if o.group != nil {
		if err := o.group.carry(ctx, saved.Outbox); err != nil {
			a.log.Error("the salvaged outbox was not taken over", "err", err)
		}
		if err := o.group.carryDrafts(ctx, saved.Drafts); err != nil {
			a.log.Error("the salvaged drafts were not taken over", "err", err)
		}
	}
	return o
}

// salvage reads what it can of a damaged store's outbox and drafts.
func (a *App) salvage(ctx context.Context, p *pending) store.Salvaged {
	account := p.folder.Account()
	if p.from == nil {
		p.from = a.secrets(p.folder, account.Secrets, nil)
	}
	if p.from == nil {
		return store.Salvaged{}
	}
	b, err := p.from.Load(ctx, refOf(account))
	if err != nil {
		return store.Salvaged{}
	}
	defer b.Wipe()
	saved, err := store.Salvage(ctx, p.folder.StorePath(), b.Key, a.o.Rerun, a.log)
	if err != nil {
		a.log.Warn("not all of the damaged store could be looked at", "err", err)
	}
	return saved
}

// carryDrafts takes over drafts of another store. The rooms need not be known yet.
func (g *group) carryDrafts(ctx context.Context, drafts map[chat.RoomID]chat.Draft) error {
	for id, d := range drafts {
		if err := g.store.SetDraft(ctx, id, d); err != nil {
			return err
		}
		g.setDraft(g.room(id), d)
	}
	return nil
}

// carry puts entries of another store into the outbox, under their old ids: what
// the server has of them already it recognises. Those that waited for the person
// go on waiting.
func (g *group) carry(ctx context.Context, entries []store.Entry) error {
	var subs []store.Submission
	for _, e := range entries {
		if e.State == store.EntryAcknowledged || g.out[e.MID] != nil {
			continue
		}
		subs = append(subs, store.Submission{
			MID: e.MID, Room: e.Room, Kind: e.Kind, Body: e.Body, Created: e.Created, Held: e.State != store.EntryQueued,
			Transmitted: e.Transmitted, DSeq: e.DSeq, Carried: true,
		})
	}
	if len(subs) == 0 {
		return nil
	}
	added, err := g.store.Enqueue(ctx, subs...)
	if err != nil {
		return err
	}
	for i := range added {
		g.addEntry(&added[i])
	}
	return nil
}
