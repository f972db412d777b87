package app

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/internal/names"
	"hearth/net/link"
	"hearth/net/wire"
	"hearth/store"
	"hearth/store/profile"
	"hearth/store/secret"
)

// left is what a removed device leaves to the one that takes its place.
type left struct {
	account chat.AccountID
	outbox  []store.Entry
	drafts  map[chat.RoomID]chat.Draft
	heard   int64  // when it heard the server last
	stock   *stock // has the contents that they name
	// unknown: the server knows nothing of the device, so of what it wrote neither.
	unknown bool
	server  chat.ServerID
	device  chat.DeviceID
	store   *store.Store // of the group that is open until another one takes its place
	rooms   []chat.RoomID
	called  map[chat.RoomID]string // what its rooms were called
	showing map[ProfilePart]*showing
	wishes  wishes
}

// CheckInvite implements Commands.
func (a *App) CheckInvite(ctx context.Context, text string) (InviteView, error) {
	l, err := parseInvite(text)
	if err != nil {
		return InviteView{}, err
	}
	info, err := link.CheckInvite(ctx, l, a.linkOptions())
	if err != nil {
		return InviteView{}, networkFailed(err)
	}
	if name, err := names.Normalize(info.Name); info.Name != "" && (err != nil || name != info.Name) {
		return InviteView{}, &Failed{Code: FailBadLink, Field: "link", Detail: "the server names an account that cannot be"}
	}
	if info.Uses < 1 && !a.halfway(info.Line, info.Name) {
		return InviteView{}, &Failed{Code: FailCode(chat.CodeInviteUsed), Field: "link"}
	}
	return InviteView{
		Group: info.Group, Inviter: info.Inviter, Addresses: l.Addresses, Server: l.Server, Fingerprint: l.Server.Groups(),
		Expires: info.Expires, UsesLeft: info.Uses, Name: info.Name, Unbound: !info.Bound,
	}, nil
}

// CheckServer implements Commands.
func (a *App) CheckServer(ctx context.Context, linkOrAddress string) (ServerView, error) {
	l, err := parseServer(linkOrAddress)
	if err != nil {
		return ServerView{}, err
	}
	id, err := link.Probe(ctx, l, a.linkOptions())
	if err != nil {
		return ServerView{}, networkFailed(err)
	}
	return ServerView{Address: id.Address, Server: id.Server, Fingerprint: id.Server.Groups(), Verified: id.Verified, Unbound: !id.Bound}, nil
}

// enrolment is a way into a group.
type enrolment struct {
	link          string
	name, display string
	password      []byte
	secret        SecretChoice
	compared      chat.ServerID       // sign in by address: the identity a person compared
	login         bool                // for an account that exists
	reset         bool                // of those: by an invite that gives it a new password
	recovery      chat.RecoverySecret // of those: by this recovery key, with a new password
	next          chat.RecoverySecret // that the account is given, in memory only; zero none
	others        bool                // with reset or recovery: end its other devices
	hosted        *HostConfig
	host          *HostInfo
	left          *left           // of the device this one takes the place of; nil if nothing
	old           string          // id of the folder that stood in the way; "" none
	line          []chat.ServerID // what the server has proven of itself, see link.Account; nil: it was not asked yet
}

// Join implements Commands.
func (a *App) Join(ctx context.Context, r JoinRequest) error {
	defer clear(r.Password)
	defer clear(r.Secret.Passphrase)
	e := enrolment{link: r.Link, name: r.Name, display: r.Display, password: r.Password, secret: r.Secret}
	replaced, err := a.replace(ctx, &e, ReasonUnknown)
	if err != nil {
		return err
	}
	if !replaced {
		if e.old, err = a.claim(ctx, PhaseWelcome, PhaseLocked, PhaseFailed); err != nil {
			return err
		}
	}
	return a.enrol(ctx, e)
}

// SignIn implements Commands.
func (a *App) SignIn(ctx context.Context, r SignInRequest) error {
	defer clear(r.Password)
	defer clear(r.Secret.Passphrase)
	again, err := a.expired(ctx)
	if err != nil {
		return err
	}
	if again != nil {
		return a.signInAgain(ctx, again, r)
	}
	e := enrolment{link: r.Link, name: r.Name, password: r.Password, secret: r.Secret, compared: r.Compared, login: true}
	replaced, err := a.replace(ctx, &e, ReasonRevoked, ReasonUnknown)
	if err != nil {
		return err
	}
	if !replaced {
		if e.old, err = a.claim(ctx, PhaseWelcome, PhaseLocked, PhaseFailed); err != nil {
			return err
		}
	}
	return a.enrol(ctx, e)
}

// replace prepares the way back in after this device was removed or forgotten: as a new
// device, in a folder of its own. The old folder stays, and the outbox moves over.
func (a *App) replace(ctx context.Context, e *enrolment, reasons ...Reason) (bool, error) {
	return reserve(ctx, a, func() (bool, error) {
		g := a.group
		if a.phase != PhaseOpen || g == nil || a.conn.State != ConnStopped || !slices.Contains(reasons, a.conn.Reason) || a.enrolled {
			return false, nil
		}
		a.enrolled = true
		if e.link == "" {
			e.link = g.link().String()
		}
		if e.name == "" {
			e.name = g.account.Name
		}
		entries, err := g.store.Outbox(a.disk)
		if err != nil {
			a.log.Warn("the outbox cannot be read", "err", err)
		}
		e.left = g.leaves(entries, a.conn.Reason == ReasonUnknown)
		e.old = g.folder.ID()
		return true, nil
	}, func() {
		if e.left != nil {
			a.enrolled = false
		}
	})
}

// claim reserves the right to bring a group into the profile; enrol gives it up.
// Of PhaseFailed it is only for what signing in helps against. It returns the id of
// the folder that stands in the way, "" if none does.
func (a *App) claim(ctx context.Context, phases ...Phase) (old string, err error) {
	return reserve(ctx, a, func() (string, error) {
		switch {
		case a.opening || a.enrolled || a.phase == PhaseOpen:
			return "", &Failed{Code: FailHasGroup}
		case !slices.Contains(phases, a.phase), a.phase == PhaseFailed && !a.problem.MaySignIn():
			return "", &Failed{Code: FailStore, Problem: a.problem}
		}
		a.enrolled = true
		switch {
		case a.locked != nil && a.locked.folder != nil:
			return a.locked.folder.ID(), nil
		case a.phase == PhaseFailed:
			return a.o.Group, nil // its account.json cannot be read
		}
		return "", nil
	}, a.unclaim)
}

func (a *App) unclaim() { a.enrolled = false }

func (a *App) release() { a.do(a.unclaim) }

// enrol goes the way in, in the order that survives a crash anywhere: key, folder,
// secret stored and read back, server, folder complete, store.
func (a *App) enrol(ctx context.Context, e enrolment) error {
	o, err := a.wayIn(ctx, &e)
	if err != nil {
		a.release()
		return err
	}
	done := make(chan struct{})
	a.arrive(o, done)
	select {
	case <-done:
		return o.failed()
	case <-a.in.done:
		return &Failed{Code: FailClosed}
	}
}

// way is a link that pins a server, and what is known of the way in.
func (e *enrolment) way() (chat.Link, error) {
	if !e.login || e.reset {
		l, err := parseInvite(e.link)
		if err == nil && e.host != nil {
			l.Addresses = append(near(e.host), l.Addresses...)
		}
		return l, err
	}
	l, err := parseServer(e.link)
	if err != nil {
		return l, err
	}
	if l.Server.IsZero() {
		l.Server = e.compared
	}
	if l.Server.IsZero() {
		return l, &Failed{Code: FailBadLink, Field: "link", Detail: "an address alone proves nothing: compare the fingerprint first"}
	}
	return l, nil
}

// wayIn does the work of enrol.
func (a *App) wayIn(ctx context.Context, e *enrolment) (opened, error) {
	l, err := e.way()
	if err != nil {
		return opened{}, err
	}
	if err := a.weaker(l, nil); err != nil {
		return opened{}, err
	}
	if !e.login && e.name == "" {
		e.name = SuggestName(e.display)
	}
	if !e.login && e.display == "" {
		e.display = e.name
	}
	if !e.login || !e.recovery.IsZero() {
		e.next = chat.NewRecoverySecret()
	}
	if err := a.meet(ctx, e, l); err != nil {
		return opened{}, err
	}
	if err := a.signedIn(e, l); err != nil {
		return opened{}, err
	}
	half, err := a.begin(ctx, e, l)
	if err != nil {
		return opened{}, err
	}
	defer half.bundle.Wipe()
	got, err := a.goIn(ctx, e, l, &half.bundle)
	if err != nil {
		if certain(err) {
			a.discard(ctx, half.folder, half.from)
		}
		return opened{}, a.failedWayIn(ctx, e, l, err)
	}
	fault.Point(fault.ClientRegistered)
	return a.finish(context.WithoutCancel(ctx), e, half, &got)
}

// signedIn refuses a second device of an account that the profile has: two of them
// in one window would tell everything twice. The folder that stands in the way does
// not count.
func (a *App) signedIn(e *enrolment, l chat.Link) error {
	if !e.login || a.prof == nil {
		return nil
	}
	groups, _ := a.prof.Groups()
	for _, g := range groups {
		account := g.Account()
		if (knownBy(&account, l.Server) || proven(&account, e.line)) && e.wouldDouble(g.ID(), &account) {
			code := FailSignedIn
			if e.reset {
				code = FailSignedInReset
			}
			return &Failed{Code: code, Field: "name", Server: pinOf(&account), Detail: "this profile has that account already"}
		}
	}
	return nil
}

// wouldDouble reports whether a folder is of the account that is signed in to, if it is
// of that server.
func (e *enrolment) wouldDouble(id string, account *profile.Account) bool {
	return e.login && account.Complete && id != e.old && strings.EqualFold(account.Name, e.name) && account.Secrets != profile.ModeMemory
}

// halfway is a group whose secrets are stored and which the server does not know,
// or not for certain.
type halfway struct {
	folder *profile.Group
	from   secret.Store
	bundle secret.Bundle
}

// group returns the name of a group that is made here, "" for others.
func (e *enrolment) group() string {
	if e.hosted == nil {
		return ""
	}
	return e.hosted.Name
}

// begin makes and keeps the secrets. A group that an earlier attempt left, whose
// answer was lost, is used again: with the same key the server gives the same
// account.
func (a *App) begin(ctx context.Context, e *enrolment, l chat.Link) (halfway, error) {
	mode, err := e.secret.mode()
	if err != nil {
		return halfway{}, err
	}
	if a.prof == nil {
		return halfway{}, &Failed{Code: FailStore, Problem: a.diskProblem(a.profErr)}
	}
	if half, ok := a.unfinished(ctx, e, l, mode); ok {
		account := half.folder.Account()
		account.Keyed = account.Keyed || !e.next.IsZero()
		if err := half.folder.Update(account); err != nil {
			half.bundle.Wipe()
			return halfway{}, &Failed{Code: FailStore, Problem: a.diskProblem(err), Detail: err.Error(), Err: err}
		}
		return half, nil
	}
	b := secret.NewBundle(l.Server)
	folder, err := a.prof.Begin(profile.Account{
		Server: l.Server, Addresses: l.Addresses, Bound: l.Bound, Authority: a.authorityText(), Verified: true, Device: b.Device, Name: e.name,
		Display: e.display, Secrets: mode, Hosted: e.hosted != nil, Group: e.group(), Keyed: !e.next.IsZero(),
	})
	if err != nil {
		return halfway{}, &Failed{Code: FailStore, Problem: a.diskProblem(err), Detail: err.Error(), Err: err}
	}
	a.shared.hold(folder.ID(), a)
	from := a.secrets(folder, mode, e.secret.Passphrase)
	fault.Point(fault.ClientSecretBefore)
	if err := from.Save(ctx, b); err != nil {
		b.Wipe()
		a.discard(ctx, folder, from)
		return halfway{}, &Failed{Code: FailSecrets, Problem: secretProblem(err, mode, folder.VaultPath()), Detail: err.Error(), Err: err}
	}
	fault.Point(fault.ClientSecretAfter)
	return halfway{folder: folder, from: from, bundle: b}, nil
}

func (a *App) unfinished(ctx context.Context, e *enrolment, l chat.Link, mode profile.Mode) (halfway, bool) {
	groups, _ := a.prof.Groups()
	for _, folder := range groups {
		account := folder.Account()
		if account.Complete || account.Server != l.Server && !proven(&account, e.line) || account.Secrets != mode || account.Name != e.name || !a.shared.hold(folder.ID(), a) {
			continue
		}
		from := a.secrets(folder, mode, e.secret.Passphrase)
		if b, err := from.Load(ctx, refOf(account)); err == nil {
			return halfway{folder: folder, from: from, bundle: b}, true
		}
	}
	return halfway{}, false
}

// mode checks the choice of a place for the secrets.
func (c *SecretChoice) mode() (profile.Mode, error) {
	switch c.Mode {
	case "", SecretKeyring:
		return profile.ModeKeyring, nil
	case SecretMemory:
		return profile.ModeMemory, nil
	case SecretVault:
		if len(c.Passphrase) > 0 {
			return profile.ModeVault, nil
		}
		return "", &Failed{Code: FailEmpty, Field: "passphrase"}
	}
	return "", &Failed{Code: FailBadValue, Field: "secret"}
}

// attempts bounds how often a lost answer is asked for again.
const attempts = 5

// SuggestName makes a login name of what somebody calls themselves. It may be
// taken, or be the same for many; the person must see it before it is used.
func SuggestName(display string) string { return names.Suggest(display) }

// goIn registers or logs in.
func (a *App) goIn(ctx context.Context, e *enrolment, l chat.Link, b *secret.Bundle) (got link.Account, err error) {
	for range attempts {
		got, err = a.goInAs(ctx, e, e.name, l, b)
		if k := link.KindOf(err); k != link.KindLost && k != link.KindRestart {
			return got, err
		}
	}
	return got, err
}

func (a *App) goInAs(ctx context.Context, e *enrolment, name string, l chat.Link, b *secret.Bundle) (link.Account, error) {
	device := link.Device{Key: b.Seed.PrivateKey(), Name: a.o.DeviceName}
	password := bytes.Clone(e.password) // wiped by the link
	if e.reset {
		return link.Reset(ctx, l, link.NewStart{Name: name, Password: password, Others: e.others, Device: device}, a.linkOptions())
	}
	if !e.recovery.IsZero() {
		return link.Recover(ctx, l, link.Comeback{Name: name, Key: e.recovery, Next: e.next, Password: password, Others: e.others, Device: device}, a.linkOptions())
	}
	if e.login {
		return link.Login(ctx, l, link.Credentials{Name: name, Password: password, Device: device}, a.linkOptions())
	}
	return link.Register(ctx, l, link.NewAccount{Name: name, Display: e.display, Password: password, Recovery: e.next, Device: device}, a.linkOptions())
}

// certain reports whether a failed way in cannot have made an account.
func certain(err error) bool {
	switch link.KindOf(err) {
	case link.KindLost, link.KindTimeout, link.KindClosed, link.KindRestart, link.KindBusy, link.KindInternal:
		return false
	}
	return true
}

// finish records what the server assigned and opens the group.
func (a *App) finish(ctx context.Context, e *enrolment, half halfway, got *link.Account) (opened, error) {
	account := half.folder.Account()
	complete(&account, &got.Ready)
	account.Addresses = withFirst(account.Addresses, got.Address)
	if e.line = got.Line; got.Greeting.Server != pinOf(&account) {
		account.Pin = got.Greeting.Server // the link has seen that it has succeeded the one that it pins
	}
	inherits := e.left != nil && e.left.passesOn(&account, e.line)
	if !inherits {
		a.giveWay(e, half.folder, &account)
	}
	if err := half.folder.Complete(account); err != nil {
		return opened{}, &Failed{Code: FailStore, Problem: a.diskProblem(err), Detail: err.Error(), Err: err}
	}
	if err := a.changeSettings(func(s *profile.Settings) { s.LastGroup = half.folder.ID() }); err != nil {
		a.log.Warn("the group in use was not noted", "err", err)
	}
	o := a.openFolder(ctx, &pending{folder: half.folder, from: half.from})
	if o.group == nil {
		return o, nil
	}
	info := infoOf(got)
	if !e.next.IsZero() {
		info.RecoveryOwed = got.Ready.Recovery.Key // a repetition may be told of another one
	}
	if link.RecoveryCounts(&got.Ready.Recovery, e.next) {
		o.group.recovery = e.next
	}
	o.group.keepsRecovery = got.Greeting.Has(wire.FeatureRecovery)
	o.group.setInfo(info)
	err := o.group.store.SetInfo(ctx, o.group.info)
	if e.hosted != nil {
		err = errors.Join(err, o.group.keepHosting(ctx, e.hosted))
		o.group.near, o.hosting = near(e.host), hostingView(e.hosted, e.host)
	}
	if err != nil {
		a.log.Warn("what the server said was not kept", "err", err)
	} else {
		a.keyNoted(o.group)
	}
	if inherits {
		a.inherit(ctx, o.group, e)
	}
	return o, nil
}

// keyNoted: the store knows of the recovery key that was made on the way in.
func (a *App) keyNoted(g *group) {
	if !g.account.Keyed {
		return
	}
	g.account.Keyed = false
	if err := g.folder.Update(g.account); err != nil {
		a.log.Warn("that a recovery key was noted was not kept", "err", err)
	}
}

// inherit takes over what a removed device leaves. Only then does its folder give way:
// whatever ends the program before, it is shown, with all that waits in it.
func (a *App) inherit(ctx context.Context, g *group, e *enrolment) {
	if e.left.unknown {
		lost, err := e.left.lost(ctx, g)
		if err != nil {
			a.log.Error("what the server has forgotten was not taken over", "err", err)
			return
		}
		e.left.outbox = append(lost, e.left.outbox...)
	}
	err := errors.Join(g.takeLeft(ctx, e.left), g.carryShowing(ctx, e.left))
	if err != nil {
		a.log.Error("what the removed device leaves was not taken over", "err", err)
		return
	}
	if g.owner.Account != e.left.account { // which the server has forgotten
		if err := a.prof.Replace(e.old, g.folder); err != nil {
			a.log.Warn("the folder that was replaced was not marked", "err", err)
		}
		return
	}
	a.giveWay(e, g.folder, &g.account)
}

// giveWay notes that a folder takes the place of the one that stood in the way, if
// that is of the same account of a server that has proven to be the same, or nobody can
// tell any more whose it is.
func (a *App) giveWay(e *enrolment, folder *profile.Group, account *profile.Account) {
	if e.old == "" || e.old == folder.ID() {
		return
	}
	groups, _ := a.prof.Groups()
	for _, g := range groups {
		if was := g.Account(); g.ID() == e.old && (!proven(&was, e.line) || was.Account != account.Account) {
			return
		}
	}
	if err := a.prof.Replace(e.old, folder); err != nil {
		a.log.Warn("the folder that was replaced was not marked", "err", err)
	}
}

func infoOf(got *link.Account) store.Info {
	r := &got.Ready
	return store.Info{
		Group: r.Group, Name: r.Name, Display: r.Display, Addresses: r.Addresses, May: r.May, Limits: got.Limits,
		Software: got.Greeting.Software, Seen: r.Time, Recovery: r.Recovery.Key, RecoveryMade: r.Recovery.Made,
	}
}

// withFirst returns the addresses with the one that works in front.
func withFirst(addresses []string, first string) []string {
	if first == "" {
		return addresses
	}
	list := []string{first}
	for _, address := range addresses {
		if address != first {
			list = append(list, address)
		}
	}
	return list
}

// expired returns the open group if its session has ended, so that signing in
// means to prove the password again; nil if no group is open.
func (a *App) expired(ctx context.Context) (*group, error) {
	return ask(ctx, a, func() (*group, error) {
		switch {
		case a.phase != PhaseOpen || a.group == nil:
			return nil, nil
		case a.conn.State == ConnStopped && a.conn.Reason == ReasonExpired:
			return a.group, nil
		case a.conn.State == ConnStopped && (a.conn.Reason == ReasonRevoked || a.conn.Reason == ReasonUnknown):
			return nil, nil
		}
		return nil, &Failed{Code: FailHasGroup}
	})
}

// signInAgain proves the password for the device that is here; everything stored
// stays, the outbox too.
func (a *App) signInAgain(ctx context.Context, g *group, r SignInRequest) error {
	name := r.Name
	if name == "" {
		name = g.account.Name
	}
	got, err := link.Login(ctx, g.link(), link.Credentials{Name: name, Password: bytes.Clone(r.Password), Device: a.device(g)}, a.linkOptions())
	if err != nil {
		return networkFailed(err)
	}
	if got.Ready.Account != g.owner.Account {
		return &Failed{Code: FailHasGroup, Field: "name", Detail: "that is another account than the one of this profile"}
	}
	return tell(context.WithoutCancel(ctx), a, func() error {
		if a.group == g {
			a.stopLink()
			a.startLink()
		}
		return nil
	})
}
