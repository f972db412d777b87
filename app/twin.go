package app

import (
	"context"
	"errors"

	"hearth/chat"
	"hearth/store"
	"hearth/store/profile"
	"hearth/store/secret"
)

// leaves is what a group leaves to the one that takes its place. In the loop, or of a group
// that no loop has.
func (g *group) leaves(entries []store.Entry, unknown bool) *left {
	l := &left{
		account: g.owner.Account, outbox: entries, drafts: map[chat.RoomID]chat.Draft{}, heard: g.heard, stock: g.stock,
		unknown: unknown, server: g.pin(), device: g.owner.Device, store: g.store, called: map[chat.RoomID]string{}, showing: g.showing,
		wishes: g.wishes(),
	}
	for id, r := range g.rooms {
		l.rooms = append(l.rooms, id)
		l.called[id] = r.makeShot(g).view.Name
		if !r.draft.IsZero() {
			l.drafts[id] = r.draft
		}
	}
	return l
}

// takeLeft takes over what another device of the account leaves.
func (g *group) takeLeft(ctx context.Context, l *left) error {
	release, err := g.carryFiles(l.stock, l.outbox, l.drafts)
	defer release()
	if err == nil && l.heard > 0 { // before anything that it has left can go out
		err = g.keepHeard(ctx, l.heard)
	}
	if err == nil {
		err = g.keepCalled(ctx, l.called, l.outbox)
	}
	if err == nil {
		err = errors.Join(g.carry(ctx, l.outbox), g.carryDrafts(ctx, l.drafts), g.carryWishes(ctx, l))
	}
	return err
}

// A profile may hold the same account on the same server twice (profile.Group.Newer): the
// older one is of a device that was removed. What it leaves goes to the newer one as that
// is opened, once.

// mayTakeTwin reports whether the older one can be opened without asking for anything.
func mayTakeTwin(older *profile.Account) bool { return older.Secrets == profile.ModeKeyring }

// sealedTwin is an older folder whose secrets only its person can unseal, and has.
type sealedTwin struct {
	id    string
	from  secret.Store
	taken bool // what it leaves was taken over
}

// takeTwins takes over what older folders of the same account leave; sealed, which may be
// nil, is one of them.
func (a *App) takeTwins(ctx context.Context, g *group, sealed *sealedTwin) {
	groups, _ := a.prof.Groups() // one that cannot be read is nobody's twin
	for _, folder := range groups {
		account := folder.Account()
		by := folder.Newer(groups)
		unsealed := sealed != nil && sealed.id == folder.ID()
		if by == nil || by.ID() != g.folder.ID() || !mayTakeTwin(&account) && !unsealed || !a.shared.hold(folder.ID(), a) {
			continue
		}
		from := a.keyring
		if unsealed {
			from = sealed.from
		}
		if err := a.takeTwin(ctx, g, folder, from); err != nil {
			a.log.Error("what the account's older folder leaves was not taken over", "err", err)
		} else if unsealed {
			sealed.taken = true
		}
	}
}

func (a *App) takeTwin(ctx context.Context, g *group, folder *profile.Group, from secret.Store) (err error) {
	b, err := from.Load(ctx, refOf(folder.Account()))
	if err != nil {
		return err
	}
	defer b.Wipe()
	was, err := openGroup(ctx, folder, &b, from, a.storeOptions())
	defer func() { err = errors.Join(err, was.wipe()) }()
	if err != nil {
		return err
	}
	entries, err := was.store.Outbox(ctx)
	if err != nil {
		return err
	}
	l := was.leaves(entries, false)
	if l.outbox, err = g.unheardOf(ctx, entries); err != nil {
		return err
	}
	if err := g.takeLeft(ctx, l); err != nil {
		return err
	}
	return a.prof.Replace(folder.ID(), g.folder)
}

// unheardOf leaves out the entries that are in the log already: they were taken over
// before, and sent.
func (g *group) unheardOf(ctx context.Context, entries []store.Entry) (rest []store.Entry, err error) {
	wanted := map[chat.RoomID]map[chat.MID]bool{}
	for i := range entries {
		if wanted[entries[i].Room] == nil {
			wanted[entries[i].Room] = map[chat.MID]bool{}
		}
		wanted[entries[i].Room][entries[i].MID] = true
	}
	look := mostLooked
	for room, mids := range wanted {
		place := store.Query{Place: store.Newest, Limit: foldPage}
		for len(mids) > 0 && look > 0 && g.rooms[room] != nil {
			win, err := g.store.Messages(ctx, room, place)
			if err != nil {
				return nil, err
			}
			look -= len(win.Events)
			for i := range win.Events {
				if win.Events[i].Author == g.owner.Account {
					delete(mids, win.Events[i].MID)
				}
			}
			if !win.MoreBefore || len(win.Events) == 0 {
				break
			}
			place = store.Query{Place: store.Before, Seq: win.Events[0].Seq, Limit: foldPage}
		}
	}
	for _, e := range entries {
		if wanted[e.Room][e.MID] {
			rest = append(rest, e)
		}
	}
	return rest, nil
}
