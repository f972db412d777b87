package wire

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/internal/testkit"
)

// TestGolden holds the bytes of every frame. A golden file changes only together
// with the protocol's version.
func TestGolden(t *testing.T) {
	files := map[string]bool{}
	for name, r := range sampleRequests() {
		files[name] = true
		t.Run(name, func(t *testing.T) {
			data := golden(t, name, r)
			got, n, e := DecodeRequest(data)
			if e != nil || n != r.RequestID() {
				t.Fatalf("decode: %v, id %d", e, n)
			}
			same(t, r, got)
		})
	}
	for name, f := range sampleFrames() {
		files[name] = true
		t.Run(name, func(t *testing.T) {
			got, err := DecodeServer(golden(t, name, f))
			if err != nil {
				t.Fatal(err)
			}
			same(t, f, got)
		})
	}
	kept, err := filepath.Glob("testdata/golden/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range kept {
		if name := strings.TrimSuffix(filepath.Base(path), ".json"); !files[name] {
			t.Errorf("%s belongs to no frame", path)
		}
	}
}

// golden compares the frame's bytes with its file, one frame and a line feed.
func golden(t *testing.T, name string, f Frame) []byte {
	t.Helper()
	data, err := Encode(f)
	if err != nil {
		t.Fatal(err)
	}
	if prefix := `{"t":"` + string(f.Type()) + `"`; !strings.HasPrefix(string(data), prefix) {
		t.Errorf("begins %.40s, want %s", data, prefix)
	}
	testkit.Golden(t, "golden/"+name+".json", append(data, '\n'))
	kept, err := os.ReadFile("testdata/golden/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func same(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-sent +received):\n%s", diff)
	}
}

// TestEveryTypeIsKnown reads the constants of frame.go and wants a decoder and a
// sample for each, so that none is forgotten.
func TestEveryTypeIsKnown(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "frame.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var types []Type
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if name, ok := spec.Type.(*ast.Ident); ok && name.Name == "Type" {
				text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				types = append(types, Type(text))
			}
		}
		return true
	})
	if len(types) < 40 {
		t.Fatalf("found only %d types", len(types))
	}
	requests, frames := sampleRequests(), sampleFrames()
	for _, typ := range types {
		r, f := newRequest(typ), newServerFrame(typ)
		switch {
		case r != nil && f != nil:
			t.Errorf("%s is sent by both ends", typ)
		case r != nil:
			if r.Type() != typ || requests[string(typ)] == nil {
				t.Errorf("%s: decodes as %s, sample %v", typ, r.Type(), requests[string(typ)])
			}
		case f != nil:
			if f.Type() != typ || frames[string(typ)] == nil {
				t.Errorf("%s: decodes as %s, sample %v", typ, f.Type(), frames[string(typ)])
			}
		default:
			t.Errorf("%s has no decoder", typ)
		}
	}
	slices.Sort(types)
	if len(slices.Compact(types)) != len(types) {
		t.Error("a type stands twice")
	}
}

// TestRoundTrip: any content of any frame survives encoding and decoding.
func TestRoundTrip(t *testing.T) {
	for _, sample := range sampleRequests() {
		t.Run(string(sample.Type()), rapid.MakeCheck(func(t *rapid.T) {
			r := newRequest(sample.Type())
			fill(t, reflect.ValueOf(r).Elem())
			r.SetRequestID(rapid.Uint64Range(1, MaxNumber).Draw(t, "id"))
			data := mustEncode(t, r)
			got, n, _ := DecodeRequest(data) // what it means is another question
			if got == nil || n != r.RequestID() {
				t.Fatalf("not decoded: %s", data)
			}
			if diff := cmp.Diff(r, got, cmpopts.EquateEmpty()); diff != "" {
				t.Fatal(diff)
			}
		}))
	}
	for _, sample := range sampleFrames() {
		t.Run(string(sample.Type()), rapid.MakeCheck(func(t *rapid.T) {
			f := newServerFrame(sample.Type())
			fill(t, reflect.ValueOf(f).Elem())
			got, err := DecodeServer(mustEncode(t, f))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(f, got, cmpopts.EquateEmpty()); diff != "" {
				t.Fatal(diff)
			}
		}))
	}
}

func mustEncode(t *rapid.T, f Frame) []byte {
	data, err := Encode(f)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// fill sets every field to something the protocol can carry.
func fill(t *rapid.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 3).Draw(t, "length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, v.Index(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i))
		}
	case reflect.String:
		v.SetString(rapid.String().Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "flag"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64Range(0, MaxNumber).Draw(t, "number"))
	case reflect.Uint64:
		v.SetUint(rapid.Uint64Range(0, MaxNumber).Draw(t, "number"))
	case reflect.Uint32:
		v.SetUint(uint64(rapid.Uint32().Draw(t, "number")))
	case reflect.Uint8:
		v.SetUint(uint64(rapid.Byte().Draw(t, "byte")))
	default:
		t.Fatalf("a frame with a %s", v.Kind())
	}
}

// TestAppendEvents: the encoder of the hot path gives the very bytes of Encode.
func TestAppendEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		room, chain := chat.RoomID(drawID(t)), chat.Hash(drawHash(t))
		events := rapid.SliceOfN(rapid.Custom(drawEvent), 0, 4).Draw(t, "events")
		frame := &Events{Room: room, Events: []Event{}, Chain: chain}
		for i := range events {
			frame.Events = append(frame.Events, FromEvent(&events[i]))
		}
		want, wantErr := Encode(frame)
		got, gotErr := AppendEvents([]byte("kept"), room, events, chain)
		if (wantErr == nil) != (gotErr == nil) {
			t.Fatalf("errors differ: %v, %v", wantErr, gotErr)
		}
		if wantErr == nil && "kept"+string(want) != string(got) {
			t.Fatalf("Encode\n%s\nAppendEvents\n%s", want, got)
		}
	})
}

func drawID(t *rapid.T) (v [16]byte) {
	if rapid.Bool().Draw(t, "zero") {
		return v
	}
	copy(v[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
	return v
}

func drawHash(t *rapid.T) (v [32]byte) {
	copy(v[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash"))
	return v
}

func drawEvent(t *rapid.T) chat.Event {
	e := chat.Event{
		Seq: chat.Seq(rapid.Uint64Range(0, MaxNumber).Draw(t, "seq")), Kind: chat.Kind(rapid.String().Draw(t, "kind")),
		Author: chat.AccountID(drawID(t)), Device: chat.DeviceID(drawID(t)), MID: chat.MID(drawID(t)),
		Time: rapid.Int64Range(0, MaxNumber).Draw(t, "time"),
	}
	if rapid.Bool().Draw(t, "erased") {
		e.Erased, e.BodyHash = true, chat.Hash(drawHash(t))
		return e
	}
	e.Salt = chat.Salt(drawID(t))
	e.Body = []byte(rapid.String().Draw(t, "body"))
	if rapid.IntRange(0, 9).Draw(t, "spoilt") == 0 {
		e.Body = append(e.Body, 0xff) // not UTF-8: refused by both
	}
	return e
}

// TestEventRoundTrip: an event crosses the network with its hash intact.
func TestEventRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvent(t)
		e.Room = chat.RoomID(drawID(t))
		data, err := AppendEvents(nil, e.Room, []chat.Event{e}, chat.Hash{})
		if err != nil {
			return // not UTF-8
		}
		f, err := DecodeServer(data)
		if err != nil {
			t.Fatal(err)
		}
		events := f.(*Events)
		got := events.Events[0].Event(events.Room)
		if got.EnvelopeHash() != e.EnvelopeHash() {
			t.Fatalf("sent %+v, received %+v", e, got)
		}
	})
}

func TestErrors(t *testing.T) {
	e := &chat.Error{Code: chat.CodeRateLimited, Path: "/x", Message: "slower", Retryable: true, RetryAfter: 1_500_000_000, Fatal: true, Next: 9}
	same(t, e, FromError(3, e).Err())
	if re := FromError(3, e).ReplyTo(); re != 3 {
		t.Errorf("answers %d", re)
	}
	for code := CloseCode(4000); code < 5000; code++ {
		if want := code < 4500; code.ComeBack() != want {
			t.Errorf("%d: come back %v", code, !want)
		}
	}
	for _, code := range []chat.Code{
		chat.CodeAuthFailed, chat.CodeAuthRequired, chat.CodeAuthExpired, chat.CodeAuthRevoked, chat.CodeAuthBindingMismatch,
		chat.CodeVersionUnsupported, chat.CodeIdleTimeout, chat.CodeSlowConsumer, chat.CodeTimeout, chat.CodeBusy,
		chat.CodeCapacityConnections, chat.CodeInternal, chat.CodeFrameType, "from.the.future",
	} {
		if c, again := CloseFor(code), code.Retryable(); c.ComeBack() != again {
			t.Errorf("%s closes with %d, but retryable is %v", code, c, again)
		}
	}
}

// TestSkipped: a client skips what it does not know, whatever its shape.
func TestSkipped(t *testing.T) {
	for _, data := range []string{
		`{"t":"from.the.future"}`, `{"t":"send","id":1}`, `{"x":1,"t":"from.the.future","y":{"z":[]}}`, `{"t":"\u006ffff"}`, `{}`, `{"t":7}`,
	} {
		if f, err := DecodeServer([]byte(data)); f != nil || err != nil {
			t.Errorf("%s: %v, %v", data, f, err)
		}
	}
	for _, data := range []string{"", "null", "[]", "7", `{"t":"ok"`, `{"t":"ok"}{}`, `{"t":"ack","seq":"x"}`, "\xff", `{"t":"ok","re":1,"re":2}`, strings.Repeat("[", 10_000)} {
		if f, err := DecodeServer([]byte(data)); err == nil {
			t.Errorf("%q: accepted as %v", data, f)
		}
	}
	f, err := DecodeServer([]byte(`{"later":{"added":true},"t":"ack","re":3,"seq":5,"more":[1]}`))
	if ack, ok := f.(*Ack); err != nil || !ok || ack.Seq != 5 || ack.Re != 3 {
		t.Errorf("unknown members: %v, %v", f, err)
	}
}

// TestAllocations guards the hot path.
func TestAllocations(t *testing.T) {
	event := []chat.Event{sampleEvent()}
	buf := make([]byte, 0, 4096)
	for name, test := range map[string]struct {
		most int
		do   func()
	}{
		"AppendEvents": {0, func() { buf, _ = AppendEvents(buf[:0], sampleRoom, event, sampleHash) }},
		"Encode ack":   {12, func() { _, _ = Encode(sampleFrames()["ack"]) }},
	} {
		if name == "Encode ack" {
			ack := sampleFrames()["ack"]
			test.do = func() { _, _ = Encode(ack) }
		}
		if n := testing.AllocsPerRun(200, test.do); n > float64(test.most) {
			t.Errorf("%s: %v allocations, at most %d wanted", name, n, test.most)
		}
	}
}

func sampleEvent() chat.Event {
	w := sampleEvents()[1]
	w.Body = `{"text":"` + strings.Repeat("a usual message ", 8) + `"}`
	return w.Event(sampleRoom)
}

func BenchmarkDecodeRequest(b *testing.B) {
	for _, name := range []string{"send", "hb", "sync"} {
		data, err := Encode(sampleRequests()[name])
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, _, e := DecodeRequest(data); e != nil {
					b.Fatal(e)
				}
			}
		})
	}
}

func BenchmarkDecodeServer(b *testing.B) {
	for _, n := range []int{1, 100} {
		events := make([]chat.Event, n)
		for i := range events {
			events[i] = sampleEvent()
		}
		data, err := AppendEvents(nil, sampleRoom, events, sampleHash)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("Events_%d", n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := DecodeServer(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	frames := sampleFrames()
	b.Run("Ack", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Encode(frames["ack"]); err != nil {
				b.Fatal(err)
			}
		}
	})
	event := []chat.Event{sampleEvent()}
	b.Run("AppendEvents_1", func(b *testing.B) {
		b.ReportAllocs()
		var buf []byte
		for b.Loop() {
			var err error
			if buf, err = AppendEvents(buf[:0], sampleRoom, event, sampleHash); err != nil {
				b.Fatal(err)
			}
		}
	})
	frame := &Events{Room: sampleRoom, Events: []Event{FromEvent(&event[0])}, Chain: sampleHash}
	b.Run("Events_1", func(b *testing.B) { // what AppendEvents saves
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Encode(frame); err != nil {
				b.Fatal(err)
			}
		}
	})
}
