package server

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"hearth/chat"
	"hearth/net/wire"
)

// TestBadInput: each frame gets exactly the error it should, the connection
// lives, the next request succeeds, and nothing has changed.
func TestBadInput(t *testing.T) {
	w := newWorld(t, nil, Options{})
	c := w.person()
	room, mid := w.general.String(), chat.NewMID().String()
	send := func(kind, body string) string {
		return fmt.Sprintf(`{"t":"send","id":9,"mid":"%s","room":"%s","dseq":1,"kind":"%s","body":%q}`, mid, room, kind, body)
	}
	text := func(s string) string { return send("message", `{"text":"`+s+`"}`) }
	deep := strings.Repeat(`{"a":`, 20) + "1" + strings.Repeat("}", 20)
	cases := []struct {
		frame string
		code  chat.Code
		path  string
	}{
		{``, chat.CodeBadJSON, ""},
		{`{`, chat.CodeBadJSON, ""},
		{`null`, chat.CodeBadType, ""},
		{`[]`, chat.CodeBadType, ""},
		{`"x"`, chat.CodeBadType, ""},
		{`{"t":"hb","id":9}x`, chat.CodeBadJSON, ""},
		{`{"t":"hb","id":9,}`, chat.CodeBadJSON, ""},
		{"{\"t\":\"hb\",\"id\":9,\"x\":\"\xff\"}", chat.CodeBadUTF8, ""},
		{`{"t":"hb","id":9,"id":9}`, chat.CodeDuplicateKey, "/id"},
		{`{"t":"hb","id":9,"x":` + deep + `}`, chat.CodeTooDeep, ""},
		{`{"t":"hb"}`, chat.CodeMissingField, "/id"},
		{`{"id":9}`, chat.CodeMissingField, "/t"},
		{`{"T":"hb","id":9}`, chat.CodeMissingField, "/t"},
		{`{"t":"hb","id":0}`, chat.CodeMissingField, "/id"},
		{`{"t":"hb","id":-1}`, chat.CodeOutOfRange, "/id"},
		{`{"t":"hb","id":1.5}`, chat.CodeOutOfRange, "/id"},
		{`{"t":"hb","id":1e300}`, chat.CodeOutOfRange, "/id"},
		{`{"t":"hb","id":"9"}`, chat.CodeBadType, "/id"},
		{`{"t":"nothing","id":9}`, chat.CodeUnknownType, "/t"},
		{`{"t":"auth","id":9}`, chat.CodeMissingField, "/version"},
		{`{"t":"send","id":9}`, chat.CodeMissingField, "/mid"},
		{`{"t":"send","id":9,"mid":"` + mid + `"}`, chat.CodeMissingField, "/room"},
		{`{"t":"send","id":9,"mid":5}`, chat.CodeBadType, "/mid"},
		{`{"t":"send","id":9,"mid":"abc"}`, chat.CodeBadValue, "/mid"},
		{`{"t":"send","id":9,"mid":"` + strings.ToUpper(mid) + `"}`, chat.CodeBadValue, "/mid"},
		{`{"t":"send","id":9,"mid":"` + mid + `","room":"` + room + `","dseq":0,"kind":"message","body":"{}"}`, chat.CodeMissingField, "/dseq"},
		{`{"t":"send","id":9,"mid":"` + mid + `","room":"` + room + `","dseq":1,"kind":"","body":"{}"}`, chat.CodeMissingField, "/kind"},
		{`{"t":"send","id":9,"mid":"` + mid + `","room":"` + room + `","dseq":1,"kind":"message"}`, chat.CodeMissingField, "/body"},
		{`{"t":"send","id":9,"mid":"` + mid + `","room":"` + room + `","dseq":1,"kind":"message","body":{}}`, chat.CodeBadType, "/body"},
		{send("message", `{`), chat.CodeBadJSON, "/body"},
		{send("message", `[]`), chat.CodeBadType, "/body"},
		{send("message", `{}`), chat.CodeEmpty, "/body/text"},
		{send("message", `{"text":5}`), chat.CodeBadType, "/body/text"},
		{send("message", `{"text":"a","text":"b"}`), chat.CodeDuplicateKey, "/body/text"},
		{send("message", `{"Text":"a"}`), chat.CodeEmpty, "/body/text"},
		{text(""), chat.CodeEmpty, "/body/text"},
		{text("   "), chat.CodeEmpty, "/body/text"},
		{text("\u200b\u200d"), chat.CodeEmpty, "/body/text"},
		{text(strings.Repeat("x", 16_001)), chat.CodeTooLong, "/body/text"},
		{send("message", `{"text":"a","x":"`+strings.Repeat("y", 49<<10)+`"}`), chat.CodeTooLong, "/body"},
		{send("nothing", `{}`), chat.CodeUnknownKind, "/kind"},
		{send("message.edit", `{}`), chat.CodeMissingField, "/body/seq"},
		{send("member.name", `{"display":"x"}`), chat.CodeUnknownKind, "/kind"},
		{send("room.rename", `{}`), chat.CodeEmpty, "/body/name"},
		{send("room.rename", `{"name":" x"}`), chat.CodeBadValue, "/body/name"},
		{send("room.rename", `{"name":"a\nb"}`), chat.CodeBadValue, "/body/name"},
		{send("room.rename", `{"name":"a\u202eb"}`), chat.CodeBadValue, "/body/name"},
		{send("room.rename", `{"name":"`+strings.Repeat("x", 65)+`"}`), chat.CodeTooLong, "/body/name"},
		{send("room.topic", `{"topic":"`+strings.Repeat("x", 513)+`"}`), chat.CodeTooLong, "/body/topic"},
		{send("room.topic", `{"topic":"a\u0000b"}`), chat.CodeBadValue, "/body/topic"},
		{send("room.create", `{"name":"x","access":"open","history":"all"}`), chat.CodeForbidden, "/room"},
		{send("room.create", `{"name":"x","access":"ajar","history":"all"}`), chat.CodeBadValue, "/body/access"},
		{send("room.create", `{"name":"x","access":"open","history":"some"}`), chat.CodeBadValue, "/body/history"},
		{send("member.join", `{"account":"x"}`), chat.CodeBadValue, "/body/account"},
		{send("member.join", `{"account":"`+chat.NewAccountID().String()+`"}`), chat.CodeBadValue, "/body/account"},
		{send("member.join", `{}`), chat.CodeForbidden, "/kind"},
		{fmt.Sprintf(`{"t":"send","id":9,"mid":"%s","room":"%s","dseq":1,"kind":"message","body":"{\"text\":\"x\"}"}`, mid, chat.NewRoomID()), chat.CodeRoomGone, "/room"},
		{fmt.Sprintf(`{"t":"send","id":9,"mid":"%s","room":"%s","dseq":5,"kind":"message","body":"{\"text\":\"x\"}"}`, mid, room), chat.CodeOrderGap, "/dseq"},
		{`{"t":"sync","id":9,"rooms":5}`, chat.CodeBadType, "/rooms"},
		{`{"t":"sync","id":9,"rooms":[{}]}`, chat.CodeMissingField, "/rooms/0/room"},
		{`{"t":"sync","id":9,"rooms":[{"room":"` + room + `","seq":3}]}`, chat.CodeMissingField, "/rooms/0/chain"},
		{`{"t":"sync","id":9,"rooms":[{"room":"` + room + `"},{"room":"` + room + `"}]}`, chat.CodeBadValue, "/rooms/1/room"},
		{`{"t":"history","id":9,"room":"` + room + `"}`, chat.CodeMissingField, "/from"},
		{`{"t":"history","id":9,"room":"` + room + `","from":5,"to":4}`, chat.CodeOutOfRange, "/to"},
		{`{"t":"history","id":9,"room":"` + room + `","from":500,"to":501}`, chat.CodeOutOfRange, "/from"},
		{`{"t":"history","id":9,"room":"` + chat.NewRoomID().String() + `","from":1,"to":4}`, chat.CodeRoomGone, "/room"},
		{`{"t":"chains","id":9,"room":"` + room + `","seqs":[]}`, chat.CodeMissingField, "/seqs"},
		{`{"t":"chains","id":9,"room":"` + room + `","seqs":[` + strings.Repeat("1,", 100) + `1]}`, chat.CodeTooLong, "/seqs"},
		{`{"t":"send.status","id":9,"room":"` + room + `","mids":[]}`, chat.CodeMissingField, "/mids"},
		{`{"t":"profile","id":9,"mid":"` + mid + `","display":" "}`, chat.CodeEmpty, "/display"},
		{`{"t":"profile","id":9,"mid":"` + mid + `","display":"a\u2066b"}`, chat.CodeBadValue, "/display"},
		{`{"t":"invite.create","id":9,"key":"AAAA","uses":1,"expires_ms":1}`, chat.CodeBadValue, "/key"},
		{`{"t":"invite.create","id":9,"key":"` + strings.Repeat("A", 43) + `","uses":0,"expires_ms":1}`, chat.CodeOutOfRange, "/uses"},
		{`{"t":"invite.create","id":9,"key":"` + strings.Repeat("A", 43) + `","uses":5000,"expires_ms":1}`, chat.CodeOutOfRange, "/uses"},
		{`{"t":"invite.create","id":9,"key":"` + strings.Repeat("A", 43) + `","uses":1,"expires_ms":99999999999}`, chat.CodeOutOfRange, "/expires_ms"},
		{`{"t":"invite.revoke","id":9,"invite":"` + chat.InviteID{1}.String() + `"}`, chat.CodeInviteUnknown, "/invite"},
		{`{"t":"login.finish","id":9,"scram":"x","record":"{}","device_signature":"` + strings.Repeat("A", 86) + `"}`, chat.CodeForbidden, "/t"},
		{`{"t":"hb","id":9,"x":"` + strings.Repeat("x", 65<<10) + `"}`, chat.CodePayloadTooLarge, ""},
	}
	head := w.server.hub.rooms[w.general].head()
	for i, tc := range cases {
		if i%15 == 14 { // so many faults would mute the connection
			c = c.again()
		}
		c.bytes([]byte(tc.frame))
		f, err := c.read()
		if err != nil {
			t.Fatalf("%.80s: %v", tc.frame, err)
		}
		e, ok := f.(*wire.Error)
		if !ok || e.Code != tc.code || tc.code != chat.CodeTooDeep && e.Path != tc.path || e.Message == "" || e.Fatal {
			t.Errorf("%.90s: have %+v, want %s at %q", tc.frame, f, tc.code, tc.path)
		}
		c.id = 100 + uint64(i)
		if _, ok := c.answer(c.ask(&wire.Heartbeat{})).(*wire.HeartbeatOK); !ok {
			t.Fatalf("%.80s: the next request failed", tc.frame)
		}
	}
	if now := w.server.hub.rooms[w.general].head(); now != head {
		t.Errorf("the room went from %d to %d", head, now)
	}
}

func TestTransportLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		c := w.person()
		// The server closes before all is written.
		_ = c.ws.Write(t.Context(), websocket.MessageText, []byte(`{"t":"hb","id":1,"x":"`+strings.Repeat("x", 300<<10)+`"}`))
		if _, err := c.read(); websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
			t.Fatalf("have %v, want close code 1009", err)
		}
	})
}

func TestBinaryFrame(t *testing.T) {
	w := newWorld(t, nil, Options{})
	c := w.person()
	if err := c.ws.Write(t.Context(), websocket.MessageBinary, []byte(`{"t":"hb","id":1}`)); err != nil {
		t.Fatal(err)
	}
	f, err := c.read()
	if e, ok := f.(*wire.Error); err != nil || !ok || e.Code != chat.CodeFrameType {
		t.Fatalf("have %+v, %v", f, err)
	}
}

func TestRates(t *testing.T) {
	l := chat.DefaultLimits()
	l.SendBurst, l.SendsPerSecond = 3, 1
	w := newWorld(t, nil, Options{Limits: l})
	c := w.person()
	for i := range 3 {
		c.say(w.general, chat.KindMessage, fmt.Sprintf(`{"text":"%d"}`, i))
	}
	if e := c.refused(c.post(w.general, chat.KindMessage, `{"text":"x"}`)); e.Code != chat.CodeRateLimited || !e.Retryable {
		t.Fatalf("the fourth send: %v", e)
	}
}

// TestFatalWhenReady: what is said to close the connection closes it.
func TestFatalWhenReady(t *testing.T) {
	w := newWorld(t, nil, Options{})
	c := w.person()
	auth := c.auth(c)
	auth.Version = 9
	c.ask(auth)
	frames, code := c.over(10 * time.Second)
	if e := lastError(frames); e == nil || e.Code != chat.CodeVersionUnsupported || !e.Fatal || code != wire.CloseVersion {
		t.Errorf("ended with %v, code %d", e, code)
	}
}
