package ui

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/markup"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// TestDangerousQuestions: what is red has its focus on Cancel, so that Enter, pressed once
// too often, does not do it; what is not has it on what one most likely wants.
func TestDangerousQuestions(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	for danger, want := range map[bool]string{true: tr.S("button.cancel"), false: "Do it"} {
		g.u.confirm(confirmation{title: "Sure?", text: "x", do: "Do it", danger: danger, then: func() {}})
		if b, ok := g.u.win.Canvas().Focused().(*look.Button); !ok || b.Text() != want {
			t.Errorf("danger %v: the focus is not on %q", danger, want)
		}
		g.u.closeAll()
	}
}

// TestDisguisedLink: a link whose words may be taken for another address is not opened by
// Enter alone.
func TestDisguisedLink(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	found := markup.ParseMarkup("[bank.example](https://evil.example/)").Links
	if len(found) != 1 {
		t.Fatalf("links %+v", found)
	}
	opened := &opener{App: u.fyne}
	u.fyne = opened
	u.openLink(found[0].Link)
	if !shows(u, "https://evil.example/") {
		t.Error("nobody says where it leads")
	}
	if b, ok := u.win.Canvas().Focused().(*look.Button); !ok || b.Text() != tr.S("button.cancel") {
		t.Errorf("the focus is on %T", u.win.Canvas().Focused())
	}
	key(u, fyne.KeyReturn)
	if len(u.dialogs) != 0 || len(opened.urls) != 0 {
		t.Errorf("after Enter there are %d questions, and %q is open", len(u.dialogs), opened.urls)
	}
	u.openLink(found[0].Link)
	pressButton(t, u, tr.S("link.open"))
	if !slices.Equal(opened.urls, []string{"https://evil.example/"}) {
		t.Errorf("open is %q", opened.urls)
	}
}

// opener notes what the system would be asked to open.
type opener struct {
	fyne.App
	urls []string
}

func (o *opener) OpenURL(u *url.URL) error {
	o.urls = append(o.urls, u.String())
	return nil
}

// TestDialogsBeginAtTop: at the largest text in a low window, too, the first words of the
// deletion of one's account are in view.
func TestDialogsBeginAtTop(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	u.win.Resize(fyne.NewSize(480, 420))
	u.showFarewell()
	p := u.dialogs[0].page
	if p.want <= p.scroll.Size().Height {
		t.Fatal("all of it is in view: the test shows nothing")
	}
	if b, ok := u.win.Canvas().Focused().(*look.Button); p.scroll.Offset.Y != 0 || !ok || b.Text() != tr.S("button.cancel") {
		t.Errorf("scrolled by %v, focus on %T", p.scroll.Offset.Y, u.win.Canvas().Focused())
	}
}

// TestWelcomeArrows: the arrow keys go through the ways in.
func TestWelcomeArrows(t *testing.T) {
	g, q := newGallery(t, "welcome,light,en")
	g.pose(q)
	c := g.u.win.Canvas()
	says := func() string { return c.Focused().(*touch).AccessibilityLabel() }
	var got []string
	for _, k := range []fyne.KeyName{fyne.KeyUp, fyne.KeyDown, fyne.KeyDown, fyne.KeyDown, fyne.KeyUp} {
		key(g.u, k)
		got = append(got, says())
	}
	for i, want := range []tr.Key{"welcome.host", "welcome.join", "welcome.sign_in", "welcome.sign_in", "welcome.join"} {
		if !strings.HasPrefix(got[i], tr.S(want)) {
			t.Errorf("key %d leads to %q", i, got[i])
		}
	}
}

// TestTooLarge: two sizes that read alike are not compared.
func TestTooLarge(t *testing.T) {
	tr.Use("en")
	for _, test := range []struct {
		size, most int64
		want       string
	}{
		{4_210_000, 4_194_304, "x is too large by 16 kB: at most 4.2 MB."},
		{9_000_000, 4_194_304, "x is too large: 9.0 MB, at most 4.2 MB."},
	} {
		if got := tooLarge("x", test.size, test.most); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// TestDeserted: an empty conversation with somebody whose account is no more leaves the
// list, unless it is open.
func TestDeserted(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	h := g.u.home
	r := app.RoomView{ID: chat.RoomID{77}, Access: chat.AccessDirect, Joined: true, Activity: time.Now(), Members: []app.MemberView{
		{Account: g.u.view.Me.Account, Me: true}, {Account: chat.AccountID{78}, Deleted: true},
	}}
	listed := func(r app.RoomView) bool {
		v := *g.u.view
		v.Rooms = append([]app.RoomView{r}, v.Rooms...)
		before := g.u.view
		g.u.view = &v
		defer func() { g.u.view = before }()
		return h.shown()[0].ID == r.ID
	}
	if listed(r) {
		t.Error("it is listed")
	}
	for name, change := range map[string]func(*app.RoomView){
		"with messages":       func(r *app.RoomView) { r.Last = &app.LastView{} },
		"with what waits":     func(r *app.RoomView) { r.Waiting = 1 },
		"with somebody there": func(r *app.RoomView) { r.Members = []app.MemberView{r.Members[0], {Account: chat.AccountID{78}}} },
	} {
		other := r
		if change(&other); !listed(other) {
			t.Errorf("one %s is not listed", name)
		}
	}
	h.room = r.ID
	if !listed(r) {
		t.Error("the open one is not listed")
	}
}

// TestRecoveryNotNow: the offer of a recovery key can be put off without opening anything.
func TestRecoveryNotNow(t *testing.T) {
	g, q := newGallery(t, "recovery-offer,light,en")
	g.pose(q)
	if !shows(g.u, tr.S("banner.recovery")) {
		t.Fatal("nothing is offered")
	}
	pressButton(t, g.u, tr.S("banner.later"))
	q.run()
	if shows(g.u, tr.S("banner.recovery")) || len(g.u.dialogs) != 0 {
		t.Error("it is still offered")
	}
}
