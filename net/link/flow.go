package link

import (
	"context"
	"crypto"
	"time"

	"hearth/chat"
	"hearth/net/wire"
)

// ServerIdentity is a server before anything was entrusted to it.
type ServerIdentity struct {
	Address string // that answered
	Server  chat.ServerID
	Line    []chat.ServerID // see Account.Line
	// Verified says that it proved the identity the link pins. For a bare
	// address it is false: a person must compare the fingerprint, and only then
	// may it be put into a link as its pin.
	Verified  bool
	Bound     bool
	Epoch     chat.Epoch
	Software  string // hostile text
	ClockSkew time.Duration
}

// Probe looks at a server and hangs up. It proves itself to be whoever it says;
// with a pin in the link it must be that one. A link without a pin (a bare typed
// address) is accepted here and nowhere else. Nothing is told to the server.
func Probe(ctx context.Context, l chat.Link, o Options) (ServerIdentity, error) {
	o = o.withDefaults()
	if len(l.Addresses) == 0 {
		return ServerIdentity{}, &Error{Kind: KindBadLink}
	}
	g, err := greet(ctx, l, o)
	if err != nil {
		return ServerIdentity{}, err
	}
	defer g.hangUp(ctx)
	return ServerIdentity{
		Address: g.address, Server: g.greeting.Server, Line: g.line, Verified: !l.Server.IsZero(), Bound: g.greeting.Bound,
		Epoch: g.greeting.Epoch, Software: g.greeting.Software, ClockSkew: g.skew,
	}, nil
}

// InviteInfo is what an invite admits to. Texts are hostile until cleaned.
type InviteInfo struct {
	ServerIdentity
	Group   string
	Inviter string    // display name; "": the server itself
	Expires time.Time // by the server's clock
	Uses    int       // left
	// Name is the login name of the account that Reset gives a new password; "": the
	// invite makes an account by Register. With 0 uses left only the device that used
	// it may come again.
	Name string
}

// CheckInvite asks the server what an invite admits to, proving that its secret
// is known. Nothing is used up.
func CheckInvite(ctx context.Context, l chat.Link, o Options) (InviteInfo, error) {
	o = o.withDefaults()
	if err := usable(l, true); err != nil {
		return InviteInfo{}, err
	}
	g, err := greet(ctx, l, o)
	if err != nil {
		return InviteInfo{}, err
	}
	defer g.hangUp(ctx)
	key := l.Secret.Key()
	answer, err := ask[*wire.InviteInfo](ctx, g, &wire.InviteCheck{
		Invite:    chat.InviteIDOf(publicOf(key)),
		Signature: signWith(key, wire.InviteCheckInput(g.binding)),
	})
	if err != nil {
		return InviteInfo{}, err
	}
	return InviteInfo{
		ServerIdentity: ServerIdentity{
			Address: g.address, Server: g.greeting.Server, Line: g.line, Verified: true, Bound: g.greeting.Bound,
			Epoch: g.greeting.Epoch, Software: g.greeting.Software, ClockSkew: g.skew,
		},
		Group: answer.Group, Inviter: answer.Inviter, Expires: time.UnixMilli(answer.Expires), Uses: answer.Uses, Name: answer.Name,
	}, nil
}

// Device is the installation that enrols. Key is its Ed25519 key, which the
// caller has stored and read back before: a key without an account is
// harmless, an account without its key is not.
type Device struct {
	Key  crypto.Signer
	Name string // for the person's own list of devices, at most 64 bytes
}

// NewAccount is what Register makes.
type NewAccount struct {
	Name     string              // login name
	Display  string              // what people read
	Password []byte              // wiped by Register
	Recovery chat.RecoverySecret // its public half is given to the server; zero: none
	Device   Device
}

// Credentials are what Login proves.
type Credentials struct {
	Name     string
	Password []byte // wiped by Login
	Device   Device
}

// NewStart is what Reset makes.
type NewStart struct {
	Name     string // of the account, as CheckInvite tells: the password must not be made of it
	Password []byte // the new one; wiped by Reset
	Others   bool   // end the account's other devices
	Device   Device
}

// Account is what Register, Reset and Login bring back.
type Account struct {
	Address string // that answered
	// Line is what the server has proven of itself: the identity that answered, and those
	// that have vouched for it, one after another. The one that the link pins is among them.
	Line      []chat.ServerID
	Ready     wire.Ready
	Greeting  wire.Greeting
	Limits    chat.Limits // of the greeting, completed
	ClockSkew time.Duration
}

// Login enrols a device for an account that exists, or proves the password
// again for a device whose session expired.
func Login(ctx context.Context, l chat.Link, c Credentials, o Options) (Account, error) {
	defer clear(c.Password)
	o = o.withDefaults()
	if err := usable(l, false); err != nil {
		return Account{}, err
	}
	g, err := greet(ctx, l, o)
	if err != nil {
		return Account{}, err
	}
	defer g.hangUp(ctx)
	ready, err := logIn(ctx, g, c)
	if err != nil {
		return Account{}, err
	}
	return g.account(ready), nil
}

// usable checks that a link pins a server and, if asked for, admits somebody.
func usable(l chat.Link, invite bool) error {
	if len(l.Addresses) == 0 || l.Server.IsZero() || invite && !l.IsInvite() {
		return &Error{Kind: KindBadLink}
	}
	return nil
}

// account is what a finished way in brings back.
func (g *greeted) account(ready *wire.Ready) Account {
	return Account{Address: g.address, Line: g.line, Ready: *ready, Greeting: g.greeting, Limits: g.limits, ClockSkew: g.skew}
}
