package app

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"hearth/chat"
	"hearth/internal/names"
	"hearth/net/wire"
	"hearth/store"
)

// room is what the loop knows of one room. Owned by the loop; state, members and
// rows are shared with snapshots and therefore replaced, never changed.
type room struct {
	id      chat.RoomID
	state   *chat.Room // nil before the first event
	was     *chat.Room // without state: the room as the server had it before it lost it whole, see learnWas
	members []MemberView
	alike   map[chat.AccountID]bool   // whose display name looks like another's here
	looks   map[chat.AccountID]string // what the members' names look like, as the group counts them
	c       store.Counters
	keyed   []keyed   // unread messages with a keyword, see keyword.go
	unsure  bool      // keyed is to be made anew from the log
	last    *LastView // of the log; nil while it has no message
	lastBy  chat.AccountID
	draft   chat.Draft
	wanted  bool        // a direct room that the person has asked for, see hidden
	out     []*outgoing // the outbox of this room, in order

	// diverged: the server's log does not fit ours; nothing more is stored, and
	// nothing sent, until the common part is found. Judged anew at each connection.
	diverged     bool
	divergedTold bool
	mends        int // how often the common part was looked for on this connection
	back         GoneBack
	settling     bool // the server goes on from our cursor, but a feed from before may still speak
	paged        bool // the server pages it, as it comes too fast for this line

	gaps       []store.Gap // of the log, in order
	lacks      chat.Seq    // before it something is missing, since the connection has passed over it; 0: nothing
	rechecked  bool        // the server was asked, on this connection, why a closed room speaks again
	unfillable bool        // the server does not give what is missing, see notFilled
	stale      bool        // state is not known for the cursor's place: ask for it
	arrived    chat.Seq    // the person's join, which is not loaded yet: not told, 0: nothing to tell
	serverHead chat.Seq    // as far as the server has told on this connection

	// What is known of others, see presence.go. readers is shared with snapshots and
	// therefore replaced, never changed.
	readers []ReaderView // the newest first
	typists []typist
	typed   time.Time // when the server was told last that the person writes here

	send lane

	shot *roomShot // what was published last, nil before
}

// joined reports whether the person can write here.
func (r *room) joined(me chat.AccountID) bool {
	if r.state == nil {
		return r.creating() != nil
	}
	_, in := r.state.Members[me]
	return in && !r.c.Gone
}

// since is where the person came into the room; 0: they are not in it.
func (r *room) since(me chat.AccountID) chat.Seq {
	if r.state == nil {
		return 0
	}
	return r.state.Members[me].Joined
}

// synced reports whether the room counts in the heads digest: the server lists
// it among this account's rooms and its log fits ours.
func (r *room) synced(me chat.AccountID) bool {
	if r.state == nil || r.c.Gone || r.diverged {
		return false
	}
	_, in := r.state.Members[me]
	return in
}

// creating returns the entry that creates the room, while it waits.
func (r *room) creating() *outgoing {
	if r.state != nil {
		return nil
	}
	for _, o := range r.out {
		if o.Kind == chat.KindRoomCreate {
			return o
		}
	}
	return nil
}

// setLast makes the preview of the newest message of the log.
func (r *room) setLast(e *chat.Event, text string, me chat.AccountID) {
	if e == nil {
		r.last = nil
		return
	}
	r.lastBy = e.Author
	r.last = &LastView{
		Author: distinctOf(r.state, r.alike, e.Author), Own: e.Author == me, Text: preview(text), Kind: e.Kind, State: StateSent,
	}
	if body, err := wire.ParseBody(e.Kind, e.Body); err == nil {
		if message, ok := body.(chat.Text); ok {
			r.last.Carried = carried(message.Files)
		}
	}
}

// renamedLast is the preview with the name its author has now.
func (r *room) renamedLast() *LastView {
	last := *r.last
	last.Author = distinctOf(r.state, r.alike, r.lastBy)
	return &last
}

// previewRunes is how much of a message a preview shows at most.
const previewRunes = 160

// preview is the beginning of a text for a short line.
func preview(text string) string { return beginning(text, previewRunes) }

// beginning returns what a text begins with, so many characters at most, without empty
// lines and gaps. Lines stay lines: what Markdown means depends on them.
func beginning(text string, most int) string {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	n := 0
	for i := range text {
		if n++; n > 4*most {
			text = text[:i]
			break
		}
	}
	var lines []string
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) > 0 {
			lines = append(lines, strings.Join(words, " "))
		}
	}
	text = strings.Join(lines, "\n")
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// DeletedName stands for somebody whose account was deleted; windows have words of their
// own for it. Somebody may call themselves so: it is only a name.
const DeletedName = "Deleted account"

// displayOf returns what people read for an account, "" for the server.
func displayOf(state *chat.Room, account chat.AccountID) string {
	if account.IsZero() || state == nil {
		return ""
	}
	m, ok := state.Person(account)
	switch {
	case !ok:
		return account.String()[:8]
	case m.Deleted:
		return DeletedName
	case m.Display == "":
		return m.Name
	}
	return m.Display
}

// distinctOf is displayOf with the login name where somebody else in the room has
// a display name that looks like it.
func distinctOf(state *chat.Room, alike map[chat.AccountID]bool, account chat.AccountID) string {
	name := displayOf(state, account)
	if !alike[account] {
		return name
	}
	m, _ := state.Person(account)
	return name + " (" + m.Name + ")"
}

// waitingRows returns the rows of own messages that stand behind the log.
func (r *room) waitingRows(g *group) []*MessageView {
	if len(r.out) == 0 {
		return nil
	}
	rows := make([]*MessageView, 0, len(r.out))
	for _, o := range r.out {
		if !o.Kind.Changes() && !r.lodged(o) {
			rows = append(rows, o.view(g, r.state))
		}
	}
	return rows
}

// ownChanges returns the own changes that wait, as far as they are shown already: not
// those that wait for the person.
func (r *room) ownChanges(without ...chat.MID) (list []ownChange) {
	for _, o := range r.out {
		if !o.Kind.Changes() || o.refused() || slices.Contains(without, o.MID) {
			continue
		}
		if body := o.parsed(); body != nil {
			c := ownChange{target: chat.TargetOf(body), body: body, at: time.UnixMilli(o.Created)}
			if r.lodged(o) {
				c.place = o.Seq
			}
			list = append(list, c)
		}
	}
	return list
}

// pinned are the room's pins with the own changes that wait.
func (r *room) pinned(own []ownChange) []chat.Seq {
	if r.state == nil {
		return nil
	}
	with := chat.Room{Pins: slices.DeleteFunc(slices.Clone(r.state.Pins), r.invisible)}
	for _, c := range own {
		if c.place > 0 {
			continue // the state knows it
		}
		switch c.body.(type) {
		case chat.Pin, chat.Unpin, chat.Delete:
			with.Apply(&chat.Event{Seq: wire.MaxNumber}, c.body)
		}
	}
	return with.Pins
}

// invisible reports whether a place holds nothing for the person.
func (r *room) invisible(seq chat.Seq) bool {
	return slices.ContainsFunc(r.gaps, func(g store.Gap) bool { return !g.Hole && g.From <= seq && seq <= g.To })
}

// previewed is the preview of the newest message with the own changes that wait.
func (r *room) previewed(own []ownChange) *LastView {
	if r.last == nil {
		return nil
	}
	last := *r.last
	for _, c := range own {
		if c.target != r.c.LastMessage {
			continue
		}
		switch b := c.body.(type) {
		case chat.Edit:
			if c.place == 0 { // or a later one may be here
				last.Text = preview(b.Text)
			}
		case chat.Delete:
			last.Text, last.Carried, last.Erased = "", Carried{}, true
		}
	}
	return &last
}

// atSign is a login name as it is written where there are display names as well.
func atSign(name string) string {
	if name == "" {
		return ""
	}
	return "@" + name
}

// makeShot makes what others see of the room.
func (r *room) makeShot(g *group) *roomShot {
	s := &roomShot{state: r.state, alike: r.alike, waiting: r.waitingRows(g), lodged: r.lodgedEvents(g)}
	s.changing = r.ownChanges()
	s.pins = r.pinned(s.changing)
	v := &s.view
	*v = RoomView{
		ID: r.id, Joined: r.joined(g.me()), Members: g.marked(r.members), Unread: r.c.Unread, Mentions: r.c.Mentions + g.unreadKeywords(r), Pins: s.pins, Read: r.c.Floor(),
		Readers: r.readers, Seen: g.seen[r.id], Typing: r.typing(g),
		Head: r.c.Cursor.Seq, Chain: r.c.Cursor.Chain, Draft: r.draft, Last: r.heeded(s.changing),
		Diverged: r.diverged, Lost: r.c.Strays, Back: r.back, Complete: r.completeness(),
	}
	v.UnreadMore = v.Unread > 0 && slices.ContainsFunc(r.gaps, func(gap store.Gap) bool { return gap.Hole && gap.To > v.Read })
	if g.fresh { // what other devices have read is still to come, or what came before
		v.Unread, v.Mentions = 0, 0
	}
	if r.state != nil {
		v.Added = v.Joined && !g.fresh && r.added(g)
		v.Name, v.Topic, v.Access, v.History = r.state.Name, r.state.Topic, r.state.Access, r.history()
		v.Ruled = r.state.Ruled
		v.From, _ = r.state.Begins(g.me())
		v.Activity = time.UnixMilli(r.c.Activity)
		former, was := r.state.Former[g.me()]
		v.Removed, v.Forgotten = former.Removed, !v.Joined && !was && r.c.Strays > 0
		v.Hidden, v.Archived = r.hidden(g.me()) || r.putAside(g), r.archived()
		v.Keep, v.Purged = r.keep(), r.state.Purged
		if v.HideReadings = r.hidesReadings(); v.HideReadings {
			v.Readers, v.Seen = nil, nil
		}
		v.Kept = chat.Kept(v.Keep, g.info.KeepDays)
	} else if o := r.creating(); o != nil {
		r.viewCreation(g, o, v)
	} else if r.was != nil {
		v.Forgotten, v.Activity = true, time.UnixMilli(r.c.Activity)
		v.Name, v.Topic, v.Access, v.History = r.was.Name, r.was.Topic, r.was.Access, r.was.History
		v.Members = memberViews(r.was, nil, g.me())
	}
	if v.Access == chat.AccessDirect {
		v.Name = directName(v.Members)
	} else {
		s.like, s.maker = names.Likeness(v.Name), atSign(g.info.Name)
		if r.state != nil {
			m, _ := r.state.Person(r.state.Creator)
			s.maker, s.own = atSign(m.Name), r.state.Creator.IsZero()
		}
	}
	for _, o := range r.out {
		switch {
		case o.refused():
			v.Failed++
		case o.State != store.EntryAcknowledged:
			v.Waiting++
		}
	}
	if o := r.newestOwn(); o != nil {
		v.Last = &LastView{Author: g.display(), Own: true, Text: preview(o.text()), Kind: o.Kind, State: o.view(g, r.state).State, Carried: carried(o.files), Written: time.UnixMilli(o.Created)}
		if v.Last.Written.After(v.Activity) {
			v.Activity = v.Last.Written
		}
	}
	return s
}

// viewCreation shows a room that so far exists only in the outbox.
func (r *room) viewCreation(g *group, o *outgoing, v *RoomView) {
	v.Pending = true
	v.Activity = time.UnixMilli(o.Created)
	body, err := wire.ParseBody(o.Kind, o.Body)
	if err != nil {
		return
	}
	v.Members = []MemberView{{Account: g.me(), Name: g.info.Name, Display: g.display(), Role: chat.RoleOwner, Me: true}}
	c, ok := body.(chat.RoomCreate)
	if !ok {
		return
	}
	v.Name, v.Topic, v.Access, v.History = c.Name, c.Topic, c.Access, c.History
	if c.Access != chat.AccessDirect {
		return
	}
	v.Members[0].Role = chat.RoleMember
	for _, account := range c.Members {
		v.Members = append(v.Members, g.personOf(account))
	}
}

// newestOwn returns the newest message that is not in the log yet, if it is newer than
// what is there.
func (r *room) newestOwn() *outgoing {
	for _, o := range slices.Backward(r.out) {
		if o.Kind == chat.KindMessage && (o.Seq > r.c.LastMessage || !r.lodged(o)) {
			return o
		}
	}
	return nil
}

// archived reports whether the room is closed for writing, by the log and what the
// person has asked for since.
func (r *room) archived() bool {
	archived := r.state != nil && r.state.Archived
	for _, o := range r.out {
		if o.Kind != chat.KindArchive || o.refused() || r.lodged(o) {
			continue
		}
		if b, ok := o.parsed().(chat.Archive); ok {
			archived = b.Archived
		}
	}
	return archived
}
