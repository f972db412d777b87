package server

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"hearth/chat"
	"hearth/net/wire"
)

// What may be wrong in the record of a registration: it is signed text, so that
// its faults are found behind those of the frame. Values are as in the table of
// frames; the path is that within the record.
var recordFlaws = slices.Concat(
	[]flaw{
		{`"` + strings.Repeat("n", 200) + `"`, chat.CodeBadValue, "/name"},
		{`""`, chat.CodeBadValue, "/name"},
		{`"a b"`, chat.CodeBadValue, "/name"},
		{`"a\u0000"`, chat.CodeBadValue, "/name"},
		{`"a\u202eb"`, chat.CodeBadValue, "/name"},
		{`5`, chat.CodeBadType, "/name"},
		{`["a"]`, chat.CodeBadType, "/name"},

		{`""`, chat.CodeEmpty, "/display"},
		{`"  "`, chat.CodeEmpty, "/display"},
		{quoted(65), chat.CodeTooLong, "/display"},
		{`" Ann"`, chat.CodeBadValue, "/display"},
		{`"a\nb"`, chat.CodeBadValue, "/display"},
		{`"a\u202eb"`, chat.CodeBadValue, "/display"},
		{`5`, chat.CodeBadType, "/display"},

		{`5`, chat.CodeBadType, "/verifier"},
		{`[]`, chat.CodeBadType, "/verifier/stretch"},
		{`"bcrypt"`, chat.CodeBadValue, "/verifier/stretch/alg"},
		{``, chat.CodeBadValue, "/verifier/stretch/alg"},
		{`"2"`, chat.CodeBadType, "/verifier/iterations"},

		{`5`, chat.CodeBadType, "/device"},
		{`""`, chat.CodeMissingField, "/device/name"},
		{quoted(wire.MaxDevice + 1), chat.CodeTooLong, "/device/name"},
		{``, chat.CodeMissingField, "/device/platform"},
		{quoted(wire.MaxDevice + 1), chat.CodeTooLong, "/device/platform"},
	},
	bounds("/verifier/stretch/memory_kib", "65535", "1048577", "0", "-1", "1.5", "99999999999"),
	bounds("/verifier/stretch/passes", "2", "17", "0", "-1"),
	bounds("/verifier/stretch/lanes", "3", "17", "0", "-1"),
	bounds("/verifier/iterations", "4095", "0", "-1", "9007199254740991"),
	bounds("/verifier/stretch/salt", `"AAAA"`, `""`, quoted(400)),
	bounds("/verifier/salt", `"AAAA"`, `""`, quoted(400)),
	keys("/verifier/stored_key"), keys("/verifier/server_key"), keys("/device/key"),
)

// bounds are values that lie outside.
func bounds(path string, values ...string) (all []flaw) {
	for _, v := range values {
		all = append(all, flaw{v, chat.CodeOutOfRange, path})
	}
	return all
}

// keys are bad forms of 32 bytes.
func keys(path string) []flaw {
	return []flaw{
		{``, chat.CodeMissingField, path},
		{`""`, chat.CodeMissingField, path},
		{`"AAAA"`, chat.CodeBadValue, path},
		{`"!"`, chat.CodeBadValue, path},
		{`7`, chat.CodeBadType, path},
		{quoted(88), chat.CodeBadValue, path},
	}
}

// set puts a value at a path into an object; empty takes it away.
func set(o map[string]any, path string, value string) {
	names := strings.Split(path[1:], "/")
	for _, n := range names[:len(names)-1] {
		o = o[n].(map[string]any)
	}
	if delete(o, names[len(names)-1]); value != "" {
		o[names[len(names)-1]] = json.RawMessage(value)
	}
}

// TestBadRecords: a registration whose record is wrong gets the exact place, and
// leaves nothing behind.
func TestBadRecords(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann := w.person()
	before := stateHash(t, w.store)
	for some := range slices.Chunk(recordFlaws, w.server.o.Limits.PreAuthFrames-1) {
		c := w.dial()
		for _, f := range some {
			var record map[string]any
			if err := json.Unmarshal([]byte(c.registration("carol").Record), &record); err != nil {
				t.Fatal(err)
			}
			set(record, f.path, f.value)
			text, err := json.Marshal(record)
			if err != nil {
				t.Fatal(err)
			}
			if e := c.refused(c.signed(string(text))); e.Code != f.code || e.Path != "/record"+f.path {
				t.Errorf("%s: %.80s: have %v at %q, want %s", f.path, f.value, e.Code, e.Path, f.code)
			}
		}
		if _, ok := c.answer(c.ask(c.auth(ann))).(*wire.Ready); !ok {
			t.Fatal("a proof behind bad records was refused")
		}
		_ = c.ws.CloseNow()
	}
	for text, want := range map[string]flaw{
		`x`: {code: chat.CodeBadJSON}, `[]`: {code: chat.CodeBadType}, `{"name":"a","name":"b"}`: {code: chat.CodeDuplicateKey, path: "/name"},
		`{}`: {code: chat.CodeBadValue, path: "/name"}, `{"name":"carol"}x`: {code: chat.CodeBadJSON}, `null`: {code: chat.CodeBadType},
	} {
		c := w.dial()
		c.registration("carol") // makes the device
		if e := c.refused(c.signed(text)); e.Code != want.code || e.Path != "/record"+want.path {
			t.Errorf("%s: have %v at %q, want %s", text, e.Code, e.Path, want.code)
		}
		_ = c.ws.CloseNow()
	}
	if stateHash(t, w.store) != before {
		t.Error("something has changed")
	}
	t.Log(len(recordFlaws)+6, "bad records")
}
