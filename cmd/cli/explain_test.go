package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"hearth/app"
	"hearth/chat"
)

// TestFieldIsNamed: who gave several values learns which one it is about.
func TestFieldIsNamed(t *testing.T) {
	for _, c := range []struct {
		failed app.Failed
		want   string
	}{
		{app.Failed{Code: app.FailBadValue, Field: "emoji", Detail: "not an emoji"}, "the emoji cannot be used (not an emoji)"},
		{app.Failed{Code: app.FailBadValue, Field: "search", Detail: "has:tea"}, "has:tea is not understood: days are written 2026-11-21, 2026-11 or 2026, and behind has: stands link or file"},
		{app.Failed{Code: app.FailBadValue, Field: "display", Detail: "line breaks"}, "the display name cannot be used (line breaks)"},
		{
			app.Failed{Code: app.FailFileUnreadable, Field: "files", Detail: "nope.bin", Err: &fs.PathError{Op: "stat", Path: "/x/nope.bin", Err: fs.ErrNotExist}},
			"a file cannot be read: /x/nope.bin: file does not exist",
		},
		{app.Failed{Code: app.FailBadValue, Detail: "no group is open"}, "a value cannot be used (no group is open)"},
		{app.Failed{Code: app.FailEmpty, Field: "name"}, "the name is empty"},
		{app.Failed{Code: app.FailEmpty}, "the text is empty"},
		{app.Failed{Code: app.FailTooLong, Field: "topic"}, "the topic is too long"},
		{app.Failed{Code: app.FailTooLong, Field: "body", Detail: "longer than 65536 bytes"}, "the message is too long (longer than 65536 bytes)"},
	} {
		if code, got := explain(&c.failed, &options{}); code != exitUsage || got != c.want {
			t.Errorf("%+v: %d %q, want %q", c.failed, code, got, c.want)
		}
	}
}

// TestAfter: who has to wait learns how long.
func TestAfter(t *testing.T) {
	guessed := &app.Failed{Code: app.FailCode(chat.CodeRateLimited), After: 1500 * time.Millisecond}
	if code, got := explain(guessed, &options{}); code != exitRefused || got != "too many attempts; wait a while (rate_limited); try again in 2 seconds" {
		t.Errorf("%d %q", code, got)
	}
	busy := &app.Failed{Code: app.FailConnection, Detail: string(app.ReasonBusy), After: time.Second}
	if code, got := explain(busy, &options{}); code != exitOffline || got != "no connection to the server: the server asks to come back later; try again in 1 second" {
		t.Errorf("%d %q", code, got)
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
		{app.View{Connection: app.ConnectionView{Reason: app.ReasonDiskFull}}, 1, "1 message waits in the outbox: this disk is full; once it has space, it will be sent when this profile connects again, unless the server has it already"},
		{app.View{Connection: app.ConnectionView{Reason: app.ReasonDiskFull}}, 2, "2 messages wait in the outbox: this disk is full; once it has space, they will be sent when this profile connects again, unless the server has them already"},
		{app.View{Connection: live, ServerFull: true}, 3, "3 messages wait in the outbox: the server's disk is full; once it has space, they will be sent by whatever command is connected"},
	} {
		if got := waitWords(&c.view, c.n); got != c.want {
			t.Errorf("%+v %d: %q, want %q", c.view, c.n, got, c.want)
		}
	}
}

// TestCodesHaveWords: what a server may refuse is said in words, with the code behind.
func TestCodesHaveWords(t *testing.T) {
	for _, code := range []chat.Code{
		chat.CodeForbidden, chat.CodeNotMember, chat.CodeRoomGone, chat.CodeReadOnly, chat.CodeRemoved, chat.CodeMemberGone, chat.CodeIDConflict, chat.CodeNameTaken, chat.CodeRoomExists,
		chat.CodeMessageGone, chat.CodeFileGone, chat.CodeRateLimited, chat.CodeBusy, chat.CodeCapacityConnections, chat.CodeCapacityDisk,
		chat.CodeLimitReached, chat.CodeInviteUnknown, chat.CodeInviteExpired, chat.CodeInviteUsed, chat.CodeTooLong, chat.CodePayloadTooLarge,
		chat.CodeEmpty, chat.CodeBadValue, chat.CodeOutOfRange, chat.CodeUnknownKind, chat.CodeUnknownType, chat.CodeInternal,
		app.CodeHeld, app.CodeUnkept, chat.Code(app.FailQuota), chat.Code(app.FailFileTooLarge), chat.Code(app.FailNoFiles),
	} {
		if got := codeWords(code); !strings.HasSuffix(got, " ("+string(code)+")") {
			t.Errorf("%s: %q", code, got)
		}
	}
	if got := codeWords("new.code"); got != "new.code" {
		t.Errorf("an unknown code: %q", got)
	}
	if code, got := explain(&app.Failed{Code: app.FailCode(chat.CodeForbidden)}, &options{}); code != exitRefused || got != "that is not allowed (forbidden)" {
		t.Errorf("%d %q", code, got)
	}
}

// TestEveryFailureHasWords: nothing that this program finds out by itself is said to have
// been refused by the server.
func TestEveryFailureHasWords(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("..", "..", "app", "command.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^\tFail\w+ +(?:FailCode )?= "([a-z_.]+)"`).FindAllSubmatch(source, -1)
	if len(found) < 30 {
		t.Fatalf("%d codes in the contract", len(found))
	}
	for _, f := range found {
		code := app.FailCode(f[1])
		if _, text := explain(&app.Failed{Code: code}, &options{}); strings.Contains(text, "the server refused") || text == "" {
			t.Errorf("%s: %q", code, text)
		}
	}
}

// TestInviteByStdin: an invite need not stand on the command line.
func TestInviteByStdin(t *testing.T) {
	file := filepath.Join(t.TempDir(), "link")
	if err := os.WriteFile(file, []byte("hearth://f\nmore\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ link, file, in, want string }{
		{"hearth://a", "", "", "hearth://a"},
		{"-", "", " hearth://b \r\nmore", "hearth://b"},
		{"-", "", "hearth://c", "hearth://c"},
		{"-", "", "\n", ""},
		{"", file, "", "hearth://f"},
		{"", "", "", ""},
		{"-", file, "x", ""},
	} {
		s := &terminal{in: strings.NewReader(c.in)}
		got, err := s.invite(c.link, c.file)
		if got != c.want || (c.want == "") != (err != nil) {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
}
