package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/store"
)

// Blocked people (docs/adr/0029): what is blocked here is on this device's disk at once,
// the server merges it with what the account's other devices have, and tells them.

// settingBlocks is where it stands whom the account has blocked, JSON.
const settingBlocks = "blocks"

// block is what the account wants of one person, and what they were called then.
type block struct {
	chat.Block
	Name    string `json:"name,omitzero"`
	Display string `json:"display,omitzero"`
}

// blocking is what a server keeps of it. Owned by the loop.
type blocking struct {
	told    bool                          // the server has told all it has
	theirs  map[chat.AccountID]chat.Block // what it has, as far as we know
	refused map[chat.AccountID]bool       // it does not want them
	asking  bool                          // one is on its way
}

func newBlocking() blocking {
	return blocking{theirs: map[chat.AccountID]chat.Block{}, refused: map[chat.AccountID]bool{}}
}

// Block implements Commands.
func (a *App) Block(ctx context.Context, account chat.AccountID, on bool) error {
	if err := a.writable(); err != nil {
		return err
	}
	return tell(ctx, a, func() error {
		g := a.group
		switch {
		case g == nil:
			return &Failed{Code: FailNoRoom}
		case account == g.me():
			return &Failed{Code: FailOwnAccount, Field: "account"}
		case account.IsZero():
			return &Failed{Code: FailBadValue, Field: "account"}
		case g.blocks[account].Blocked == on:
			return nil
		}
		if _, known := g.blocks[account]; !known && len(g.blocks) >= wire.MaxBlocks {
			return &Failed{Code: FailCode(chat.CodeLimitReached), Field: "account"}
		}
		if err := a.keepBlocks([]chat.Block{{Account: account, Blocked: on, Rev: g.blocks[account].Rev + 1}}); err != nil {
			return err
		}
		a.offerBlocks()
		return nil
	})
}

// blocksAt takes over what the server says.
func (a *App) blocksAt(f *wire.BlocksAt) {
	g := a.group
	c := g.net
	var fresh []chat.Block
	for _, b := range f.Blocks {
		if _, known := c.blocking.theirs[b.Account]; b.Account.IsZero() || b.Account == g.me() || !known && len(c.blocking.theirs) >= 2*wire.MaxBlocks {
			continue
		}
		c.blocking.theirs[b.Account] = c.blocking.theirs[b.Account].Merge(b)
		if mine := g.blocks[b.Account].Block; mine.Merge(b) != mine {
			fresh = append(fresh, b)
		}
	}
	c.blocking.told = c.blocking.told || !f.More
	if a.keepBlocks(fresh) == nil { // else the server tells it again after the next connection
		a.offerBlocks()
	}
}

// keepBlocks takes over whom the account has blocked and shows it everywhere, once it
// is on the disk.
func (a *App) keepBlocks(fresh []chat.Block) error {
	g := a.group
	if len(fresh) == 0 {
		return nil
	}
	next := maps.Clone(g.blocks)
	for _, b := range fresh {
		kept := next[b.Account]
		kept.Block = b
		if m := g.personOf(b.Account); m.Name != "" {
			kept.Name, kept.Display = m.Name, m.Display
		}
		next[b.Account] = kept
	}
	data, err := json.Marshal(slices.Collect(maps.Values(next)))
	if err == nil {
		err = g.store.SetSetting(a.disk, settingBlocks, data)
	}
	if a.storeResult(err); err != nil {
		return storeFailed(err)
	}
	g.blocks = next
	g.sumBlocks()
	a.viewNew = true
	a.forgetBlocked()
	for _, r := range g.rooms {
		g.touch(r)
		a.changes.addRoom(r.id, RoomChange{Changed: true})
	}
	a.uncount()
	return nil
}

// uncount lets the messages of those who are blocked not count, and of nobody else.
func (a *App) uncount() {
	g := a.group
	rooms, err := g.store.SetIgnored(a.disk, slices.Collect(maps.Keys(g.blocked)))
	a.storeResult(err)
	for i := range rooms {
		if r := g.rooms[rooms[i].Room]; r != nil {
			r.c.LastMessage, r.c.Unheeded, r.c.Activity = rooms[i].LastMessage, rooms[i].Unheeded, rooms[i].Activity
			a.marked(r, &rooms[i])
			g.doubtKeywords(r)
			a.readLast(r)
		}
	}
}

// offerBlocks tells the server what it does not have, one at a time.
func (a *App) offerBlocks() {
	g := a.group
	if g == nil || g.net == nil || g.net.session == nil {
		return
	}
	c := g.net
	if !c.live || !c.blocking.told || c.blocking.asking || !c.has(wire.FeatureBlocks) {
		return
	}
	for account, mine := range g.blocks {
		if theirs := c.blocking.theirs[account]; c.blocking.refused[account] || theirs.Merge(mine.Block) == theirs {
			continue
		}
		a.offerBlock(c, mine.Block)
		return
	}
}

func (a *App) offerBlock(c *connection, b chat.Block) {
	c.blocking.asking = true
	done := func() {
		c.blocking.asking = false
		a.offerBlocks()
	}
	a.persist(alarmBlocks, func() wire.Request { return &wire.BlockSet{Block: b} }, func(wire.Reply) {
		c.blocking.theirs[b.Account] = c.blocking.theirs[b.Account].Merge(b)
		done()
	}, func(error) {
		c.blocking.refused[b.Account] = true
		done()
	})
}

// loadBlocks reads whom the account has blocked. What cannot be read is nothing: the
// server has it, too.
func (g *group) loadBlocks(ctx context.Context) error {
	g.blocks = map[chat.AccountID]block{}
	data, err := g.store.Setting(ctx, settingBlocks)
	var list []block
	if err == nil && json.Unmarshal(data, &list) == nil {
		for _, b := range list {
			g.blocks[b.Account] = b
		}
	}
	g.sumBlocks()
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if g.store.ReadOnly() {
		return nil
	}
	_, err = g.store.SetIgnored(ctx, slices.Collect(maps.Keys(g.blocked))) // if the program ended in between
	return err
}

// sumBlocks makes what snapshots share of it.
func (g *group) sumBlocks() {
	g.blocked = map[chat.AccountID]bool{}
	g.cards.shown = nil // nobody sees what they show either
	g.blockedViews = nil
	for account, b := range g.blocks {
		if b.Blocked {
			g.blocked[account] = true
			g.blockedViews = append(g.blockedViews, MemberView{Account: account, Name: b.Name, Display: cmp.Or(b.Display, b.Name, account.String()[:8]), Blocked: true})
		}
	}
	slices.SortFunc(g.blockedViews, func(x, y MemberView) int {
		return cmp.Or(cmp.Compare(x.Display, y.Display), slices.Compare(x.Account[:], y.Account[:]))
	})
}

// marked are a room's members with the word about those who are blocked.
func (g *group) marked(members []MemberView) []MemberView {
	if !slices.ContainsFunc(members, func(m MemberView) bool { return g.blocked[m.Account] }) {
		return members
	}
	members = slices.Clone(members)
	for i := range members {
		members[i].Blocked = g.blocked[members[i].Account]
	}
	return members
}

// heeded is the preview of a room: where only people have written who are blocked, it says
// so, and not what.
func (r *room) heeded(own []ownChange) *LastView {
	last := r.previewed(own)
	if last == nil && r.c.Unheeded > 0 {
		return &LastView{Kind: chat.KindMessage, State: StateSent, Blocked: true}
	}
	return last
}
