package wire

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"hearth/chat"
)

// FuzzDecodeRequest: whatever a client sends, the answer is a request that
// means the same when sent again, or an error that names a place.
func FuzzDecodeRequest(f *testing.F) {
	for _, r := range sampleRequests() {
		seed(f, r)
	}
	for _, text := range []string{``, `{}`, `{"t":"hb","id":7,"id":8}`, `{"t":"hb","id":1e999}`, `{"t":"send","id":1,"mid":null}`, strings.Repeat(`{"a":`, 40)} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, id, e := DecodeRequest(data)
		if e != nil {
			if e.Code == "" || !utf8.ValidString(e.Message) || e.Path != "" && e.Path[0] != '/' {
				t.Fatalf("error %#v", e)
			}
			return
		}
		if r == nil || id == 0 || id > MaxNumber || r.RequestID() != id {
			t.Fatalf("request %v, id %d", r, id)
		}
		again(t, r)
	})
}

// again sends a request once more.
func again(t *testing.T, r Request) {
	t.Helper()
	data, err := Encode(r)
	if err != nil {
		t.Fatalf("%#v: %v", r, err)
	}
	r2, _, e := DecodeRequest(data)
	if e != nil {
		t.Fatalf("%s: %v", data, e)
	}
	if diff := cmp.Diff(r, r2, cmpopts.EquateEmpty()); diff != "" {
		t.Fatal(diff)
	}
}

// FuzzDecodeServer: whatever a server sends, the client neither panics nor
// believes something it could not send on.
func FuzzDecodeServer(f *testing.F) {
	for _, frame := range sampleFrames() {
		seed(f, frame)
	}
	for _, text := range []string{``, `{}`, `{"t":"`, `{"t":"ok"}x`, `{"x":{"t":"ok"},"t":"hb.ok"}`, `{"t":"live","heads":[{"seq":-1}]}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		frame, err := DecodeServer(data)
		if err != nil || frame == nil {
			if frame != nil {
				t.Fatal("a frame and an error")
			}
			return
		}
		encoded, err := Encode(frame)
		if err != nil {
			t.Fatalf("%#v: %v", frame, err)
		}
		frame2, err := DecodeServer(encoded)
		if err != nil {
			t.Fatalf("%s: %v", encoded, err)
		}
		if diff := cmp.Diff(frame, frame2, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
		if h, ok := frame.(*Hello); ok {
			_, _ = DecodeGreeting(h.Hello)
		}
	})
}

// FuzzParseBody: bodies of any kind, from anybody.
func FuzzParseBody(f *testing.F) {
	for _, e := range sampleBodies() {
		f.Add(string(e.Kind), e.Body)
	}
	f.Add("room.history", `{"history":"none"}`)
	f.Add("room.history", `{"history":"joined","HISTORY":"all"}`)
	f.Add("room.keep", `{"days":36501}`)
	f.Add("room.keep", `{"days":-1}`)
	f.Add("room.keep", `{"days":1.0}`)
	f.Add("room.readings", `{"hidden":"true"}`)
	f.Add("room.purge", `{"seq":0}`)
	f.Add("role.set", `{"account":"eaqseizeeutcokbjfivsyljof4","role":"guest"}`)
	f.Add("member.delete", `{"account":""}`)
	f.Add("member.remove", `{"account":null}`)
	f.Add("member.join", `{"account":"eaqseizeeutcokbjfivsyljof4","name":"ada","display":"Ada","role":"owner"}`)
	f.Add("member.leave", `{}`)
	f.Add("member.name", `{"display":"x"}`)
	f.Add("room.rename", `{"name":" x"}`)
	f.Add("room.topic", `{"topic":"\u202e"}`)
	f.Add("message.delete", `{"seq":3,"SEQ":4}`)
	f.Add("message.delete", `{"seq":3,"ſeq":4}`)
	f.Add("message.edit", `{"seq":3,"text":"a","TEXT":"b","\u0053EQ":4}`)
	f.Add("message", `{"text":"a","FILES":[{"hash":"AAAA"}],"Mentions":{"room":true}}`)
	f.Add("message", `{"text":"a","\u0066iles":[{"hash":"`+strings.Repeat("B", 43)+`","SIZE":7,"size":5,"name":"x","type":"a/b","thumb":null}]}`)
	f.Fuzz(func(t *testing.T, kind, raw string) {
		l := chat.DefaultLimits()
		body, e := ParseBody(chat.Kind(kind), []byte(raw))
		checked, refused := CheckBody(chat.Kind(kind), []byte(raw), l)
		for _, e := range []*chat.Error{e, refused} {
			if e != nil && e.Path != "" && e.Path[0] != '/' {
				t.Fatalf("error %#v", e)
			}
		}
		if e != nil {
			if refused == nil {
				t.Fatalf("cannot be read (%v) but would be stored", e)
			}
			return
		}
		if body == nil {
			t.Fatal("neither a body nor an error")
		}
		chat.NewRoom(chat.RoomID{1}).Apply(&chat.Event{Seq: 1}, body)
		if refused != nil {
			return
		}
		if diff := cmp.Diff(body, checked); diff != "" {
			t.Fatal(diff)
		}
		indexed(t, &chat.Event{Seq: MaxNumber + 1, Kind: chat.Kind(kind), Body: []byte(raw)}, checked)
		encoded, err := EncodeBody(checked)
		if err != nil {
			t.Fatal(err)
		}
		if _, e := CheckBody(chat.Kind(kind), encoded, l); e != nil && e.Code != chat.CodeTooLong {
			t.Fatalf("accepted %q, refuses its own spelling %q: %v", raw, encoded, e)
		}
	})
}

// sampleBodies are events of every kind.
func sampleBodies() []Event {
	return slices.Concat(sampleEvents(), sampleChanges(), sampleRules())
}

// TestEveryKindIsFuzzed: no kind of body is without a seed, nor without a golden frame,
// since both are the samples.
func TestEveryKindIsFuzzed(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("..", "..", "chat", "body.go"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := regexp.MustCompile(`(?m)^\tKind\w+ +Kind = "([a-z.]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(kinds) < 20 {
		t.Fatalf("only %d kinds are found in chat/body.go", len(kinds))
	}
	sampled := map[string]bool{}
	for _, e := range sampleBodies() {
		body, bad := ParseBody(e.Kind, []byte(e.Body))
		if bad != nil {
			t.Errorf("the sample of %s: %v", e.Kind, bad)
		}
		if _, unknown := body.(chat.Unknown); unknown && e.Body != "" && e.Kind != "from.the.future" {
			t.Errorf("nobody reads a body of %s", e.Kind)
		}
		sampled[string(e.Kind)] = true
	}
	for _, k := range kinds {
		if !sampled[k[1]] {
			t.Errorf("%s has no sample", k[1])
		}
	}
}

// indexed: whoever indexes a log reads a body as whoever has checked it.
func indexed(t *testing.T, e *chat.Event, checked chat.Body) {
	t.Helper()
	if got, want := e.Target(), chat.TargetOf(checked); got != want {
		t.Fatalf("%s %q is indexed as a change of %d, and was checked as one of %d", e.Kind, e.Body, got, want)
	}
	var words string
	switch b := checked.(type) {
	case chat.Text:
		words = b.Text
		if diff := cmp.Diff(chat.ContentsOf(b.Files), e.Contents()); diff != "" {
			t.Fatalf("%q: checked and indexed files differ: %s", e.Body, diff)
		}
		var names []string
		for i := range b.Files {
			names = append(names, b.Files[i].Name)
		}
		if diff := cmp.Diff(names, chat.FileNamesOf(e.Body)); diff != "" {
			t.Fatalf("%q: checked and searched names of files differ: %s", e.Body, diff)
		}
		if diff := cmp.Diff(b.Mentions, chat.MentionsOf(e.Body), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%q: checked and indexed mentions differ: %s", e.Body, diff)
		}
	case chat.Edit:
		words = b.Text
	default:
		return
	}
	if got := chat.WordsOf(e.Body); got != words {
		t.Fatalf("%q says %q and is searched as %q", e.Body, words, got)
	}
}

func seed(f *testing.F, frame Frame) {
	f.Helper()
	data, err := Encode(frame)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
}

// FuzzRecords: what travels as a string inside a frame. Strict reading is all
// that stands between a hostile hello and the client.
func FuzzRecords(f *testing.F) {
	f.Add(mustRecord(sampleGreeting()))
	succeeded := sampleGreeting()
	succeeded.Bound, succeeded.Line = false, []Bytes{octets(0xc0, 40), octets(0xd0, 40)}
	f.Add(mustRecord(succeeded))
	f.Add(mustRecord(sampleRegistration()))
	f.Add(mustRecord(Enrolment{Device: sampleDev}))
	f.Add(`{"limits":{"frame_bytes":-1}}`)
	f.Fuzz(func(t *testing.T, text string) {
		g, err := DecodeGreeting(text)
		sameRecord(t, g, err, DecodeGreeting)
		r, err := DecodeRegistration(text)
		sameRecord(t, r, err, DecodeRegistration)
		if err == nil {
			_, _ = r.Verifier.Check(), r.Device.Check()
		}
		e, err := DecodeEnrolment(text)
		sameRecord(t, e, err, DecodeEnrolment)
		p, err := DecodePassword(text)
		sameRecord(t, p, err, DecodePassword)
	})
}

// sameRecord sends a record that was accepted once more.
func sameRecord[T any](t *testing.T, v T, err error, decode func(string) (T, error)) {
	t.Helper()
	if err != nil {
		return
	}
	text, err := EncodeRecord(v)
	if err != nil {
		t.Fatalf("%#v: %v", v, err)
	}
	again, err := decode(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if diff := cmp.Diff(v, again, cmpopts.EquateEmpty()); diff != "" {
		t.Fatal(diff)
	}
}
