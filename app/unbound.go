package app

import "hearth/chat"

// AllowUnbound implements Commands.
func (a *App) AllowUnbound(server chat.ServerID) { a.unbound.Store(server, true) }

// weaker refuses a link by which a proxy could read along to a server that the profile
// knows without one, until the person has said that it shall be so (docs/adr/0036).
// line is what the server has proven of itself, nil if it was not asked.
func (a *App) weaker(l chat.Link, line []chat.ServerID) error {
	_, here := a.unbound.Load(l.Server)
	_, anywhere := a.unbound.Load(chat.ServerID{})
	if l.Bound || here || anywhere || a.prof == nil {
		return nil
	}
	groups, _ := a.prof.Groups() // one that cannot be read promises nothing
	for _, g := range groups {
		if account := g.Account(); account.Bound && account.Complete && (knownBy(&account, l.Server) || proven(&account, line)) {
			return &Failed{Code: FailUnbound, Field: "link", Server: l.Server, Detail: "until now nothing between here and the server could read along; by this link a proxy can"}
		}
	}
	return nil
}

func parseInvite(text string) (chat.Link, error) {
	l, err := chat.ParseLink(text)
	switch {
	case err != nil:
		return l, &Failed{Code: FailBadLink, Field: "link", Detail: err.Error(), Err: err}
	case !l.IsInvite():
		return l, &Failed{Code: FailNotInvite, Field: "link"}
	}
	return l, nil
}

// parseServer reads a link or a bare address, which has no pin.
func parseServer(text string) (chat.Link, error) {
	if l, err := chat.ParseLink(text); err == nil {
		return l.WithoutSecret(), nil
	}
	address, err := chat.ParseAddress(text)
	if err != nil {
		code := FailBadAddress
		if chat.LooksLikeLink(text) {
			code = FailBadLink
		}
		return chat.Link{}, &Failed{Code: code, Field: "link", Detail: err.Error(), Err: err}
	}
	return chat.Link{Addresses: []string{address}, Bound: true}, nil
}
