package app

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"hearth/chat"
	"hearth/internal/zone"
	"hearth/net/wire"
	"hearth/store"
)

const (
	settingNotify = "notify" // JSON of NotifyRules
	settingWhy    = "why/"   // and a room's id: JSON of its newest decisions
)

const (
	// maxDecisions is how many decisions are kept for each room.
	maxDecisions = 200
	// decisionPatience gathers decisions before they are written: they explain, and
	// nothing depends on them.
	decisionPatience = 3 * time.Second
	// maxNews is how many messages a notice shows.
	maxNews = 4
	// newsRunes is how much of a message a notice shows at most.
	newsRunes = 200
	// fewCaughtUp is up to how many rooms are told of one by one after an absence.
	fewCaughtUp = 3
)

// Notified is what was decided about a message when it came, and why.
type Notified struct {
	Seq     chat.Seq   `json:"seq"`
	Ring    bool       `json:"ring,omitzero"`
	Rule    NotifyRule `json:"rule"`
	Keyword string     `json:"keyword,omitzero"` // the one found, with RuleKeyword
	At      int64      `json:"at"`               // milliseconds, by this machine's clock
}

// News is a message in a NoticeMessages. Author and Text are people's, raw: guard
// them before drawing.
type News struct {
	Seq     chat.Seq
	Author  string // "" if the rules hide it
	Text    string // one line, cut; "" if the rules hide it
	Rule    NotifyRule
	Carried // nothing if the rules hide the text
}

// ChangeNotify implements Commands.
func (a *App) ChangeNotify(ctx context.Context, change func(*NotifyRules)) error {
	if err := a.writable(); err != nil {
		return err
	}
	return tell(ctx, a, func() error {
		g := a.group
		if g == nil {
			return &Failed{Code: FailClosed}
		}
		rules := g.rules.Clone()
		change(&rules)
		a.setRules(&rules)
		return nil
	})
}

// setRules keeps rules and shows them.
func (a *App) setRules(rules *NotifyRules) {
	g := a.group
	now := time.Now()
	rules.tidy(now)
	was := g.rules
	g.rules = rules
	a.viewNew = true
	if !slices.Equal(was.Keywords, rules.Keywords) {
		a.showKeywords()
	}
	data, err := json.Marshal(rules)
	if err != nil {
		a.log.Error("the notification rules cannot be written", "err", err)
		return
	}
	a.storeResult(g.store.SetSetting(a.disk, settingNotify, data))
	a.awaitRules()
}

// awaitRules arranges for pauses and mutings to end.
func (a *App) awaitRules() {
	a.alarm.clear(alarmRules)
	next := a.group.rules.nextEnd()
	if next.IsZero() {
		return
	}
	// Not far ahead in one go: the machine may sleep, or its clock be set.
	wait := min(max(time.Until(next), 0), time.Minute)
	a.alarm.set(alarmRules, wait, func() {
		if time.Now().Before(next) {
			a.awaitRules()
			return
		}
		rules := a.group.rules.Clone()
		a.setRules(&rules)
	})
}

// loadRules reads the rules. Rules that cannot be read are none.
func (g *group) loadRules(ctx context.Context) error {
	rules := &NotifyRules{}
	data, err := g.store.Setting(ctx, settingNotify)
	if err == nil && json.Unmarshal(data, rules) != nil {
		rules = &NotifyRules{}
	}
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	rules.tidy(time.Now())
	g.rules = rules
	return err
}

// SetAtEnd implements Commands.
func (a *App) SetAtEnd(at bool) {
	a.do(func() {
		if a.group != nil {
			a.group.scrolled = !at
		}
	})
}

// judge decides about one message of somebody else and gathers what to tell.
func (rb *roomBatch) judge(g *group, r *room, e *chat.Event) {
	var text chat.Text
	if body, bad := wire.ParseBody(e.Kind, e.Body); bad == nil {
		text, _ = body.(chat.Text)
	}
	in := NotifyInput{
		Room: r.id, Own: e.Author == g.me(), Blocked: g.blocked[e.Author], Read: e.Seq <= max(r.c.Read, g.reads[r.id]),
		OnScreen: g.looking && !g.scrolled && g.active == r.id,
		Direct:   r.id.Direct(),
		Text:     text.Text, Now: zone.Now(),
	}
	if m := text.Mentions; m != nil {
		in.Everybody = m.Room
		in.Mention = slices.Contains(m.Accounts, g.me())
	}
	d := g.rules.Decide(&in)
	g.decided(r.id, Notified{Seq: e.Seq, Ring: d.Ring, Rule: d.Rule, Keyword: d.Keyword, At: in.Now.UnixMilli()})
	if !d.Ring {
		return
	}
	rb.others++
	rb.notified = e.Seq
	n := News{Seq: e.Seq, Rule: d.Rule}
	if g.rules.Show != ShowNothing {
		state := rb.state
		if state == nil {
			state = r.state
		}
		n.Author = distinctOf(state, r.alike, e.Author)
	}
	if g.rules.Show == ShowText {
		n.Text, n.Carried = beginning(text.Text, newsRunes), carried(text.Files)
	}
	rb.news = newest(append(rb.news, n), maxNews)
}

// newest cuts a list to its last entries.
func newest[T any](list []T, most int) []T { return list[max(0, len(list)-most):] }

// decided notes a decision, to be written down a little later.
func (g *group) decided(room chat.RoomID, n Notified) {
	if g.why == nil {
		g.why = map[chat.RoomID][]Notified{}
	}
	g.why[room] = append(g.why[room], n)
	if len(g.why[room]) > 2*maxDecisions {
		g.why[room] = slices.Clone(newest(g.why[room], maxDecisions))
	}
}

// news tells of a room's new messages that ring. While catching up they gather
// until everything is here.
func (a *App) news(r *room, rb *roomBatch) {
	g := a.group
	if len(g.why) > 0 {
		a.alarm.set(alarmWhy, decisionPatience, a.flushWhy)
	}
	if rb.others == 0 {
		return
	}
	n := Notice{Kind: NoticeMessages, Room: r.id, Rooms: 1, Count: rb.others, News: rb.news, Silent: g.rules.Silent}
	if g.net != nil && g.net.live {
		a.notice(n)
		return
	}
	if g.missed == nil {
		g.missed = map[chat.RoomID]Notice{}
	}
	old := g.missed[r.id]
	n.CaughtUp = true
	n.Count += old.Count
	n.News = newest(slices.Concat(old.News, n.News), maxNews)
	g.missed[r.id] = n
}

// tellMissed tells what came while catching up: room by room, or in one word if it
// is many. What was read on another device meanwhile is left out.
func (a *App) tellMissed() {
	g := a.group
	missed := g.missed
	g.missed = nil
	all := Notice{Kind: NoticeMessages, CaughtUp: true, Silent: g.rules.Silent}
	var rooms []*room
	for id, n := range missed {
		r := g.rooms[id]
		if r == nil || n.News[len(n.News)-1].Seq <= max(r.c.Read, g.reads[id]) {
			continue
		}
		rooms = append(rooms, r)
		all.Rooms++
		all.Count += n.Count
	}
	if all.Rooms > fewCaughtUp {
		a.notice(all)
		return
	}
	slices.SortFunc(rooms, func(x, y *room) int { return slices.Compare(x.id[:], y.id[:]) })
	for _, r := range rooms {
		a.notice(missed[r.id])
	}
}

// merge adds what came later in the same room.
func (n *Notice) merge(later *Notice) {
	n.Count += later.Count
	n.News = newest(slices.Concat(n.News, later.News), maxNews)
	n.CaughtUp = n.CaughtUp || later.CaughtUp
	n.Silent = later.Silent
}

// flushWhy writes down what was decided.
func (a *App) flushWhy() {
	g := a.group
	if g == nil {
		return
	}
	explained := map[string][]byte{}
	for room, fresh := range g.why {
		old, err := readWhy(a.disk, g.store, room)
		if err != nil {
			a.storeResult(err)
			continue
		}
		data, err := json.Marshal(mergeWhy(old, fresh))
		if err != nil {
			a.log.Error("decisions about notifications cannot be written", "err", err)
			continue
		}
		explained[settingWhy+room.String()] = data
	}
	if len(explained) > 0 {
		a.storeResult(g.store.SetSettings(a.disk, explained))
	}
	g.why = nil
}

// mergeWhy joins decisions, the newest maxDecisions of them. About one message the
// first decision stands: it is the one that rang or did not.
func mergeWhy(old, fresh []Notified) []Notified {
	all := slices.Concat(old, fresh)
	slices.SortStableFunc(all, func(a, b Notified) int { return int(int64(a.Seq) - int64(b.Seq)) }) //nolint:gosec // places are small
	all = slices.CompactFunc(all, func(a, b Notified) bool { return a.Seq == b.Seq })
	return newest(all, maxDecisions)
}

// readWhy reads the decisions of a room.
func readWhy(ctx context.Context, s *store.Store, room chat.RoomID) (list []Notified, err error) {
	data, err := s.Setting(ctx, settingWhy+room.String())
	if err != nil {
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return nil, err
	}
	if json.Unmarshal(data, &list) != nil {
		return nil, nil // of a newer version: it explains nothing here
	}
	return list, nil
}

// WhyNotified implements Commands.
func (a *App) WhyNotified(ctx context.Context, room chat.RoomID, seq chat.Seq) (Notified, error) {
	fresh, err := ask(ctx, a, func() ([]Notified, error) {
		if a.group == nil {
			return nil, &Failed{Code: FailClosed}
		}
		return slices.Clone(a.group.why[room]), nil
	})
	if err != nil {
		return Notified{}, err
	}
	s := a.shot.Load().store
	if s == nil {
		return Notified{}, &Failed{Code: FailClosed}
	}
	old, err := readWhy(ctx, s, room)
	if errors.Is(err, store.ErrClosed) {
		return Notified{}, &Failed{Code: FailClosed}
	}
	if err != nil {
		return Notified{}, a.readFailed(err)
	}
	for _, n := range mergeWhy(old, fresh) {
		if n.Seq == seq {
			return n, nil
		}
	}
	return Notified{}, nil
}
