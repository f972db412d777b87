package app

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hearth/chat"
)

// settled waits until two people have the same log and nothing waits.
func (p *person) settled(other *person) {
	p.w.t.Helper()
	for range 1000 {
		a, b := p.roomView(p.w.general), other.roomView(p.w.general)
		if a.Chain == b.Chain && a.Waiting == 0 && b.Waiting == 0 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	p.w.t.Fatal("the logs do not become equal")
}

// messages are the messages that somebody sees.
func (p *person) messages() (list []MessageView) {
	p.w.t.Helper()
	page, err := p.App.Messages(p.w.t.Context(), p.w.general, Window{})
	if err != nil {
		p.w.t.Fatal(err)
	}
	for _, m := range page.Messages {
		if m.Kind == chat.KindMessage {
			list = append(list, m)
		}
		if m.Kind.Hidden() {
			p.w.t.Errorf("a row of kind %s", m.Kind)
		}
	}
	return list
}

// TestChanges: every kind of change, seen by both, and a deletion that really removes.
func TestChanges(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		ctx := t.Context()
		ann.say(w.general, "helo @bob, `@room`")
		ann.sent()
		ann.settled(bob)
		m := bob.messages()[0]
		if !m.MentionsMe || m.MayEdit || bob.roomView(w.general).Mentions != 1 {
			t.Errorf("bob is not called: %+v", m)
		}
		must(t, ann.App.EditMessage(ctx, w.general, m.Seq, "hello"))
		must(t, bob.App.React(ctx, w.general, m.Seq, "👍", true))
		must(t, bob.App.Pin(ctx, w.general, m.Seq, true))
		_, err := bob.App.SendMessage(ctx, w.general, Outgoing{Text: "hi", Reply: m.Seq})
		must(t, err)
		var failed *Failed
		if _, err := bob.App.SendMessage(ctx, w.general, Outgoing{Text: "to nobody", Reply: m.Seq + 100}); !errors.As(err, &failed) || failed.Field != "reply" {
			t.Errorf("an answer to what nobody has said: %v", err)
		}
		time.Sleep(time.Second)
		ann.settled(bob)
		got := ann.messages()
		if m := got[0]; m.Text != "hello" || m.Edited.IsZero() || len(m.Reactions) != 1 || m.Reactions[0].Count != 1 || !m.Pinned || m.Changing {
			t.Errorf("after the changes: %+v", m)
		}
		if q := got[1].Reply; q == nil || q.Text != "hello" || !q.Own {
			t.Errorf("the quote is %+v", q)
		}
		versions, err := bob.App.Versions(ctx, w.general, m.Seq)
		must(t, err)
		if len(versions) != 2 || versions[1].Text != "hello" {
			t.Errorf("versions: %+v", versions)
		}
		must(t, ann.App.DeleteMessage(ctx, w.general, m.Seq))
		time.Sleep(time.Second)
		ann.settled(bob)
		for _, p := range []*person{ann, bob} {
			if m := p.messages()[0]; !m.Erased || m.Text != "" || m.Reactions != nil || m.Pinned || m.ErasedBy != "ann" {
				t.Errorf("%s still sees %+v", p.name, m)
			}
			s := p.App.shot.Load().store
			must(t, s.Check(ctx))
			e, err := s.Event(ctx, w.general, m.Seq)
			must(t, err)
			if !e.Erased || e.Body != nil {
				t.Errorf("%s still has %q", p.name, e.Body)
			}
		}
		if err := bob.App.EditMessage(ctx, w.general, 1, "x"); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		if list, err := bob.App.Outbox(ctx); err != nil || len(list) != 1 || list[0].Message.State != StateFailed || list[0].Message.Text != "x" {
			t.Errorf("the refused edit is not in the outbox: %+v, %v", list, err)
		}
	})
}

// TestMentions: the longest name, at the beginning of a word, outside of code.
func TestMentions(t *testing.T) {
	ann, annabel := chat.AccountID{1}, chat.AccountID{2}
	names := map[string]chat.AccountID{"ann": ann, "ann.abel": annabel}
	for text, want := range map[string]*chat.Mentions{
		"@ann":                    {Accounts: []chat.AccountID{ann}},
		"@Ann.":                   {Accounts: []chat.AccountID{ann}},
		"(@ann.abel), @ann":       {Accounts: []chat.AccountID{annabel, ann}},
		"@anna":                   nil,
		"x@ann":                   nil,
		"`@ann` and ```\n@ann```": nil,
		"`` a ` @ann `` @room":    {Room: true},
		"` @ann":                  {Accounts: []chat.AccountID{ann}},
		"@":                       nil,
		"@ann@ann":                {Accounts: []chat.AccountID{ann}},
		"你好@ann你好":                {Accounts: []chat.AccountID{ann}},
		"ครับ@ann":                {Accounts: []chat.AccountID{ann}},
		"**@ann**":                {Accounts: []chat.AccountID{ann}},
		"@anné and é@ann":         nil,
		"https://x.example/@ann":  nil,
		"```\n@ann":               nil, // shown as code
	} {
		found, _ := findMentions(text, names)
		if d := cmp.Diff(want, found); d != "" {
			t.Errorf("%q (-want +got):\n%s", text, d)
		}
	}
}
