package ui

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"pgregory.net/rapid"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// TestWrap: no character is lost, and no line is wider than asked for, as it is
// drawn, unless it is a single character.
func TestWrap(t *testing.T) {
	test.NewTempApp(t)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("ab cdeġħ 你好，。x-\n'"))).Draw(t, "text")
		width := rapid.Float32Range(20, 300).Draw(t, "width")
		lines := wrap(text, width, 14, fyne.TextStyle{})
		squash := func(s string) string {
			return strings.Map(func(r rune) rune {
				if unicode.IsSpace(r) {
					return -1
				}
				return r
			}, s)
		}
		if got := squash(strings.Join(lines, "")); got != squash(text) {
			t.Fatalf("%q became %q", text, lines)
		}
		for _, l := range lines {
			if w := look.MeasureRuns(l, 14, fyne.TextStyle{}); w > width+0.01 && len([]rune(l)) > 1 {
				t.Fatalf("%q is %v wide, more than %v", l, w, width)
			}
		}
	})
}

func TestRowFacts(t *testing.T) {
	tr.Use("en")
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.Local)
	message := func(author, text string, own bool) *app.LastView {
		return &app.LastView{Author: author, Text: text, Own: own, Kind: chat.KindMessage}
	}
	carrying := func(text string, own bool, files int, file string, pictures bool) *app.LastView {
		return &app.LastView{Author: "Ana", Text: text, Own: own, Kind: chat.KindMessage, Carried: app.Carried{Files: files, File: file, Pictures: pictures}}
	}
	two := func(last *app.LastView) app.RoomView {
		return app.RoomView{Name: "a", Access: chat.AccessDirect, Joined: true, Last: last, Members: []app.MemberView{{Display: "Me", Me: true}, {Display: "Ana"}}}
	}
	for _, test := range []struct {
		room  app.RoomView
		draft string
		want  rowFacts
	}{
		{app.RoomView{Name: "a", Joined: true, Last: message("Ana", "hi", false), Unread: 3}, "", rowFacts{text: "Ana: hi", badge: "3", unread: 3}},
		{app.RoomView{Name: "a", Joined: true, Last: message("Ana", "hi", false), Unread: 11, Mentions: 1}, "", rowFacts{text: "Ana: hi", badge: "@1", unread: 11, calls: 1, called: true}},
		{app.RoomView{Name: "a", Joined: true, Last: carrying("", true, 1, "a.png", true)}, "", rowFacts{text: "You: Picture", quiet: true}},
		{app.RoomView{Name: "a", Joined: true, Last: carrying("", false, 3, "a.png", true)}, "", rowFacts{text: "Ana: 3 pictures", quiet: true}},
		{app.RoomView{Name: "a", Joined: true, Last: carrying("", false, 1, "plan.\u202epdf", false)}, "", rowFacts{text: "Ana: plan.pdf", quiet: true}},
		{app.RoomView{Name: "a", Joined: true, Last: carrying("look", false, 2, "plan.pdf", false)}, "", rowFacts{text: "Ana: look", quiet: true}},
		{app.RoomView{Name: "a", Joined: true, Last: &app.LastView{Author: "Me", Own: true, Kind: chat.KindMessage, Erased: true}}, "", rowFacts{text: "This message was deleted", quiet: true}},
		{app.RoomView{Name: "a", Joined: true, Last: message("Me", "hi", true), Unread: 1000}, "", rowFacts{text: "You: hi", badge: "999+", unread: 1000}},
		{app.RoomView{Name: "a", Joined: true, Last: message("Me", "hi", true)}, "begun", rowFacts{lead: "Draft:", text: "begun", quiet: true}},
		{app.RoomView{Name: "a", Joined: true, Waiting: 1}, "", rowFacts{text: "No messages yet", icon: look.IconClock, quiet: true}},
		{app.RoomView{Name: "a", Joined: true, Waiting: 1, Failed: 1}, "", rowFacts{text: "No messages yet", icon: look.IconAlert, iconBad: true, quiet: true}},
		{two(message("Ana", "hi", false)), "", rowFacts{text: "hi", few: true, quiet: true}},
		{two(message("Me", "hi", true)), "", rowFacts{text: "You: hi", few: true, quiet: true}},
		{two(carrying("", false, 1, "a.png", true)), "", rowFacts{text: "Picture", few: true, quiet: true}},
		{app.RoomView{Name: "a", Last: message("Ana", "hi", false)}, "", rowFacts{text: "You have left this room", quiet: true}},
		{app.RoomView{Name: "a", Pending: true}, "x", rowFacts{text: "Waits to be created", icon: look.IconClock, quiet: true}},
		{app.RoomView{Name: "a", Joined: true, Last: &app.LastView{Kind: chat.KindJoin, Author: "Ana"}}, "", rowFacts{text: "Somebody joined", quiet: true}},
		{app.RoomView{Name: "a", Joined: true, Last: message("An\u202ea", "b\u202ec", false)}, "", rowFacts{text: "Ana: bc", quiet: true}},
	} {
		test.want.id, test.want.name = faceOf(&test.room), "a"
		if got := factsOf(&test.room, test.draft, now); got != test.want {
			t.Errorf("%+v: %+v, want %+v", test.room, got, test.want)
		}
	}
}

func TestBanner(t *testing.T) {
	tr.Use("en")
	now := time.Now()
	view := func(c app.ConnectionView) *app.View { return &app.View{Connection: c} }
	for _, test := range []struct {
		view   *app.View
		before bannerFacts
		act    bannerAct
		says   string
	}{
		{view(app.ConnectionView{State: app.ConnLive}), bannerFacts{}, actNone, ""},
		{view(app.ConnectionView{State: app.ConnConnecting}), bannerFacts{}, actNone, ""},
		{view(app.ConnectionView{State: app.ConnConnecting}), bannerFacts{tone: toneWarn, act: actTry}, actTry, "Connecting…"},
		{view(app.ConnectionView{State: app.ConnWaiting, Reason: app.ReasonRefused, NextTry: now.Add(11500 * time.Millisecond)}), bannerFacts{}, actTry, "Next attempt in 12 seconds"},
		{view(app.ConnectionView{State: app.ConnStopped, Reason: app.ReasonPinMismatch}), bannerFacts{}, actPin, "Another server"},
		{view(app.ConnectionView{State: app.ConnStopped, Reason: app.ReasonExpired}), bannerFacts{}, actSignIn, "session has ended"},
		{view(app.ConnectionView{State: app.ConnStopped, Reason: app.ReasonTooOld}), bannerFacts{}, actTry, "too old"},
		{&app.View{Hosting: &app.HostingView{Problem: "port taken"}}, bannerFacts{}, actHost, "port taken"},
		{&app.View{Connection: app.ConnectionView{State: app.ConnLive}, Me: app.MeView{Vault: app.SecretMemory}}, bannerFacts{}, actNone, "memory only"},
		{&app.View{Connection: app.ConnectionView{State: app.ConnLive}, Waiting: 2, ServerFull: true}, bannerFacts{}, actNone, "server's disk is full"},
		{&app.View{Connection: app.ConnectionView{State: app.ConnOffline}, Waiting: 2}, bannerFacts{}, actTry, "2 messages wait"},
	} {
		got := bannerOf(test.view, now, test.before)
		if got.act != test.act || !strings.Contains(got.text, test.says) || (test.says == "") != (got.text == "") {
			t.Errorf("%+v: %+v, want act %d and %q", test.view.Connection, got, test.act, test.says)
		}
	}
}

// TestEveryCode shows that no failure, reason or problem is without words of its
// own in any language.
func TestEveryCode(t *testing.T) {
	defer tr.Use("en")
	for _, l := range tr.Languages {
		tr.Use(l.Code)
		for code, key := range failWords {
			if got := explain(&app.Failed{Code: code}).text; got != tr.S(key) || got == string(key) {
				t.Errorf("%s %s: %q", l.Code, code, got)
			}
		}
		for reason, key := range reasonWords {
			if got := explain(&app.Failed{Code: app.FailConnection, Detail: string(reason)}).text; got != tr.S(key) {
				t.Errorf("%s %s: %q", l.Code, reason, got)
			}
		}
	}
	tr.Use("en")
	for _, test := range []struct {
		err  error
		want string
	}{
		{&app.Failed{Code: app.FailCode(chat.CodeInviteUsed)}, "This link has been used up. Ask for a new one."},
		{&app.Failed{Code: "something.new"}, "The server refused this (something.new)."},
		{&app.Failed{Code: app.FailCode(chat.CodeRateLimited), After: 1500 * time.Millisecond}, "That was too much at once. Wait a moment. Try again in 2 seconds."},
		{&app.Failed{Code: app.FailSecrets, Problem: &app.Problem{Kind: app.ProblemKeyringSlow}}, "The keyring does not answer"},
		{&app.Failed{Code: app.FailServerFull}, "The server's disk is full. Its owner must make room."},
		{errors.New("odd"), "Something went wrong inside Hearth. The log in the profile folder says more."},
	} {
		if got := explain(test.err).text; got != test.want {
			t.Errorf("%v: %q, want %q", test.err, got, test.want)
		}
	}
	// Messages that were refused have codes of commands, too.
	if got, want := codeText(chat.Code(app.FailQuota)), tr.S("fail.file_quota"); got != want {
		t.Errorf("a quota: %q, want %q", got, want)
	}
	if !explain(&app.Failed{Code: app.FailConnection, Detail: string(app.ReasonPinMismatch), Expected: "a", Presented: "b"}).isPinMismatch() {
		t.Error("a pin mismatch is not seen as one")
	}
}

func TestNoticeText(t *testing.T) {
	got := noticeText("a<b>&\u202e" + strings.Repeat("x", 300))
	if strings.Contains(got, "\u202e") || len([]rune(noticeText(strings.Repeat("ħ", 300)))) != maxNotice {
		t.Errorf("%q is not cleaned or cut", got)
	}
	if runtime.GOOS == "linux" && !strings.HasPrefix(got, "a&lt;b&gt;&amp;x") {
		t.Errorf("%q is not escaped", got)
	}
}

// TestPumpEnds shows that nothing posted runs after the end, and that the end
// waits for what was begun.
func TestPumpEnds(t *testing.T) {
	testkit.NoLeaks(t)
	q := newQueue()
	p := newPump(t.Context(), newInvented(time.Now()), q.post)
	var ran, began atomic.Bool
	p.work(func(ctx context.Context) func() {
		began.Store(true)
		<-ctx.Done()
		return func() { ran.Store(true) }
	})
	p.after(time.Hour, func() { ran.Store(true) })
	cancelled := p.after(0, func() { ran.Store(true) })
	cancelled()
	p.end()
	q.run()
	p.work(func(context.Context) func() { ran.Store(true); return nil })
	p.after(0, func() { ran.Store(true) })()
	if ran.Load() {
		t.Error("something ran after the end")
	}
	if !began.Load() {
		t.Error("the work never began")
	}
}

// Once the program quits nothing reaches the UI goroutine any more: behind the end of its
// loop the toolkit would run it on whatever goroutine asks.
func TestQueueEnds(t *testing.T) {
	var q uiQueue
	ran := 0
	fyne.DoAndWait(func() { q.post(func() { ran++ }) })
	fyne.DoAndWait(func() {})
	q.closed.Store(true)
	q.post(func() { ran++ })
	fyne.DoAndWait(func() {})
	if ran != 1 {
		t.Errorf("%d functions ran, want the one before the end", ran)
	}
}
