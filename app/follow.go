package app

import (
	"context"

	"hearth/chat"
	"hearth/net/link"
)

// Follow implements Commands. Nothing of the person's is sent before the server has proven
// that it is the group's, and nothing is changed before that.
func (a *App) Follow(ctx context.Context, linkOrAddress string) error {
	l, err := parseServer(linkOrAddress)
	if err != nil {
		return err
	}
	known, err := ask(ctx, a, func() (chat.Link, error) {
		if a.group == nil {
			return chat.Link{}, &Failed{Code: FailBadValue, Detail: "no group is open"}
		}
		return a.group.link(), nil
	})
	if err != nil {
		return err
	}
	found, err := link.Probe(ctx, chat.Link{Addresses: l.Addresses, Server: known.Server, Bound: l.Bound}, a.linkOptions())
	other := &Failed{Code: FailOtherGroup, Field: "link", Detail: "another group's server answers there"}
	switch {
	case link.KindOf(err) == link.KindPinMismatch:
		return other
	case err != nil:
		return networkFailed(err)
	case !l.Server.IsZero() && l.Server != known.Server && l.Server != found.Server:
		return other
	}
	if !found.Bound {
		if err := a.weaker(chat.Link{Server: known.Server}, found.Line); err != nil {
			return err
		}
	}
	return tell(ctx, a, func() error {
		g := a.group
		if g == nil || g.pin() != known.Server {
			return &Failed{Code: FailBadValue, Detail: "no group is open"}
		}
		account := g.account
		account.Addresses = tidyAddresses([]string{found.Address}, l.Addresses, account.Addresses)
		// What none can read along to stays so, also by a link that promises less.
		account.Bound = found.Bound && (l.Bound || account.Bound)
		if err := g.folder.Update(account); err != nil {
			return &Failed{Code: FailStore, Problem: a.diskProblem(err), Detail: err.Error(), Err: err}
		}
		g.account = account
		a.noteEnded(false)
		a.stopLink()
		a.startLink()
		return nil
	})
}
