package app

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/store"
	"hearth/store/profile"
	"hearth/store/secret"
	"hearth/store/shelf"
)

// Names of settings in the store.
const (
	settingLastRoom = "last_room" // text form of the room open last
	settingHosting  = "hosting"   // JSON of HostConfig
)

// group is an open group: its store, and in memory what the loop needs of it.
// Made off the loop by openGroup, owned by the loop from then on.
type group struct {
	// Fixed after openGroup.
	folder *profile.Group
	store  *store.Store
	stock  *stock
	port   *porter // nil until the group is installed
	owner  store.Owner
	seed   secret.Seed
	from   secret.Store // where the seed came from

	account profile.Account // equals the file

	info          store.Info          // of the last connection; set by setInfo
	recovery      chat.RecoverySecret // info.RecoveryOwed, if this run made it; never on disk
	making        chat.RecoverySecret // that a request sets of which nobody knows what became of it
	keepsRecovery bool                // the server does
	limits        chat.Limits         // of the server; set by setInfo
	epoch         chat.Epoch
	rooms         map[chat.RoomID]*room
	out           map[chat.MID]*outgoing
	lastRoom      chat.RoomID
	hosted        *HostConfig // how the bundled server of this group runs; nil if it does not
	near          []string    // where it is reached on this machine
	ended         bool        // the server has said that it ended for good, see noteEnded
	endedHere     bool        // by the person, who hosted it here
	kept          bool        // the data of its server, which was hosted here, are put aside in the profile

	active   chat.RoomID                     // the room the window shows
	watched  chat.AccountID                  // whose card is open
	listed   map[chat.RoomID]bool            // in view in the list of rooms; never changed
	there    map[chat.AccountID]PresenceView // what is known of people, see watch.go; never changed
	looking  bool
	scrolled bool                          // the room shown is not at its newest message
	known    map[chat.AccountID]MemberView // people whom the person chose from the server's list
	since    time.Time                     // when the person looked away; zero: never

	filed   []*outgoing        // those entries that name files, in order
	offered map[chat.Hash]bool // what the server has of it, by what it said in this run
	wanted  []chat.Content     // what the porter was told to upload

	looks        looks
	likes        map[string]string    // what names have in common with those that look like them
	dirty        map[*room]bool       // since the last publication
	shown        []*roomShot          // all rooms as they were published last, in order; never changed
	busy         map[*room]bool       // rooms whose outbox is not empty; may hold some that are
	acked        []chat.MID           // acknowledged, the event still to come, not written down
	drafts       map[chat.RoomID]bool // of rooms whose draft is to be written
	sweeping     bool                 // files that nothing names are being removed
	sweepAgain   bool                 // and are to be looked for again
	heard        int64                // when the server was, by its clock, see away.go
	doubting     bool                 // what became of old messages is still to be asked, see doubt
	full         bool                 // the disk did not take what is written by itself, see wrote
	brought      map[chat.Hash]int    // contents taken in for drafts that do not name them yet: how often
	reads        map[chat.RoomID]chat.Seq
	lost         map[chat.RoomID]map[chat.AccountID]chat.Member // whom only lost parts of rooms name, see learnLost
	called       map[chat.RoomID]string                         // rooms as a device before this one knew them, see keepCalled
	seen         map[chat.RoomID][]Span                         // what somebody else has read, see seen.go: replaced, never changed
	seenNew      bool                                           // it is not on the disk yet
	told         []chat.DeviceID                                // new devices the person was told of in this run
	digest       chat.Digest                                    // over the rooms that are synced
	aside        map[chat.RoomID]chat.Seq                       // rooms left out of lists, see aside.go: replaced, never changed
	blocks       map[chat.AccountID]block                       // what the account wants of others, see block.go
	blocked      map[chat.AccountID]bool                        // those blocked, and as they are listed: both replaced, never changed
	blockedViews []MemberView
	contacts     map[chat.AccountID]bool // never changed; see contact.go
	pictures     pictureRule             // likewise
	emoji        EmojiChoice
	privacy      Privacy                  // what the account keeps to itself, as the server said last
	privacyEpoch chat.Epoch               // in which it said so
	cards        cards                    // what people show besides their names
	showing      map[ProfilePart]*showing // what the person shows, see showing.go; has all parts
	fresh        bool                     // nothing was ever synced: what comes first is history, not news
	net          *connection              // nil while the link does not run
	pace         pacer
	pending      batch

	rules  *NotifyRules               // never nil; replaced, never changed
	why    map[chat.RoomID][]Notified // decisions that are not written down
	missed map[chat.RoomID]Notice     // what to tell once everything is here
}

func (g *group) me() chat.AccountID { return g.owner.Account }

// display returns what people read for the person.
func (g *group) display() string {
	if g.info.Display != "" {
		return g.info.Display
	}
	return g.account.Display
}

// setInfo takes over what the server said of itself and us. Limits that make no
// sense, as before the first connection, give way to the defaults.
func (g *group) setInfo(info store.Info) {
	g.info, g.limits = info, info.Limits
	if info.Limits.Validate() != nil {
		g.limits = chat.DefaultLimits()
	}
	if g.store != nil {
		g.store.LimitOutbox(g.limits.OutboxEntries)
	}
}

// openGroup opens the store of a group and reads what the loop needs. The caller
// passes the store on or closes it.
func openGroup(ctx context.Context, folder *profile.Group, b *secret.Bundle, from secret.Store, o store.Options) (*group, error) {
	account := folder.Account()
	g := &group{
		folder: folder, account: account, seed: b.Seed, from: from,
		owner: store.Owner{Server: account.Server, Account: account.Account, Device: account.Device},
		rooms: map[chat.RoomID]*room{}, looks: looks{}, out: map[chat.MID]*outgoing{},
		offered: map[chat.Hash]bool{}, brought: map[chat.Hash]int{},
		dirty: map[*room]bool{}, busy: map[*room]bool{}, drafts: map[chat.RoomID]bool{}, reads: map[chat.RoomID]chat.Seq{},
		lost: map[chat.RoomID]map[chat.AccountID]chat.Member{},
	}
	var err error
	if g.store, err = store.Open(ctx, folder.StorePath(), b.Key, g.owner, o); err != nil {
		return nil, err
	}
	openShelf := shelf.Open
	if g.store.ReadOnly() {
		openShelf = shelf.OpenToRead
	}
	shelved, err := openShelf(folder.FilesPath(), b.Key)
	if err != nil {
		return g, err
	}
	g.stock = newStock(shelved)
	if err := g.load(ctx); err != nil {
		return g, err
	}
	return g, nil
}

// load reads everything but the logs.
func (g *group) load(ctx context.Context) error {
	info, err := g.store.Info(ctx)
	if err != nil {
		return err
	}
	g.setInfo(info)
	if g.epoch, err = g.store.Epoch(ctx); err != nil {
		return err
	}
	g.fresh = g.epoch.IsZero()
	if err := g.loadBlocks(ctx); err != nil { // before the numbers: who is blocked does not count
		return err
	}
	rooms, err := g.store.Rooms(ctx)
	if err != nil {
		return err
	}
	for i := range rooms {
		g.addStored(&rooms[i])
	}
	entries, err := g.store.Outbox(ctx)
	if err != nil {
		return err
	}
	for i := range entries {
		known := g.rooms[entries[i].Room] != nil
		g.addEntry(&entries[i])
		if known {
			continue
		}
		if err := g.loadDraft(ctx, g.room(entries[i].Room)); err != nil {
			return err
		}
	}
	for _, r := range g.rooms {
		if err := g.learnLost(ctx, r); err != nil {
			return err
		}
	}
	loose, err := g.store.LooseContents(ctx)
	if err != nil {
		return err
	}
	g.stock.hold(loose...) // until the room is here
	if err := g.loadStale(ctx); err != nil {
		return err
	}
	return g.loadSettings(ctx)
}

func (g *group) loadSettings(ctx context.Context) error {
	last, err := g.store.Setting(ctx, settingLastRoom)
	if err == nil {
		_ = g.lastRoom.UnmarshalText(last) // a room that cannot be read is no room
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err := g.loadPrivacy(ctx); err != nil {
		return err
	}
	if err := errors.Join(g.loadDoubt(ctx), g.loadHeard(ctx)); err != nil {
		return err
	}
	if err := g.loadEmoji(ctx); err != nil {
		return err
	}
	if err := g.loadKnown(ctx); err != nil {
		return err
	}
	if err := errors.Join(g.loadCards(ctx), g.loadShowing(ctx), g.loadSeen(ctx)); err != nil {
		return err
	}
	if err := g.loadRules(ctx); err != nil {
		return err
	}
	for _, r := range g.rooms {
		g.doubtKeywords(r)
	}
	if err := errors.Join(g.loadAside(ctx), g.loadCalled(ctx)); err != nil {
		return err
	}
	if err := g.loadEnded(ctx); err != nil {
		return err
	}
	if !g.account.Hosted {
		return nil
	}
	g.hosted, err = g.hostedAs(ctx)
	return err
}

func (g *group) addStored(s *store.Room) {
	r := &room{id: s.ID, c: s.Counters, gaps: s.Gaps}
	g.setDraft(r, s.Draft)
	r.state = s.State
	g.setPeople(r)
	r.setLast(s.Last, s.LastText, g.me())
	r.send.next = max(s.NextDSeq, 1)
	g.rooms[s.ID] = r
	g.touch(r)
	if r.synced(g.me()) {
		g.digest = g.digest.Add(r.id, r.c.Cursor.Seq)
	}
}

// addEntry takes an outbox entry into memory, at its place in the order.
func (g *group) addEntry(e *store.Entry) *outgoing {
	o := &outgoing{Entry: *e}
	r := g.room(e.Room)
	at, _ := slices.BinarySearchFunc(r.out, e.Order, byOrder)
	r.out = slices.Insert(r.out, at, o)
	g.out[e.MID] = o
	g.busy[r] = true
	g.pack(o)
	g.touch(r)
	return o
}

// moveEntry gives an outbox entry another place in the order.
func (g *group) moveEntry(e *store.Entry) {
	o := g.out[e.MID]
	if o == nil {
		return
	}
	o.Order = e.Order
	order := func(x, y *outgoing) int { return cmp.Compare(x.Order, y.Order) }
	slices.SortFunc(g.room(e.Room).out, order)
	slices.SortFunc(g.filed, order)
}

func byOrder(o *outgoing, order uint64) int { return cmp.Compare(o.Order, order) }

// dropEntry removes an outbox entry from memory.
func (g *group) dropEntry(mid chat.MID) *room {
	o := g.out[mid]
	if o == nil {
		return nil
	}
	delete(g.out, mid)
	g.unpack(o)
	r := g.room(o.Room)
	if i := slices.Index(r.out, o); i >= 0 {
		r.out = slices.Delete(r.out, i, i+1)
	}
	if o.flying {
		// The event came before its ack: the number is used up.
		r.send.flying--
		r.send.next = max(r.send.next, o.DSeq+1)
		g.pace.landed()
	}
	g.touch(r)
	return r
}

// room returns a room, making it if it is not known.
func (g *group) room(id chat.RoomID) *room {
	r := g.rooms[id]
	if r == nil {
		r = &room{id: id, send: lane{next: 1}}
		r.c.Room, r.c.NextDSeq = id, 1
		g.rooms[id] = r
	}
	return r
}

// sameAccount reports whether two accounts would be written alike.
func sameAccount(a, b *profile.Account) bool {
	return a.Pin == b.Pin && a.Group == b.Group && a.Name == b.Name && a.Display == b.Display && slices.Equal(a.Addresses, b.Addresses)
}

// touch says that a room must be published anew.
func (g *group) touch(r *room) { g.dirty[r] = true }

// fewRooms is up to how many changed rooms moving them is cheaper than sorting.
const fewRooms = 8

// shots returns the published form of all rooms, in order.
func (g *group) shots() []*roomShot {
	if len(g.dirty) > 0 {
		g.shown = g.newShots()
	}
	return g.shown
}

func (g *group) newShots() []*roomShot {
	changed := make([]*roomShot, 0, len(g.dirty))
	outdated := make([]*roomShot, 0, len(g.dirty))
	for r := range g.dirty {
		if r.shot != nil {
			outdated = append(outdated, r.shot)
			r.shot = nil
		}
		if g.visible(r) {
			r.shot = r.makeShot(g)
			changed = append(changed, r.shot)
		}
	}
	clear(g.dirty)
	if len(outdated) <= fewRooms && len(changed) <= fewRooms {
		return reorder(g.shown, outdated, changed)
	}
	all := make([]*roomShot, 0, len(g.rooms))
	for _, r := range g.rooms {
		if r.shot != nil {
			all = append(all, r.shot)
		}
	}
	slices.SortFunc(all, byActivity)
	return all
}

// visible reports whether a room is more than a name in the outbox: one that is
// being joined shows once its first event is here, one that the server has lost whole
// as long as something of it is here.
func (g *group) visible(r *room) bool {
	return r.state != nil || r.creating() != nil || r.was != nil
}

// fill sets what View says of the group.
func (g *group) fill(v *View) {
	name := g.info.Group
	if name == "" {
		name = g.account.Group
	}
	addresses := g.info.Addresses
	if len(addresses) == 0 {
		addresses = g.account.Addresses
	}
	v.Group = GroupView{
		Name: name, Server: g.pin(), Fingerprint: g.pin().Groups(), Addresses: addresses,
		Verified: g.account.Verified, MayInvite: slices.Contains(g.info.May, wire.MayInvite),
		MayCreate: slices.Contains(g.info.May, wire.MayCreateRoom), Limits: g.limits, Unbound: !g.account.Bound,
	}
	v.Me = MeView{
		Account: g.me(), Device: g.owner.Device, Name: g.account.Name, Display: g.display(),
		Vault: SecretMode(g.account.Secrets), Recovery: g.recoveryView(),
	}
	if g.info.Name != "" {
		v.Me.Name = g.info.Name
	}
	v.LastRoom, v.Fresh, v.Privacy, v.Blocked = g.lastRoom, g.fresh, g.privacy, g.blockedViews
	v.Known = g.contacts
	v.AllPictures, v.PicturesAsked = g.pictures.All, g.pictures.Asked
	v.Notify, v.Emoji = g.rules, g.emoji
	for _, o := range g.out {
		switch {
		case o.refused():
			v.Failed++
		case o.State != store.EntryAcknowledged:
			v.Waiting++
		}
	}
	for _, part := range g.lostParts() {
		if g.showing[part].Lost.Wanted {
			v.Waiting++
		} else {
			v.Failed++
		}
	}
}
