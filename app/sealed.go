package app

import (
	"context"

	"hearth/store/profile"
	"hearth/store/secret"
)

// An older folder of the same account (twin.go) whose secrets are sealed by a passphrase
// has a core of its own, which opens it once it is given that. As soon as both are open it
// gives way: it closes the folder, and the newer one's core takes over what that leaves as
// it opens its own once more. What cannot be taken over stays where it is, and open.

// meetTwins looks whether the folder that was opened is one of such a pair, and has the
// other one open, too. In the loop.
func (a *App) meetTwins() {
	id := a.group.folder.ID()
	a.spawn(func(context.Context) {
		groups, _ := a.prof.Groups() // one that cannot be read is nobody's twin
		for _, older := range groups {
			account := older.Account()
			by := older.Newer(groups)
			if by == nil || account.Secrets != profile.ModeVault || account.Hosted || older.ID() != id && by.ID() != id {
				continue
			}
			from, to := a.shared.holder(older.ID()), a.shared.holder(by.ID())
			if from == nil || to == nil || from == to {
				continue
			}
			to.do(func() {
				if to.idles(by.ID()) {
					from.do(func() { from.giveWayTo(to, older.ID(), by.ID()) })
				}
			})
		}
	})
}

// idles reports whether a folder is open and nothing else is under way with it.
func (a *App) idles(id string) bool {
	return a.phase == PhaseOpen && a.group != nil && a.group.folder.ID() == id && !a.opening && !a.enrolled && !a.closing
}

// putDown closes the open group, to open it once more.
func (a *App) putDown() *pending {
	p := &pending{folder: a.group.folder, from: a.group.from}
	a.opening = true
	a.setPhase(PhaseStarting, nil)
	a.closeGroupLogged()
	return p
}

// giveWayTo leaves the folder id, which is open here, to the core that has by.
func (a *App) giveWayTo(to *App, id, by string) {
	if !a.idles(id) || !a.shared.pass(id, a, to) {
		return
	}
	p := a.putDown()
	back := func(taken bool) {
		a.do(func() {
			a.opening = false
			if taken {
				a.into = by
				a.install(opened{phase: PhaseWelcome})
				return
			}
			a.shared.keep(id, a)
			a.reopen(p)
		})
	}
	twin := &sealedTwin{id: id, from: p.from}
	if !to.in.post(task{run: func() { to.takeSealed(by, twin, back) }}) {
		back(false)
	}
}

// takeSealed opens the folder by, which is open here, once more, with what twin leaves.
func (a *App) takeSealed(by string, twin *sealedTwin, back func(taken bool)) {
	if !a.idles(by) {
		back(false)
		return
	}
	p := a.putDown()
	p.twin = twin
	a.spawn(func(ctx context.Context) {
		o := a.openFolder(ctx, p)
		p.twin = nil
		if v, is := twin.from.(*secret.Vault); is && twin.taken {
			v.Wipe()
		}
		a.arrive(o, nil)
		back(twin.taken)
	})
}
