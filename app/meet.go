package app

import (
	"cmp"
	"context"
	"slices"

	"hearth/chat"
	"hearth/net/link"
	"hearth/store/profile"
)

// A server that has changed its identity (docs/adr/0019) is the same one for who can see
// that the old identity has vouched for the new one. A link, and a folder of the profile,
// may name any of them.

// pinOf is the identity that must answer for a group.
func pinOf(account *profile.Account) chat.ServerID { return cmp.Or(account.Pin, account.Server) }

// knownBy reports whether a group has been met by an identity, or follows it now. It proves
// nothing: whoever has stolen the key of one that was succeeded answers by it as well.
func knownBy(account *profile.Account, server chat.ServerID) bool {
	return account.Server == server || pinOf(account) == server
}

// proven reports whether a server is the group's: the one that must answer for it is the
// one that has answered, or has vouched for it.
func proven(account *profile.Account, line []chat.ServerID) bool {
	return slices.Contains(line, pinOf(account))
}

// meet asks the server what it has proven of itself, before anything is entrusted to it,
// where it decides whether the profile has the group already.
func (a *App) meet(ctx context.Context, e *enrolment, l chat.Link) error {
	if !a.mayBeHere(e, l) {
		return nil
	}
	found, err := link.Probe(ctx, l, a.linkOptions())
	if err != nil {
		return a.failedWayIn(ctx, e, l, err)
	}
	e.line = found.Line
	return a.weaker(l, e.line)
}

// mayBeHere reports whether the profile has a group that the link does not name, and that
// would matter if it was the same.
func (a *App) mayBeHere(e *enrolment, l chat.Link) bool {
	if a.prof == nil {
		return false
	}
	groups, _ := a.prof.Groups() // one that cannot be read has nothing to compare
	return slices.ContainsFunc(groups, func(g *profile.Group) bool {
		account := g.Account()
		switch {
		case knownBy(&account, l.Server):
			return false
		case !account.Complete:
			return account.Name == e.name
		}
		return account.Bound && !l.Bound || e.wouldDouble(g.ID(), &account)
	})
}
