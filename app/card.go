package app

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/store"
)

// What people show besides their names (docs/adr/0028). The loop keeps what the
// server has told, on disk too; what the person wants to show waits there until the
// server has it. Pictures are fetched when somebody wants to see them (avatar.go).

// CardCommands is what the core may be asked about avatars and statuses.
type CardCommands interface {
	// SetAvatar makes a small square out of any picture (package picture) and shows it
	// to everybody the person shares a room with; nil takes the picture away. It
	// returns when that is on disk, works offline, and is sent when there is a
	// connection. FailPicture if it cannot be made, FailNoCards if this server keeps
	// none.
	SetAvatar(ctx context.Context, picture []byte) error
	// SetStatus replaces the person's status likewise; the zero one takes it away.
	SetStatus(ctx context.Context, s StatusView) error
	// Avatar returns the picture that View.Cards names for an account, as bytes that
	// picture.DecodeSquare accepts (chat.AvatarSide, chat.MaxAvatar): from disk if it
	// is here, else from the server. FailFileAbsent if there is none, FailPicture or
	// FailFileContent if what the server gave is none: nothing of it was kept.
	Avatar(ctx context.Context, account chat.AccountID) ([]byte, error)
}

// FailNoCards: this server keeps no avatars and statuses.
const FailNoCards FailCode = "card.unsupported"

// CardView is what somebody shows besides their names.
type CardView struct {
	Avatar chat.Hash // names the bytes of the picture; zero none
	Status StatusView
}

// StatusView is one line about what somebody is up to.
type StatusView struct {
	Text  string    // one line, at most chat.MaxStatus characters
	Emoji string    // one, or ""
	Until time.Time // when it vanishes; zero: it stays
}

// None reports whether the status says nothing.
func (s StatusView) None() bool { return s.Text == "" && s.Emoji == "" }

// over reports whether the time of a status is over.
func (s StatusView) over(now time.Time) bool { return !s.Until.IsZero() && !s.Until.After(now) }

// wire returns the status as it is sent now; one whose time is over says nothing.
func (s StatusView) wire(now time.Time) wire.Status {
	if s.None() || s.over(now) {
		return wire.Status{}
	}
	w := wire.Status{Text: s.Text, Emoji: s.Emoji}
	if !s.Until.IsZero() {
		w.ForMS = max(1, s.Until.Sub(now).Milliseconds())
	}
	return w
}

// Names of settings in the store.
const (
	settingCards    = "cards"     // JSON of []cardRecord
	settingCardWish = "card_wish" // JSON of cardWish
)

const (
	mostCards      = 5_000           // that a server can make us keep
	cardsSaveAfter = 2 * time.Second // changes that come together are written together
)

// cards is what is known of cards. Owned by the loop.
type cards struct {
	table map[chat.AccountID]card
	wish  cardWish
	shown map[chat.AccountID]CardView // published, never changed; nil: to be made anew
	dirty bool                        // table is to be written down

	// Of the present connection.
	asking  bool
	pages   map[chat.AccountID]card     // what the answer says so far
	pushed  map[chat.AccountID]struct{} // told anew since it was asked for
	sending bool                        // a part of the wish is on its way
}

// card is what the server said of somebody.
type card struct {
	CardView
	rev uint64
}

// cardRecord is a card on disk.
type cardRecord struct {
	Account chat.AccountID `json:"account"`
	Rev     uint64         `json:"rev"`
	Avatar  chat.Hash      `json:"avatar,omitzero"`
	statusRecord
}

// statusRecord is a status on disk. Until is by this machine's clock.
type statusRecord struct {
	Text  string `json:"text,omitzero"`
	Emoji string `json:"emoji,omitzero"`
	Until int64  `json:"until,omitzero"` // milliseconds
}

func recordOf(s StatusView) statusRecord {
	r := statusRecord{Text: s.Text, Emoji: s.Emoji}
	if !s.Until.IsZero() {
		r.Until = s.Until.UnixMilli()
	}
	return r
}

func (r statusRecord) view() StatusView {
	s := StatusView{Text: r.Text, Emoji: r.Emoji}
	if r.Until != 0 {
		s.Until = time.UnixMilli(r.Until)
	}
	return s
}

// cardWish is what the person wants to show and the server does not know yet. Avatar
// and Status are pointers: nil is no wish.
type cardWish struct {
	Avatar *chat.Hash    `json:"avatar,omitempty"` // on the shelf, held; zero: none
	Status *statusRecord `json:"status,omitempty"`
}

// loadCards reads what was known when the program ended. What cannot be read is
// nothing: the server tells it again.
func (g *group) loadCards(ctx context.Context) error {
	g.cards.table = map[chat.AccountID]card{}
	var list []cardRecord
	if err := g.loadJSON(ctx, settingCards, &list); err != nil {
		return err
	}
	for _, r := range list[:min(len(list), mostCards)] {
		g.cards.table[r.Account] = card{rev: r.Rev, CardView: CardView{Avatar: r.Avatar, Status: r.view()}}
	}
	if err := g.loadJSON(ctx, settingCardWish, &g.cards.wish); err != nil {
		return err
	}
	if h := g.cards.wish.Avatar; h != nil && !h.IsZero() {
		g.stock.hold(*h)
	}
	g.keepFaces()
	return nil
}

// loadJSON reads a setting; without one, or with one that cannot be read, v stays.
func (g *group) loadJSON(ctx context.Context, name string, v any) error {
	data, err := g.store.Setting(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil {
		_ = json.Unmarshal(data, v)
	}
	return err
}

// saveJSON writes a setting.
func (a *App) saveJSON(name string, v any) { a.storeResult(a.writeJSON(name, v)) }

// writeJSON is saveJSON for who deals with the error.
func (a *App) writeJSON(name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return a.group.store.SetSetting(a.disk, name, data)
}

// keepFaces tells the shelf which pictures stay, and reports whether they are others than
// before.
func (g *group) keepFaces() bool {
	faces := make(map[chat.Hash]struct{}, len(g.cards.table))
	for _, c := range g.cards.table {
		if !c.Avatar.IsZero() {
			faces[c.Avatar] = struct{}{}
		}
	}
	return g.stock.setFaces(faces)
}

// cardsChanged publishes what is known, and writes it down soon.
func (a *App) cardsChanged() {
	a.group.cards.shown, a.group.cards.dirty = nil, true
	a.viewNew = true
	if a.group.keepFaces() { // a status leaves no file behind
		a.sweepSoon(a.group.stock)
	}
	a.alarm.set(alarmCardsSave, cardsSaveAfter, a.saveCards)
}

// saveCards writes down what is known; also when the group is closed.
func (a *App) saveCards() {
	g := a.group
	if g == nil || !g.cards.dirty {
		return
	}
	g.cards.dirty = false
	a.alarm.clear(alarmCardsSave)
	list := make([]cardRecord, 0, len(g.cards.table))
	for id, c := range g.cards.table {
		list = append(list, cardRecord{Account: id, Rev: c.rev, Avatar: c.Avatar, statusRecord: recordOf(c.Status)})
	}
	slices.SortFunc(list, func(x, y cardRecord) int { return slices.Compare(x.Account[:], y.Account[:]) })
	a.saveJSON(settingCards, list)
}

// cardViews returns what is to be shown now, and arranges for the moment when the
// next status is over.
func (a *App) cardViews() map[chat.AccountID]CardView {
	g := a.group
	if g.cards.shown != nil {
		return g.cards.shown
	}
	now := time.Now()
	var next time.Time
	out := make(map[chat.AccountID]CardView, len(g.cards.table)+1)
	add := func(id chat.AccountID, v CardView) {
		if g.blocked[id] { // what they write is not shown, nor is this
			return
		}
		if v.Status.over(now) {
			v.Status = StatusView{}
		}
		if u := v.Status.Until; !u.IsZero() && (next.IsZero() || u.Before(next)) {
			next = u
		}
		if v != (CardView{}) {
			out[id] = v
		}
	}
	me := g.cards.table[g.me()].CardView
	for id, c := range g.cards.table {
		if id != g.me() {
			add(id, c.CardView)
		}
	}
	if w := g.cards.wish.Avatar; w != nil {
		me.Avatar = *w
	}
	if w := g.cards.wish.Status; w != nil {
		me.Status = w.view()
	}
	add(g.me(), me)
	g.cards.shown = out
	if !next.IsZero() {
		a.awaitCards(next)
	}
	return out
}

// awaitCards shows cards anew when a status is over. It does not wait far ahead in one
// go: the machine may sleep, or its clock be set.
func (a *App) awaitCards(next time.Time) {
	wait := min(max(time.Until(next)+time.Millisecond, 0), time.Minute)
	a.alarm.set(alarmCards, wait, func() {
		switch g := a.group; {
		case g == nil:
		case time.Now().Before(next):
			a.awaitCards(next)
		default:
			g.cards.shown, a.viewNew = nil, true
		}
	})
}

// cardOf takes over what a server said. A status that will not do is left out: it may
// be of a newer server, or of a hostile one.
func cardOf(w *wire.Card, now time.Time) card {
	c := card{rev: w.Rev, CardView: CardView{Avatar: w.Avatar}}
	if w.Status.None() || w.Status.Check() != nil {
		return c
	}
	c.Status = StatusView{Text: w.Text, Emoji: w.Emoji}
	if w.ForMS > 0 {
		c.Status.Until = time.UnixMilli(now.UnixMilli() + w.ForMS)
	}
	return c
}

// cardAt takes over what somebody shows now.
func (a *App) cardAt(f *wire.CardAt) {
	g := a.group
	now := time.Now()
	for i := range f.Cards {
		w := &f.Cards[i]
		if g.cards.asking && len(g.cards.pushed) < 2*mostCards {
			g.cards.pushed[w.Account] = struct{}{}
		}
		if _, known := g.cards.table[w.Account]; w.None() {
			delete(g.cards.table, w.Account)
		} else if known || len(g.cards.table) < mostCards {
			g.cards.table[w.Account] = cardOf(w, now)
		}
	}
	if slices.ContainsFunc(f.Cards, func(w wire.Card) bool { return w.Account == g.me() }) {
		a.shownCard(false)
	}
	a.cardsChanged()
}

// shownCard looks at what the server has of the person's own card.
func (a *App) shownCard(listed bool) {
	a.noteShowing(listed, PartPicture, PartStatus)
	a.sendShowing()
}

// askCards asks what everybody shows, unless it is known. Once a connection.
func (a *App) askCards() {
	g := a.group
	c := &g.cards
	if c.asking || !g.net.has(wire.FeatureCards) {
		return
	}
	c.asking, c.pages, c.pushed = true, map[chat.AccountID]card{}, map[chat.AccountID]struct{}{}
	var digest chat.Digest
	if g.showing[PartStatus].Epoch == g.net.session.Greeting().Epoch { // in another, revisions count something else
		for id, one := range c.table {
			digest = digest.AddCard(id, one.rev)
		}
	}
	a.askCardsPage(digest, chat.AccountID{})
}

func (a *App) askCardsPage(digest chat.Digest, after chat.AccountID) {
	g := a.group
	a.insist(alarmCardsAsk, func() wire.Request { return &wire.Cards{Digest: digest, After: after} }, func(r wire.Reply) {
		f, ok := r.(*wire.CardsList)
		if !ok || f.Same || !g.cards.asking {
			switch {
			case ok && f.Same && g.cards.asking && digest == 0: // nobody shows anything
				a.cardsListed()
			case ok && f.Same:
				a.shownCard(true)
			}
			g.cards.asking, a.viewNew = false, true
			return
		}
		now, last := time.Now(), after
		for i := range f.Cards {
			w := &f.Cards[i]
			if slices.Compare(w.Account[:], last[:]) <= 0 || len(g.cards.pages) >= mostCards {
				f.More = false // this list has no end
				break
			}
			last = w.Account
			g.cards.pages[w.Account] = cardOf(w, now)
		}
		if f.More && last != after {
			a.askCardsPage(0, last)
			return
		}
		a.cardsListed()
	}, func(error) { g.cards.asking, a.viewNew = false, true })
}

// cardsListed replaces what was known by what the server has listed, and has told
// since: people with whom no room is shared any more are forgotten.
func (a *App) cardsListed() {
	c := &a.group.cards
	for id := range c.pushed {
		delete(c.pages, id)
		if one, ok := c.table[id]; ok {
			c.pages[id] = one
		}
	}
	c.asking, c.table, c.pages = false, c.pages, nil
	a.shownCard(true) // before the pictures that show no more may go
	a.cardsChanged()
}

// cardsOffline forgets what belonged to a connection.
func (a *App) cardsOffline() {
	g := a.group
	a.alarm.clear(alarmCardsAsk)
	a.alarm.clear(alarmCard)
	g.cards.asking, g.cards.sending, g.cards.pages, g.cards.pushed = false, false, nil, nil
}

// SetStatus implements Commands.
func (a *App) SetStatus(ctx context.Context, s StatusView) error {
	if err := a.writable(); err != nil {
		return err
	}
	now := time.Now()
	w := wire.Status{Text: s.Text, Emoji: s.Emoji}
	if !s.Until.IsZero() && !s.None() {
		if w.ForMS = s.Until.Sub(now).Milliseconds(); w.ForMS <= 0 {
			return &Failed{Code: FailBadValue, Field: "until", Detail: "that time is over"}
		}
	}
	if bad := w.Check(); bad != nil {
		return refusalFailed(bad)
	}
	if s.None() {
		s.Until = time.Time{}
	}
	return a.wishCard(ctx, func(w *cardWish) {
		r := recordOf(s)
		w.Status = &r
	})
}

// wishCard changes what the person wants to show, writes that down, and sends it.
func (a *App) wishCard(ctx context.Context, change func(*cardWish)) error {
	return tell(ctx, a, func() error {
		g := a.group
		switch {
		case g == nil:
			return &Failed{Code: FailNoRoom, Detail: "no group is open"}
		case g.net != nil && g.net.live && !g.net.has(wire.FeatureCards):
			return &Failed{Code: FailNoCards, Detail: "this server keeps no avatars and statuses"}
		}
		before, wish := g.cards.wish.Avatar, g.cards.wish
		change(&wish)
		if err := a.writeJSON(settingCardWish, wish); err != nil {
			return storeFailed(err)
		}
		if err := errors.Join(a.overShowing(PartPicture, g.cards.wish.Avatar != wish.Avatar), a.overShowing(PartStatus, g.cards.wish.Status != wish.Status)); err != nil {
			return err
		}
		g.cards.wish = wish
		if before != nil && before != wish.Avatar {
			g.stock.release(*before)
			a.sweepSoon(g.stock)
		}
		a.cardsChanged()
		a.sendCard()
		return nil
	})
}

// sendCard sends what the server does not know yet, a part at a time.
func (a *App) sendCard() {
	g := a.group
	c := &g.cards
	if c.sending || g.net == nil || !g.net.live || !g.net.has(wire.FeatureCards) {
		return
	}
	avatar, status := c.wish.Avatar, c.wish.Status
	var request func() wire.Request
	switch {
	case avatar != nil:
		data, err := g.stock.read(*avatar)
		if err != nil { // the disk has lost it: there is nothing to send
			a.log.Error("the picture to show cannot be read", "err", err)
			a.cardSent(avatar, nil, false)
			return
		}
		request = func() wire.Request { return &wire.AvatarSet{Data: data} }
	case status != nil:
		request = func() wire.Request { return &wire.StatusSet{Status: status.view().wire(time.Now())} }
	default:
		return
	}
	if avatar != nil {
		status = nil // comes next
	}
	c.sending = true
	a.persist(alarmCard, request, func(wire.Reply) {
		c.sending = false
		a.cardSent(avatar, status, true)
		a.sendCard()
	}, func(err error) {
		c.sending = false
		var refusal *chat.Error
		if errors.As(err, &refusal) && !refusal.Retryable {
			a.cardSent(avatar, status, false) // for good: the truth is shown again
			if avatar != nil {
				a.showingRefused(PartPicture, err)
			} else {
				a.showingRefused(PartStatus, err)
			}
			a.sendCard()
		}
	})
}

// cardSent ends a wish, unless it has changed meanwhile.
func (a *App) cardSent(avatar *chat.Hash, status *statusRecord, taken bool) {
	g := a.group
	mine := g.cards.table[g.me()]
	switch {
	case avatar != nil && g.cards.wish.Avatar == avatar:
		if g.cards.wish.Avatar = nil; taken {
			mine.Avatar = *avatar
		}
		g.stock.release(*avatar)
		a.sweepSoon(g.stock)
	case status != nil && g.cards.wish.Status == status:
		if g.cards.wish.Status = nil; taken {
			mine.Status = status.view()
		}
	default:
		return
	}
	if taken { // the server will say so, too, with the revision
		if g.cards.table[g.me()] = mine; mine.CardView == (CardView{}) {
			delete(g.cards.table, g.me())
		}
	}
	a.saveJSON(settingCardWish, g.cards.wish)
	if taken {
		a.shownCard(false)
	}
	a.cardsChanged()
}
