package server

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
)

// The table of bad input: for every member of every request what may be wrong with
// it, and what may be wrong with a frame whatever its type.

// flaw is one thing wrong: the value that stands in place of the right one, and
// the refusal it gets. The path is behind the member's own.
type flaw struct {
	value string // JSON; empty: the member is left out
	code  chat.Code
	path  string
}

// member is a member of a request and what may be wrong with it.
type member struct {
	name  string
	flaws []flaw
}

func required(name string, flaws ...[]flaw) member {
	absent := []flaw{{"", chat.CodeMissingField, ""}, {"null", chat.CodeMissingField, ""}}
	return member{name, slices.Concat(append(flaws, absent)...)}
}

func optional(name string, flaws ...[]flaw) member { return member{name, slices.Concat(flaws...)} }

// quoted is a JSON string of n characters.
func quoted(n int) string { return `"` + strings.Repeat("a", n) + `"` }

// What may be wrong with values of each kind.
var (
	notText = []flaw{{`5`, chat.CodeBadType, ""}, {`true`, chat.CodeBadType, ""}, {`{}`, chat.CodeBadType, ""}, {`["a"]`, chat.CodeBadType, ""}}

	anID = slices.Concat(notText, []flaw{
		{`"abc"`, chat.CodeBadValue, ""},
		{quoted(27), chat.CodeBadValue, ""},
		{`"` + strings.Repeat("A", 26) + `"`, chat.CodeBadValue, ""},  // upper case
		{`"` + strings.Repeat("1", 26) + `"`, chat.CodeBadValue, ""},  // not of the alphabet
		{`"` + strings.Repeat("a", 25) + `b"`, chat.CodeBadValue, ""}, // another spelling of the same bytes
		{`"` + strings.Repeat("a", 20) + `======"`, chat.CodeBadValue, ""},
	})

	someBytes = slices.Concat(notText, []flaw{
		{`"!!!!"`, chat.CodeBadValue, ""},
		{`"AA=="`, chat.CodeBadValue, ""},
		{`"++++"`, chat.CodeBadValue, ""}, // the other alphabet
		{`"AAAA"`, chat.CodeBadValue, ""}, // too few
		{quoted(200), chat.CodeBadValue, ""},
	})

	aNumber = []flaw{
		{`"5"`, chat.CodeBadType, ""},
		{`true`, chat.CodeBadType, ""},
		{`{}`, chat.CodeBadType, ""},
		{`[1]`, chat.CodeBadType, ""},
		{`1.5`, chat.CodeOutOfRange, ""},
		{`1e300`, chat.CodeOutOfRange, ""},
		{`9007199254740993`, chat.CodeOutOfRange, ""},
	}
	aCount = slices.Concat(aNumber, []flaw{{`-1`, chat.CodeOutOfRange, ""}})

	aFlag = []flaw{{`1`, chat.CodeBadType, ""}, {`"true"`, chat.CodeBadType, ""}, {`{}`, chat.CodeBadType, ""}}
	aList = []flaw{{`5`, chat.CodeBadType, ""}, {`"a"`, chat.CodeBadType, ""}, {`{}`, chat.CodeBadType, ""}}
)

func aText(most int) []flaw {
	return slices.Concat(notText, []flaw{{`""`, chat.CodeMissingField, ""}, {quoted(most + 1), chat.CodeTooLong, ""}})
}

// outside is for numbers whose absence is a number that is too small.
func outside(name string, flaws []flaw) member {
	return member{name, append(slices.Clone(flaws), flaw{"", chat.CodeOutOfRange, ""}, flaw{"0", chat.CodeOutOfRange, ""})}
}

// many is a list of n equal values.
func many(n int, value string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(value+",", n), ",") + "]"
}

const anyRoom = `"caireeyuculbogazdinryhi6d4"`

var cursors = []flaw{
	{`[5]`, chat.CodeBadType, "/0"},
	{`[{}]`, chat.CodeMissingField, "/0/room"},
	{`[{"room":5}]`, chat.CodeBadType, "/0/room"},
	{`[{"room":"abc"}]`, chat.CodeBadValue, "/0/room"},
	{`[{"room":` + anyRoom + `,"seq":-1}]`, chat.CodeOutOfRange, "/0/seq"},
	{`[{"room":` + anyRoom + `,"seq":"1"}]`, chat.CodeBadType, "/0/seq"},
	{`[{"room":` + anyRoom + `,"seq":3}]`, chat.CodeMissingField, "/0/chain"},
	{`[{"room":` + anyRoom + `,"seq":3,"chain":"!"}]`, chat.CodeBadValue, "/0/chain"},
	{`[{"room":` + anyRoom + `,"seq":3,"chain":7}]`, chat.CodeBadType, "/0/chain"},
	{`[{"room":` + anyRoom + `,"snapshot":7}]`, chat.CodeBadType, "/0/snapshot"},
	{`[{"room":` + anyRoom + `},{"room":` + anyRoom + `}]`, chat.CodeBadValue, "/1/room"},
	{`[{"room":` + anyRoom + `,"room":` + anyRoom + `}]`, chat.CodeDuplicateKey, "/0/room"},
}

var people = []flaw{
	{`[5]`, chat.CodeBadType, "/0"},
	{`[{}]`, chat.CodeBadType, "/0"},
	{`["abc"]`, chat.CodeBadValue, "/0"},
	{`[` + anyRoom + `,"` + strings.Repeat("A", 26) + `"]`, chat.CodeBadValue, "/1"},
	{`["` + strings.Repeat("a", 26) + `"]`, chat.CodeMissingField, "/0"},
	{`[` + anyRoom + `,null]`, chat.CodeMissingField, "/1"},
	{`[` + anyRoom + `,` + anyRoom + `]`, chat.CodeBadValue, "/1"},
	{many(wire.MaxWatched+1, anyRoom), chat.CodeTooLong, ""},
}

// members of every request. One that is missing here fails.
var forms = map[wire.Type][]member{
	wire.TypeInviteCheck: {required("invite", anID), required("signature", someBytes)},
	wire.TypeRegister: {
		required("version", aNumber), required("hello_hash", someBytes), required("invite", anID), required("record", aText(wire.MaxRecord)),
		required("invite_signature", someBytes), required("device_signature", someBytes),
	},
	wire.TypeReset: {
		required("version", aNumber), required("hello_hash", someBytes), required("invite", anID), required("record", aText(wire.MaxRecord)),
		required("invite_signature", someBytes), required("device_signature", someBytes),
	},
	wire.TypeRecover: {
		required("version", aNumber), required("hello_hash", someBytes), required("name", aText(1024)), required("record", aText(wire.MaxRecord)),
		required("recovery_signature", someBytes), required("device_signature", someBytes),
	},
	wire.TypeLoginBegin:  {required("version", aNumber), required("hello_hash", someBytes), required("name", aText(1024)), required("scram", aText(wire.MaxScram))},
	wire.TypeLoginFinish: {required("scram", aText(wire.MaxScram)), required("record", aText(wire.MaxRecord)), required("device_signature", someBytes)},
	wire.TypeAuth: {
		required("version", aNumber), required("hello_hash", someBytes), required("device", anID),
		required("nonce", someBytes), required("signature", someBytes),
	},

	wire.TypeHeartbeat: {},
	wire.TypeSync:      {optional("epoch", anID), optional("rooms", aList, cursors), optional("only", aFlag), optional("holes", aFlag)},
	wire.TypeSend: {
		required("mid", anID), required("room", anID), required("dseq", aCount, []flaw{{"0", chat.CodeMissingField, ""}}),
		required("kind", aText(wire.MaxKind)), required("body", notText, []flaw{{`""`, chat.CodeMissingField, ""}}),
	},
	wire.TypeSendStatus: {required("room", anID), required("mids", aList, []flaw{
		{`[]`, chat.CodeMissingField, ""}, {`["abc"]`, chat.CodeBadValue, "/0"}, {`[5]`, chat.CodeBadType, "/0"}, {many(501, anyRoom), chat.CodeTooLong, ""},
	})},
	wire.TypeHistory: {
		required("room", anID), required("from", aCount, []flaw{{"0", chat.CodeMissingField, ""}}),
		outside("to", aCount),
	},
	wire.TypeChains: {required("room", anID), required("seqs", aList, []flaw{
		{`[]`, chat.CodeMissingField, ""},
		{`[-1]`, chat.CodeOutOfRange, "/0"},
		{`["1"]`, chat.CodeBadType, "/0"},
		{`[1,{}]`, chat.CodeBadType, "/1"},
		{many(101, "1"), chat.CodeTooLong, ""},
	})},
	wire.TypeHeads:   {},
	wire.TypeProfile: {required("mid", anID), required("display", aText(4096), []flaw{{`"\u3164"`, chat.CodeEmpty, ""}, {`"\u2800\u0301"`, chat.CodeEmpty, ""}})},
	wire.TypePeople:  {optional("after", anID)},
	wire.TypeRooms:   {optional("after", anID)},

	wire.TypeInviteCreate:       {required("key", someBytes), outside("uses", aCount), outside("expires_ms", aCount)},
	wire.TypeInviteList:         {optional("after", anID)},
	wire.TypeInviteRevoke:       {required("invite", anID)},
	wire.TypeDeviceList:         {optional("after", anID)},
	wire.TypeDeviceRevoke:       {required("device", anID)},
	wire.TypeDeviceRevokeOthers: {},
	wire.TypePasswordBegin:      {required("scram", aText(wire.MaxScram))},
	wire.TypePasswordSet:        {required("scram", aText(wire.MaxScram)), required("record", aText(wire.MaxRecord)), optional("others", aFlag)},
	wire.TypeAccountDelete:      {required("scram", aText(wire.MaxScram)), optional("erase", aFlag)},
	wire.TypeRecoverySet:        {required("scram", aText(wire.MaxScram)), required("key", someBytes)},

	wire.TypeRead:       {required("room", anID), required("seq", aCount, []flaw{{"0", chat.CodeMissingField, ""}}), optional("mark", aCount), optional("rev", aCount)},
	wire.TypeTyping:     {required("room", anID)},
	wire.TypePresence:   {optional("room", anID), optional("away", aFlag), optional("people", aList, people)},
	wire.TypeFilesToken: {},
	wire.TypeAvatarSet:  {optional("data", notText, []flaw{{`"!!!!"`, chat.CodeBadValue, ""}, {`"AA=="`, chat.CodeBadValue, ""}, {quoted((chat.MaxAvatar + 3) / 3 * 4), chat.CodeTooLong, ""}})},
	wire.TypeAvatarGet:  {required("account", anID), required("avatar", someBytes)},
	wire.TypeStatusSet: {
		optional("text", notText, []flaw{
			{quoted(101), chat.CodeTooLong, ""},
			{`" "`, chat.CodeEmpty, ""},
			{`"a "`, chat.CodeBadValue, ""},
			{`"a\nb"`, chat.CodeBadValue, ""},
			{`"a\u202eb"`, chat.CodeBadValue, ""},
			{`"\u200b"`, chat.CodeEmpty, ""},
		}),
		optional("emoji", notText, []flaw{{`"a"`, chat.CodeBadValue, ""}, {`"\u200d"`, chat.CodeBadValue, ""}, {quoted(65), chat.CodeTooLong, ""}}),
		optional("for_ms", aCount, []flaw{{"31622400001", chat.CodeOutOfRange, ""}}),
	},
	wire.TypeCards: {optional("digest", []flaw{{`true`, chat.CodeBadType, ""}, {`{}`, chat.CodeBadType, ""}, {`"abc"`, chat.CodeBadValue, ""}, {quoted(17), chat.CodeBadValue, ""}}), optional("after", anID)},

	wire.TypeBlockSet:   {required("account", anID), optional("blocked", aFlag), required("rev", aCount, []flaw{{"0", chat.CodeMissingField, ""}})},
	wire.TypePrivacySet: {optional("hide_presence", aFlag), optional("hide_readings", aFlag), optional("hide_typing", aFlag)},
}

// spoiled is a frame that is refused, and how.
type spoiled struct {
	frame string
	code  chat.Code
	path  string
	re    uint64
}

// spoil makes every bad form of a request out of a good one.
func spoil(t *testing.T, typ wire.Type, list []member) (all []spoiled) {
	t.Helper()
	raw, err := os.ReadFile("../net/wire/testdata/golden/" + string(typ) + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var good map[string]json.RawMessage
	if err := json.Unmarshal(raw, &good); err != nil {
		t.Fatal(err)
	}
	frame := func(change func(m map[string]json.RawMessage)) string {
		m := maps.Clone(good)
		m["id"] = json.RawMessage("9")
		change(m)
		var text strings.Builder // type and id first, as every encoder does: a refusal names the id if it was read
		for _, name := range append([]string{"t", "id"}, slices.Sorted(maps.Keys(m))...) {
			if value, ok := m[name]; ok {
				fmt.Fprintf(&text, ",%q:%s", name, value)
				delete(m, name)
			}
		}
		return "{" + text.String()[1:] + "}"
	}
	for _, m := range list {
		for _, f := range m.flaws {
			text := frame(func(o map[string]json.RawMessage) {
				if delete(o, m.name); f.value != "" {
					o[m.name] = json.RawMessage(f.value)
				}
			})
			all = append(all, spoiled{text, f.code, "/" + m.name + f.path, 9})
		}
	}
	whole := frame(func(map[string]json.RawMessage) {})
	more := func(s string) string { return strings.TrimSuffix(whole, "}") + s }
	var crowd strings.Builder
	for i := range 70 {
		fmt.Fprintf(&crowd, `,"x%d":1`, i)
	}
	with := func(name, value string) string {
		return frame(func(o map[string]json.RawMessage) { o[name] = json.RawMessage(value) })
	}
	return append(all,
		spoiled{whole + "x", chat.CodeBadJSON, "", 9},
		spoiled{whole + "{}", chat.CodeBadJSON, "", 9},
		spoiled{more(",}"), chat.CodeBadJSON, "", 9},
		spoiled{more(""), chat.CodeBadJSON, "", 9},
		spoiled{more(`,"x":'a'}`), chat.CodeBadJSON, "/x", 9},
		spoiled{more(`,"x":01}`), chat.CodeBadJSON, "", 9},
		spoiled{more(`,"x":"\ud800"}`), chat.CodeBadJSON, "/x", 9},
		spoiled{more(",\"x\":\"\xff\"}"), chat.CodeBadUTF8, "", 0},
		spoiled{more(`,"id":9}`), chat.CodeDuplicateKey, "/id", 9},
		spoiled{more(`,"x":1,"x":2}`), chat.CodeDuplicateKey, "/x", 9},
		spoiled{more(`,"x":{"y":1,"y":2}}`), chat.CodeDuplicateKey, "/x/y", 9},
		spoiled{more(`,"x":1e300}`), chat.CodeOutOfRange, "/x", 9},
		spoiled{more(`,"x":[9007199254740993]}`), chat.CodeOutOfRange, "/x/0", 9},
		spoiled{more(`,"x":` + strings.Repeat("[", 16) + strings.Repeat("]", 16) + `}`), chat.CodeTooDeep, "/x" + strings.Repeat("/0", 15), 9},
		spoiled{more(crowd.String() + "}"), chat.CodeTooLong, "", 9},
		spoiled{more(`,"x":{` + crowd.String()[1:] + `}}`), chat.CodeTooLong, "/x", 9},
		spoiled{more(`,"x":"` + strings.Repeat("x", 65<<10) + `"}`), chat.CodePayloadTooLarge, "", 9},
		spoiled{frame(func(o map[string]json.RawMessage) { delete(o, "id") }), chat.CodeMissingField, "/id", 0},
		spoiled{with("id", "0"), chat.CodeMissingField, "/id", 0},
		spoiled{with("id", "null"), chat.CodeMissingField, "/id", 0},
		spoiled{with("id", "-1"), chat.CodeOutOfRange, "/id", 0},
		spoiled{with("id", "1.5"), chat.CodeOutOfRange, "/id", 0},
		spoiled{with("id", `"9"`), chat.CodeBadType, "/id", 0},
		spoiled{with("id", `[9]`), chat.CodeBadType, "/id", 0},
		spoiled{with("t", `"`+strings.ToUpper(string(typ))+`"`), chat.CodeUnknownType, "/t", 9},
		spoiled{with("t", `"`+string(typ)+` "`), chat.CodeUnknownType, "/t", 9},
		spoiled{with("t", `7`), chat.CodeMissingField, "/t", 9},
		spoiled{"[" + whole + "]", chat.CodeBadType, "", 0},
	)
}

// TestBadInputEverywhere: every request with everything that may be wrong with it
// gets exactly the refusal it should, the connection lives, the next request
// succeeds, and nothing of what is stored has changed (I14).
func TestBadInputEverywhere(t *testing.T) { onBoth(t, testBadInputEverywhere) }

func testBadInputEverywhere(t *testing.T, o Options) {
	w := newWorld(t, nil, o)
	ann := w.person()
	ann.text(w.general, "so that there is something")
	before := stateHash(t, w.store)
	for typ := range requests {
		if _, ok := forms[typ]; !ok {
			t.Errorf("the members of %s are not in the table", typ)
		}
	}
	total := 0
	for typ, list := range forms {
		c := ann.again()
		session := w.server.hub.device(c.deviceID())
		for _, s := range spoil(t, typ, list) {
			total++
			session.faults.pardon()
			c.bytes([]byte(s.frame))
			f, err := c.read()
			if err != nil {
				t.Fatalf("%.150s: %v", s.frame, err)
			}
			e, ok := f.(*wire.Error)
			if !ok || e.Code != s.code || e.Path != s.path || e.Re != s.re || e.Message == "" || e.Fatal {
				t.Errorf("%.150s:\nhave %+v\nwant %s at %q, re %d", s.frame, f, s.code, s.path, s.re)
			}
			c.id = 100 + uint64(total)
			if _, ok := c.answer(c.ask(&wire.Heartbeat{})).(*wire.HeartbeatOK); !ok {
				t.Fatalf("%.150s: the next request failed", s.frame)
			}
		}
		if stateHash(t, w.store) != before {
			t.Fatalf("something has changed among the bad forms of %s", typ)
		}
	}
	t.Log(total, "bad frames")
}

// TestBadInputBeforeProof: the same from strangers, whose proof succeeds behind it.
func TestBadInputBeforeProof(t *testing.T) { onBoth(t, testBadInputBeforeProof) }

func testBadInputBeforeProof(t *testing.T, o Options) {
	w := newWorld(t, nil, o)
	ann := w.person()
	before := stateHash(t, w.store)
	var all []spoiled
	for typ, list := range forms {
		if Admitted(typ, SessionStranger) {
			all = append(all, spoil(t, typ, list)...)
		}
	}
	all = slices.DeleteFunc(all, func(s spoiled) bool { return s.code == chat.CodePayloadTooLarge }) // closes: another test
	for some := range slices.Chunk(all, w.server.o.Limits.PreAuthFrames-1) {
		c := w.dial()
		for _, s := range some {
			c.bytes([]byte(s.frame))
			f, err := c.read()
			if err != nil {
				t.Fatalf("%.150s: %v", s.frame, err)
			}
			e, ok := f.(*wire.Error)
			if !ok || e.Code != s.code || e.Path != s.path || e.Re != s.re || e.Message == "" || e.Fatal {
				t.Errorf("%.150s:\nhave %+v\nwant %s at %q, re %d", s.frame, f, s.code, s.path, s.re)
			}
		}
		c.id = 100
		if _, ok := c.answer(c.ask(c.auth(ann))).(*wire.Ready); !ok {
			t.Fatal("a proof behind bad frames was refused")
		}
		_ = c.ws.CloseNow()
	}
	if stateHash(t, w.store) != before {
		t.Error("something has changed")
	}
	t.Log(len(all), "bad frames")
}

// pardon forgets what a connection sent; a thousand bad frames would mute it.
func (f *faults) pardon() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count = 0
}

// stateHash is over everything the store holds, but when devices were seen.
func stateHash(t *testing.T, store storage.Store) [sha256.Size]byte {
	t.Helper()
	h := sha256.New()
	add := func(v any, err error) {
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		h.Write(b)
	}
	ctx := t.Context()
	accounts, err := store.Accounts(ctx)
	slices.SortFunc(accounts, func(a, b storage.Account) int { return strings.Compare(a.ID.String(), b.ID.String()) })
	add(accounts, err)
	for _, a := range accounts {
		devices, err := store.Devices(ctx, a.ID)
		slices.SortFunc(devices, func(a, b storage.Device) int { return strings.Compare(a.ID.String(), b.ID.String()) })
		for i := range devices {
			devices[i].Seen, devices[i].Peer = 0, ""
		}
		add(devices, err)
	}
	cards, err := store.Cards(ctx)
	slices.SortFunc(cards, func(a, b storage.Card) int { return strings.Compare(a.Account.String(), b.Account.String()) })
	add(cards, err)
	invites, err := store.Invites(ctx)
	slices.SortFunc(invites, func(a, b storage.Invite) int { return strings.Compare(a.ID.String(), b.ID.String()) })
	add(invites, err)
	rooms, err := store.RoomIDs(ctx)
	slices.SortFunc(rooms, func(a, b chat.RoomID) int { return strings.Compare(a.String(), b.String()) })
	add(rooms, err)
	for _, id := range rooms {
		log, err := store.Room(ctx, id)
		add(log, err)
	}
	return [sha256.Size]byte(h.Sum(nil))
}
