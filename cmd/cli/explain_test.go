package main

import (
	"testing"

	"hearth/app"
)

// TestFieldIsNamed: who gave several values learns which one it is about.
func TestFieldIsNamed(t *testing.T) {
	for _, c := range []struct {
		failed app.Failed
		want   string
	}{
		{app.Failed{Code: app.FailBadValue, Field: "emoji", Detail: "not an emoji"}, "the value of emoji cannot be used (not an emoji)"},
		{app.Failed{Code: app.FailBadValue, Detail: "no group is open"}, "a value cannot be used (no group is open)"},
		{app.Failed{Code: app.FailEmpty, Field: "name"}, "the name is empty"},
		{app.Failed{Code: app.FailEmpty}, "the text is empty"},
		{app.Failed{Code: app.FailTooLong, Field: "topic"}, "the topic is too long"},
	} {
		if code, got := explain(&c.failed, &options{}); code != exitUsage || got != c.want {
			t.Errorf("%+v: %d %q, want %q", c.failed, code, got, c.want)
		}
	}
}

// TestWaitWords: what waits is said to wait for what it waits for.
func TestWaitWords(t *testing.T) {
	live, away := app.ConnectionView{State: app.ConnLive}, app.ConnectionView{State: app.ConnWaiting}
	for _, c := range []struct {
		view app.View
		n    int
		want string
	}{
		{app.View{Connection: away}, 1, "1 message waits in the outbox; it will be sent when this profile connects again"},
		{app.View{Connection: away}, 2, "2 messages wait in the outbox; they will be sent when this profile connects again"},
		{app.View{Connection: live}, 0, "the change waits in the outbox; it will be sent by whatever command is connected"},
		{app.View{Connection: live, ServerFull: true}, 3, "3 messages wait in the outbox: the server's disk is full; once it has space, they will be sent by whatever command is connected"},
	} {
		if got := waitWords(&c.view, c.n); got != c.want {
			t.Errorf("%+v %d: %q, want %q", c.view, c.n, got, c.want)
		}
	}
}
