package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// Gallery shows every screen with invented data, one after the other: F2 next,
// F3 previous, F4 light or dark, F6 the next language, F7 narrow or wide.
type Gallery struct {
	u       *UI
	core    *invented
	screens []screen
	at      int
	narrow  bool
	begin   string
}

// screen is one picture: what the core says, then what the person did.
type screen struct {
	name string
	set  func(c *invented, now time.Time)
	then func(u *UI)
}

// NewGallery returns a gallery; begin names the first screen and may go on with
// ",dark", ",narrow" and a language: "invite,dark,zh".
func NewGallery(fyneApp fyne.App, begin string) *Gallery {
	g := &Gallery{core: newInvented(time.Now()), screens: screens(), begin: begin}
	g.u = NewWindow(galleryGroups{alone{g.core}, g.core}, fyneApp, Options{}).shown
	return g
}

// Run shows the gallery until its window is closed or ctx ends.
func (g *Gallery) Run(ctx context.Context) {
	g.prepare(ctx)
	g.act()
	g.u.win.Show()
	g.u.Loop(ctx)
}

func (g *Gallery) prepare(ctx context.Context) {
	name, rest, _ := strings.Cut(g.begin, ",")
	for word := range strings.SplitSeq(rest, ",") {
		switch {
		case word == "dark" || word == "light":
			g.u.settings.Theme = word
		case word == "narrow":
			g.u.settings.Width, g.u.settings.Height = 400, 700
			g.narrow = true
		case word == "large":
			g.u.settings.TextSize = 1.5
		case word != "":
			g.u.settings.Language = word
		}
	}
	g.at = max(0, slices.IndexFunc(g.screens, func(s screen) bool { return s.name == name }))
	g.u.prepare(ctx)
	g.u.looking = true
	g.u.win.SetCloseIntercept(nil)
	g.u.win.Canvas().SetOnTypedKey(g.typedKey)
	g.build()
}

func (g *Gallery) typedKey(e *fyne.KeyEvent) {
	n := len(g.screens)
	switch e.Name {
	case fyne.KeyF2:
		g.at = (g.at + 1) % n
	case fyne.KeyF3:
		g.at = (g.at + n - 1) % n
	case fyne.KeyF4:
		theme := "dark"
		if g.u.settings.Theme == theme {
			theme = "light"
		}
		g.u.change(func(s *app.Settings) { s.Theme = theme })
		return
	case fyne.KeyF6:
		at := slices.IndexFunc(tr.Languages, func(l tr.Language) bool { return l.Code == tr.Lang() })
		g.u.settings.Language = tr.Languages[(at+1)%len(tr.Languages)].Code
		g.u.applyLook(g.u.settings)
	case fyne.KeyF7:
		g.narrow = !g.narrow
		size := fyne.NewSize(1200, 800)
		if g.narrow {
			size = fyne.NewSize(400, 700)
		}
		g.u.win.Resize(size)
		return
	default:
		g.u.typedKey(e)
		return
	}
	g.show()
}

// show shows the present screen.
func (g *Gallery) show() {
	g.build()
	g.act()
}

// act does what the person did on the present screen, once everything has its place.
func (g *Gallery) act() {
	if then := g.screens[g.at].then; then != nil {
		g.u.pump.after(50*time.Millisecond, func() { then(g.u) })
	}
}

// build makes the present screen up to what its then does.
func (g *Gallery) build() {
	u, s := g.u, g.screens[g.at]
	u.closeAll()
	settings := u.settings
	fresh := newInvented(time.Now())
	fresh.view.Settings = settings
	if s.set != nil {
		s.set(fresh, time.Now())
	}
	*g.core = *fresh // in one, as what the screen before loads may still ask it
	u.pads = map[chat.RoomID]*pad{}
	u.show(u)
	u.sync()
	for _, beside := range u.all[1:] {
		beside.view = beside.core.View()
	}
	u.build()
	u.apply(app.Changes{View: true, Reset: true}, g.core.view)
	u.win.SetTitle(fmt.Sprintf("%d/%d %s – F2 F3 F4 F6 F7", g.at+1, len(g.screens), s.name))
}

func phase(p app.Phase) func(*invented, time.Time) {
	return func(c *invented, _ time.Time) { c.view.Phase, c.view.Problem = p, nil }
}

func problem(p app.Phase, kind app.ProblemKind) func(*invented, time.Time) {
	return func(c *invented, _ time.Time) {
		c.view.Phase = p
		c.view.Problem = &app.Problem{Kind: kind}
		if p == app.PhaseFailed {
			c.view.Problem.Path, c.view.Problem.Detail = "/home/daniel/.config/hearth/profiles/default", "invented"
		}
	}
}

func connection(v app.ConnectionView, wait time.Duration) func(*invented, time.Time) {
	return func(c *invented, now time.Time) {
		v.Address, v.Since = "192.168.1.20:7480", now.Add(-90*time.Second)
		if wait > 0 {
			v.NextTry = now.Add(wait)
		}
		c.view.Connection = v
		c.pend(now)
	}
}

// gallerySearch shows what a search finds.
func gallerySearch(query string) func(*home) {
	return func(h *home) {
		h.u.searched = query
		h.showSearch()
	}
}

// galleryKeyring shows the choice that appears when the keyring does not work.
func galleryKeyring(u *UI) {
	f := newForm(u)
	s := newSecretChoice(f, func() {})
	s.offer(failure{Failed: app.Failed{Code: app.FailSecrets, Problem: &app.Problem{Kind: app.ProblemKeyringAbsent}}})
	f.submit = look.NewButton(tr.S("host.submit"), look.Primary, nil)
	s.where.choose(chooseVault)
	f.page = u.showFlow(u.showWelcome, column(14, formHead(tr.S("host.title"), tr.S("host.text")), s.object, rowEnd(8, f.submit)), nil)
}

// galleryLong has everything longer than there is room for.
func galleryLong(c *invented, _ time.Time) {
	long := strings.Repeat("a very long name indeed ", 12)
	c.view.Group.Name, c.view.Me.Display = long, long
	for i := range c.view.Rooms {
		r := &c.view.Rooms[i]
		r.Name, r.Topic = long, long
		if r.Last != nil {
			r.Last.Text = strings.Repeat("word ", 200)
		}
		r.Unread = 4321
	}
	room := inventedRoom("release-room")
	last := &c.messages[room][len(c.messages[room])-1]
	last.Name, last.Text = long, strings.Repeat("https://example.org/"+strings.Repeat("x", 120)+" ", 3)
}

// galleryScripts has names and messages in many scripts, right to left among them.
func galleryScripts(c *invented, _ time.Time) {
	c.view.Me.Display = "דניאל כהן"
	r := &c.view.Rooms[0]
	r.Name, r.Topic = "غرفة العائلة", "كل شيء عن العائلة"
	r.Last = &app.LastView{Author: "نور الخطيب", Text: "مرحبا! كيف حالك اليوم؟", Kind: chat.KindMessage, State: app.StateSent}
	c.view.Rooms[1].Name, c.view.Rooms[2].Name, c.view.Rooms[3].Name = "दोस्तों का कमरा", "Комната друзей", "家族 👨‍👩‍👧"
	room := c.messages[inventedRoom("release-room")]
	for i, m := range []struct{ name, text string }{
		{"نور الخطيب", "مرحبا! كيف حالك اليوم؟"},
		{"نور الخطيب", "الاجتماع في الساعة 14:30 في room 12, see https://example.org/ar"},
		{"Ελένη Παπαδοπούλου", "Καλημέρα σε όλους! Τα λέμε αύριο."},
		{"Дмитрий Иванов", "Съешь же ещё этих мягких французских булок."},
		{"", "שלום לכולם, הכול עובד."},
		{"", "👍"},
		{"田中さくら", "テスト：日本語と한국어 mixed with Latin on one line. 全角，标点。"},
		{"प्रिया शर्मा", "नमस्ते, सब ठीक है?"},
	} {
		room[i+2].Name, room[i+2].Text = m.name, m.text
	}
}

// galleryComposer has a draft of several lines.
func galleryComposer(h *home) {
	h.pane.composer.setText("A first line\nand a second one, which is so long that it does not fit and goes on below, as long lines do in narrow places\nand a third")
}

// galleryGaps has a room of which something is missing.
func galleryGaps(c *invented, _ time.Time) {
	r := &c.view.Rooms[0]
	r.Lost = 2
	list := c.messages[r.ID]
	for i := range list {
		if list[i].Seq > 7 {
			list[i].Seq += 400
		}
	}
	c.gaps = []app.Gap{{From: 8, To: 402, Missing: true}, {From: 403, To: 407}}
	r.Complete = app.Completeness{
		Through: 1240, Behind: 31, MissingEvents: 412, Missing: []app.Gap{{From: 12, To: 402}, {From: 500, To: 520}},
		VoidEvents: 1, Void: []app.Gap{{From: 700, To: 700}},
	}
}

// galleryBegins is a room that shows newcomers only what is written once they are in.
func galleryBegins(c *invented, _ time.Time) {
	r := &c.view.Rooms[0]
	list := c.messages[r.ID]
	for i := range list {
		if list[i].Seq > 0 {
			list[i].Seq += 400
		}
	}
	r.History = chat.HistoryJoined
	c.gaps = []app.Gap{{From: 1, To: 380, Reason: app.GapNotVisible}, {From: 381, To: 400, Reason: app.GapUnloaded}}
	r.Complete = app.Completeness{Through: 1240, VoidEvents: 400, Void: c.gaps}
}

// galleryFew is such a room that half of the group is not in.
func galleryFew(c *invented, now time.Time) {
	galleryBegins(c, now)
	r := &c.view.Rooms[0]
	r.Members = r.Members[:len(inventedPeople)/2]
}

// galleryAlone is the first moment of a group: one person, one room.
func galleryAlone(c *invented, now time.Time) {
	r := c.view.Rooms[1]
	r.Members, r.Unread, r.Head, r.Read, r.Last, r.Topic = r.Members[:1], 0, 2, 2, nil, ""
	c.view.Rooms, c.view.LastRoom = []app.RoomView{r}, r.ID
	created := c.messages[inventedRoom("release-room")][:1]
	created[0].Value, created[0].Time = "general", now
	c.messages[r.ID] = created
}
