package chat

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func pattern(first byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = first + byte(i)
	}
	return b
}

func vectorEvent() Event {
	return Event{
		Room: RoomID(pattern(0x10, 16)), Seq: 3, Kind: KindMessage, Author: AccountID(pattern(0x20, 16)), Device: DeviceID(pattern(0x30, 16)),
		MID: MID(pattern(0x40, 16)), Time: 1_795_219_200_123, Body: []byte(`{"text":"Grüße, 世界 🫖"}`), Salt: Salt(pattern(0x50, 16)),
	}
}

// TestVectors fixes for ever what both ends must compute alike. Never change a
// value here: logs, signatures and links out in the world depend on them. The
// values were computed a second time, from docs/protocol.md alone and in another
// language.
func TestVectors(t *testing.T) {
	e := vectorEvent()
	erased := e
	erased.Body, erased.Salt, erased.Erased, erased.BodyHash = nil, Salt{}, true, HashBody(e.Salt, e.Body)
	bare := Event{Room: e.Room, Seq: 1}
	key := ed25519.NewKeyFromSeed(pattern(0x60, 32)).Public().(ed25519.PublicKey)
	server, err := ServerIDOf(key)
	if err != nil {
		t.Fatal(err)
	}
	secret := InviteSecret(pattern(0x70, 16))
	invite := secret.Key().Public().(ed25519.PublicKey)
	for name, test := range map[string]struct{ got, want string }{
		"body hash":        {HashBody(e.Salt, e.Body).String(), "Oo_0kgUHrnL8W-sPQCRZ3Mb4sAib7WT9M3SEuTbSK84"},
		"envelope hash":    {e.EnvelopeHash().String(), "ok5LY3l9TkYbCG1EdJ5Y_zoSZt5pvl1Ikd9_sm9bG6w"},
		"erased envelope":  {erased.EnvelopeHash().String(), e.EnvelopeHash().String()},
		"bare envelope":    {bare.EnvelopeHash().String(), "Myg-oDYJVp7LRsq_b5iZymVsFGnYRUCX2p2YH5GYzbI"},
		"first chain":      {e.Chain(Hash{}).String(), "mNI-SPgcXKJqBl414yCpgh6oh6OcAbDMxpjKEMRsscE"},
		"next chain":       {e.Chain(Hash(pattern(0x80, 32))).String(), "btn9dEnzq08Vo0QqHzx8kTsFK2nDLrtU7iqA9HquZXY"},
		"content hash":     {ContentHash(e.Room, e.Kind, e.Body).String(), "5xv7vzESHDPLRbZIewsVUgzzjg29GJ3CF-yHixsXWHg"},
		"digest":           {Digest(0).Add(e.Room, 3).String(), "28b54a93cb913bf8"},
		"device id":        {DeviceIDOf(key).String(), "k7e6tsn2ioysmnp3adiydx4sjm"},
		"invite key":       {fmt.Sprintf("%x", []byte(invite)), "f357348cec9d35f391ddefa6a40992e2937843f8aa9d867021ff439581212f11"},
		"invite id":        {InviteIDOf(invite).String(), "opt7zjjj2hr73bg4si5ypdqxua"},
		"derived mid":      {DerivedMID(e.MID, "join", e.Author).String(), "xcavpeqi7i6eecxjhfv666jrlq"},
		"fingerprint":      {server.String(), "y7cmi46qtun5wn7cu3c2v2g4cn5wm2v7sjwezkoi6cqxprpddjra"},
		"room id":          {e.Room.String(), "caireeyuculbogazdinryhi6d4"},
		"fingerprint text": {server.Groups(), "y7cm i46q tun5 wn7c u3c2 v2g4 cn5w m2v7 sjwe zkoi 6cqx prpd djra"},
	} {
		if test.got != test.want {
			t.Errorf("%s: %s, want %s", name, test.got, test.want)
		}
	}
}

// TestEnvelopeCoversEverything: no field can change without the hash.
func TestEnvelopeCoversEverything(t *testing.T) {
	base := vectorEvent()
	for name, change := range map[string]func(*Event){
		"room":                         func(e *Event) { e.Room[0]++ },
		"seq":                          func(e *Event) { e.Seq++ },
		"kind":                         func(e *Event) { e.Kind += "x" },
		"author":                       func(e *Event) { e.Author[15]++ },
		"device":                       func(e *Event) { e.Device[15]++ },
		"mid":                          func(e *Event) { e.MID[3]++ },
		"time":                         func(e *Event) { e.Time++ },
		"body":                         func(e *Event) { e.Body = append(bytes.Clone(e.Body), ' ') },
		"salt":                         func(e *Event) { e.Salt[0]++ },
		"move between kind and author": func(e *Event) { e.Kind = e.Kind[:6] },
	} {
		e := base
		if change(&e); e.EnvelopeHash() == base.EnvelopeHash() {
			t.Errorf("%s: the hash did not change", name)
		}
	}
	if base.Chain(Hash{}) == base.Chain(Hash{1}) {
		t.Error("the chain forgets what came before")
	}
}

// TestDigest: the digest depends on the heads alone, not on how they were
// reached.
func TestDigest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		heads := map[RoomID]Seq{}
		var d Digest
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			room := RoomID{rapid.Byte().Draw(t, "room") % 5}
			at, known := heads[room]
			to := Seq(rapid.Uint64Range(0, 1<<53-1).Draw(t, "seq"))
			switch {
			case !known:
				d = d.Add(room, to)
				heads[room] = to
			case rapid.IntRange(0, 3).Draw(t, "leave") == 0:
				d = d.Remove(room, at)
				delete(heads, room)
			default:
				d = d.Move(room, at, to)
				heads[room] = to
			}
		}
		var fresh Digest
		for room, seq := range heads { // in any order
			fresh = fresh.Add(room, seq)
		}
		if d != fresh {
			t.Fatalf("%v by steps, %v afresh, heads %v", d, fresh, heads)
		}
		if len(heads) > 0 && d == 0 {
			t.Fatal("a digest of something is nothing")
		}
	})
}

// TestText: every identifier and value has one spelling and survives it.
func TestText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "bytes")
		var id ID
		copy(id[:], raw)
		type all struct {
			Room   RoomID
			Acc    AccountID
			Dev    DeviceID
			MID    MID
			Epoch  Epoch
			Invite InviteID
			Server ServerID
			Hash   Hash
			Salt   Salt
			Digest Digest
		}
		in := all{RoomID(id), AccountID(id), DeviceID(id), MID(id), Epoch(id), InviteID(id), ServerID(raw), Hash(raw), Salt(id), Digest(raw[0]) << 50}
		text, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var out all
		if err := json.Unmarshal(text, &out); err != nil || in != out {
			t.Fatalf("%s: %+v, %v", text, out, err)
		}
	})
	var room RoomID
	var hash Hash
	var digest Digest
	good := strings.Repeat("a", 26)
	for _, bad := range []string{"", "a", good[1:], good + "a", strings.ToUpper(strings.Repeat("b", 26)), strings.Repeat("a", 25) + "b", strings.Repeat("1", 26), strings.Repeat(" ", 26), "é" + good[2:]} {
		if err := room.UnmarshalText([]byte(bad)); !errors.Is(err, ErrBadID) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, bad := range []string{"", strings.Repeat("A", 42), strings.Repeat("A", 44), strings.Repeat("A", 42) + "B", strings.Repeat("+", 43)} {
		if err := hash.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("hash %q accepted", bad)
		}
	}
	for _, bad := range []string{"", "0", strings.Repeat("0", 17), strings.Repeat("g", 16)} {
		if err := digest.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("digest %q accepted", bad)
		}
	}
	if !room.IsZero() || !hash.IsZero() {
		t.Error("a refused text left something behind")
	}
}

func TestRandomIDs(t *testing.T) {
	seen := map[ID]bool{}
	for range 1000 {
		for _, id := range []ID{ID(NewRoomID()), ID(NewAccountID()), ID(NewMID()), ID(NewEpoch()), ID(NewInviteSecret())} {
			if seen[id] || id == (ID{}) {
				t.Fatalf("%x again", id)
			}
			seen[id] = true
		}
	}
}

// TestSecretsStayIn: whatever prints an invite's secret prints something else.
func TestSecretsStayIn(t *testing.T) {
	l := Link{Addresses: []string{"home.test:1"}, Server: ServerID{1}, Secret: NewInviteSecret()}
	secret := idText.EncodeToString(l.Secret[:])
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", l.Secret, "link", l)
	text := log.String() + fmt.Sprintf("%v %s %#v", l.Secret, l.Secret, l.Secret)
	if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprint(l.Secret[:])) {
		t.Errorf("shows the secret: %s", text)
	}
	if !strings.Contains(l.String(), secret) {
		t.Error("the link for people lacks it")
	}
}

func TestErrors(t *testing.T) {
	e := Errorf(CodeBusy, "/x", "wait %d", 3)
	wrapped := fmt.Errorf("op: %w", e)
	if !errors.Is(wrapped, &Error{Code: CodeBusy}) || errors.Is(wrapped, &Error{Code: CodeForbidden}) || !e.Retryable || e.Fatal {
		t.Errorf("%+v", e)
	}
	if e.Error() != "busy at /x: wait 3" || (&Error{Code: CodeBusy, Message: "wait"}).Error() != "busy: wait" {
		t.Errorf("%q", e.Error())
	}
	if CodeOf(nil) != "" || CodeOf(wrapped) != CodeBusy || CodeOf(errors.New("x")) != CodeInternal {
		t.Error("CodeOf")
	}
	if !Errorf(CodeAuthExpired, "", "x").Fatal {
		t.Error("an expired session ends the connection")
	}
}

func TestLimits(t *testing.T) {
	if err := DefaultLimits().Validate(); err != nil {
		t.Fatal(err)
	}
	v := reflect.TypeOf(Limits{})
	for i := range v.NumField() {
		name := v.Field(i).Tag.Get("toml")
		if name == "" || name != v.Field(i).Tag.Get("json") || v.Field(i).Tag.Get("help") == "" {
			t.Errorf("%s lacks a name or a help text", v.Field(i).Name)
		}
		for _, bad := range []int64{0, -1} {
			l := DefaultLimits()
			reflect.ValueOf(&l).Elem().Field(i).SetInt(bad)
			if err := l.Validate(); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s = %d: %v", name, bad, err)
			}
		}
	}
	for name, change := range map[string]func(*Limits){
		"transport_bytes":      func(l *Limits) { l.TransportBytes = l.FrameBytes - 1 },
		"pre_auth_frame_bytes": func(l *Limits) { l.PreAuthFrameBytes = l.FrameBytes + 1 },
		"body_bytes":           func(l *Limits) { l.BodyBytes = l.FrameBytes - 1023 },
		"page_bytes":           func(l *Limits) { l.PageBytes = l.TransportBytes },
		"dedupe_days":          func(l *Limits) { l.DedupeDays = l.SilentResendDays },
	} {
		l := DefaultLimits()
		change(&l)
		if err := l.Validate(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDefaultLimits: what a server allows that nobody has configured is what its people
// were promised, number by number.
func TestDefaultLimits(t *testing.T) {
	l := DefaultLimits()
	for name, c := range map[string]struct{ got, want int }{
		"bytes of a request":                 {l.FrameBytes, 64 << 10},
		"bytes of a frame":                   {l.TransportBytes, 256 << 10},
		"bytes of a stranger's frame":        {l.PreAuthFrameBytes, 4 << 10},
		"frames of a stranger":               {l.PreAuthFrames, 6},
		"characters of a text":               {l.TextChars, 16_000},
		"bytes of a body":                    {l.BodyBytes, 48 << 10},
		"characters of a name":               {l.NameChars, 64},
		"characters of a topic":              {l.TopicChars, 512},
		"sends a second":                     {l.SendsPerSecond, 5},
		"sends at once":                      {l.SendBurst, 20},
		"requests a second":                  {l.RequestsPerSecond, 30},
		"requests at once":                   {l.RequestBurst, 60},
		"sends in flight":                    {l.SendsInFlight, 32},
		"rooms of an account":                {l.RoomsPerAccount, 500},
		"members of a room":                  {l.MembersPerRoom, 5_000},
		"devices of an account":              {l.DevicesPerAccount, 20},
		"connections":                        {l.Connections, 10_000},
		"strangers at an address":            {l.UnauthPerAddress, 20},
		"strangers":                          {l.Unauthenticated, 1_000},
		"pages of history a second":          {l.HistoryPagesPerSec, 10},
		"events of a page":                   {l.PageEvents, 200},
		"bytes that wait for a connection":   {l.QueueBytes, 1 << 20},
		"frames that wait for a connection":  {l.QueueFrames, 1_000},
		"bytes that wait in all":             {l.QueueTotalBytes, 512 << 20},
		"catch-ups at the same time":         {l.CatchUps, 64},
		"entries of an outbox":               {l.OutboxEntries, 5_000},
		"days after which a person is asked": {l.SilentResendDays, 7},
		"days that ids are remembered":       {l.DedupeDays, 30},
		"days that a device may be away":     {l.SessionIdleDays, 30},
		"days that a password counts":        {l.SessionAbsoluteDays, 90},
		"reactions to a message":             {MaxReactionKinds, 20},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", name, c.got, c.want)
		}
	}
}

// step is one event of a made-up room.
type step struct {
	e    Event
	body Body
}

func drawSteps(t *rapid.T) []step {
	account := rapid.Custom(func(t *rapid.T) AccountID { return AccountID{1 + rapid.Byte().Draw(t, "account")%4} })
	text := rapid.StringN(0, 5, -1)
	steps := make([]step, rapid.IntRange(0, 40).Draw(t, "events"))
	for i := range steps {
		var body Body
		author := account.Draw(t, "author")
		switch rapid.IntRange(0, 10).Draw(t, "kind") {
		case 0:
			body = RoomCreate{Name: text.Draw(t, "name"), Topic: text.Draw(t, "topic"), Access: AccessOpen, History: HistoryAll}
		case 1:
			body = Join{Account: account.Draw(t, "who"), Name: text.Draw(t, "name"), Display: text.Draw(t, "display"), Role: RoleMember}
		case 2:
			body = Join{Display: text.Draw(t, "display")}
		case 3:
			body = Leave{Account: account.Draw(t, "who")}
		case 4:
			body = Name{Display: text.Draw(t, "display")}
		case 5:
			body = Rename{Name: text.Draw(t, "name")}
		case 6:
			body = Topic{Topic: text.Draw(t, "topic")}
		case 7:
			body = SetHistory{History: rapid.SampledFrom([]History{HistoryAll, HistoryJoined}).Draw(t, "history")}
		case 8: // of members and rooms that forget
			who := account.Draw(t, "who")
			body = rapid.SampledFrom([]Body{
				Remove{Account: who}, Gone{Account: who}, SetRole{Account: who, Role: RoleOwner}, Keep{Days: i}, Readings{Hidden: i%2 == 0}, Archive{Archived: i%2 == 0},
			}).Draw(t, "state")
		case 9: // of messages
			at := Seq(rapid.IntRange(1, i+1).Draw(t, "at")) //nolint:gosec // not negative
			body = rapid.SampledFrom([]Body{Pin{Seq: at}, Unpin{Seq: at}, Delete{Seq: at}, Purge{Seq: at}}).Draw(t, "change")
			if _, purge := body.(Purge); purge && rapid.IntRange(0, 3).Draw(t, "forged") > 0 {
				author = AccountID{} // the server alone says so
			}
		default:
			body = rapid.SampledFrom([]Body{Text{Text: "hello"}, Unknown{}, Leave{}}).Draw(t, "other")
		}
		steps[i] = step{Event{Seq: Seq(i + 1), Author: author, Time: int64(i)}, body}
	}
	return steps
}

// TestApplyEquivalence: a state read up to anywhere, copied or sent as JSON,
// plus the rest gives the state read at once.
func TestApplyEquivalence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := drawSteps(t)
		whole := NewRoom(RoomID{9})
		for i := range steps {
			whole.Apply(&steps[i].e, steps[i].body)
		}
		cut := rapid.IntRange(0, len(steps)).Draw(t, "cut")
		part := NewRoom(RoomID{9})
		for i := range steps[:cut] {
			part.Apply(&steps[i].e, steps[i].body)
		}
		before, resumed := part.Clone(), part.Clone()
		if rapid.Bool().Draw(t, "as JSON") {
			text, err := json.Marshal(part)
			if err != nil {
				t.Fatal(err)
			}
			resumed = NewRoom(RoomID{})
			if err := json.Unmarshal(text, resumed); err != nil {
				t.Fatal(err)
			}
		}
		for i := range steps[cut:] {
			resumed.Apply(&steps[cut+i].e, steps[cut+i].body)
		}
		if diff := cmp.Diff(whole, resumed); diff != "" {
			t.Fatalf("(-whole +resumed):\n%s", diff)
		}
		if diff := cmp.Diff(before, part); diff != "" {
			t.Fatalf("a copy's life changed its original:\n%s", diff)
		}
		checkRoom(t, whole)
	})
}

// checkRoom states what holds for every state.
func checkRoom(t *rapid.T, r *Room) {
	for id, m := range r.Members {
		if m.Account != id || m.Joined == 0 {
			t.Fatalf("member %v: %+v", id, m)
		}
		if _, both := r.Former[id]; both {
			t.Fatalf("%v is in the room and has left it", id)
		}
		if got, ok := r.Person(id); !ok || got != m {
			t.Fatalf("Person(%v): %+v", id, got)
		}
	}
	for id, m := range r.Former {
		if got, ok := r.Person(id); !ok || got != m {
			t.Fatalf("Person(%v): %+v", id, got)
		}
	}
	if _, ok := r.Person(AccountID{0xff}); ok {
		t.Fatal("knows a stranger")
	}
}

func TestRoom(t *testing.T) {
	ada, bob := AccountID{1}, AccountID{2}
	r := NewRoom(RoomID{9})
	at := Seq(0)
	apply := func(author AccountID, b Body) {
		at++
		r.Apply(&Event{Seq: at, Author: author, Time: time.Unix(int64(at), 0).UnixMilli()}, b)
	}
	apply(ada, RoomCreate{Name: "tea", Topic: "black", Access: AccessClosed, History: HistoryAll})
	apply(AccountID{}, Join{Account: ada, Name: "ada", Display: "Ada", Role: RoleOwner})
	apply(ada, Join{Account: bob, Name: "bob", Display: "Bob", Role: RoleMember})
	apply(bob, Name{Display: "Robert"})
	apply(ada, Join{Account: bob, Name: "bob", Display: "Bob II", Role: RoleMember}) // again: keeps the place
	apply(bob, Leave{})
	apply(bob, Name{Display: "Ghost"}) // has left: changes nothing
	apply(ada, Rename{Name: "coffee"})
	apply(ada, Topic{})
	apply(ada, Leave{Account: AccountID{7}}) // was never there
	want := &Room{
		ID: RoomID{9}, Name: "coffee", Access: AccessClosed, History: HistoryAll, Creator: ada, Created: 1000,
		Members: map[AccountID]Member{ada: {Account: ada, Name: "ada", Display: "Ada", Role: RoleOwner, Joined: 2}},
		Former:  map[AccountID]Member{bob: {Account: bob, Name: "bob", Display: "Bob II", Role: RoleMember, Joined: 3, Left: 6}},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	apply(bob, Join{Name: "bob", Display: "Bob III", Role: RoleMember}) // back: a new place
	if m := r.Members[bob]; m.Joined != at || len(r.Former) != 0 {
		t.Errorf("back: %+v, former %v", m, r.Former)
	}
	apply(ada, Remove{Account: bob})
	apply(ada, Remove{Account: AccountID{7}}) // was never there
	if m := r.Former[bob]; !m.Removed || m.Left != at-1 || len(r.Members) != 1 || len(r.Former) != 1 {
		t.Errorf("removed: %+v, members %v, former %v", m, r.Members, r.Former)
	}
	apply(ada, Join{Account: bob, Name: "bob", Display: "Bob IV", Role: RoleMember})
	if m := r.Members[bob]; m.Removed || m.Left != 0 {
		t.Errorf("added again: %+v", m)
	}
	apply(bob, Leave{})
	apply(ada, Remove{Account: bob}) // left before: stays out, the place stays
	if m := r.Former[bob]; !m.Removed || m.Left != at-1 {
		t.Errorf("removed after leaving: %+v", m)
	}
}

// TestBegins: from where on somebody reads a room is decided when they come in. Until they
// come again no change of the rule gives more or takes any, and nobody who comes after a
// change ever sees what was written before it unless every rule until then let them.
func TestBegins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		accounts := []AccountID{{1}, {2}, {3}, {4}}
		rule := rapid.SampledFrom([]History{HistoryAll, HistoryJoined})
		r := NewRoom(RoomID{9})
		at := Seq(0)
		apply := func(author AccountID, b Body) {
			at++
			r.Apply(&Event{Seq: at, Author: author}, b)
		}
		first := rule.Draw(t, "first rule")
		apply(accounts[0], RoomCreate{Access: AccessClosed, History: first})
		apply(accounts[0], Join{Role: RoleOwner})
		now, changed, want := first, Seq(1), map[AccountID]Seq{accounts[0]: 1}
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			who := rapid.SampledFrom(accounts).Draw(t, "who")
			_, in := r.Members[who]
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				next := rule.Draw(t, "rule")
				if apply(accounts[0], SetHistory{History: next}); next != now {
					now, changed = next, at
				}
			case 1:
				apply(who, Join{Role: RoleMember})
				if !in && now == HistoryAll {
					want[who] = changed
				} else if !in {
					want[who] = at
				}
			case 2:
				apply(accounts[0], Leave{Account: who})
			case 3:
				apply(who, Text{})
			}
			for _, a := range accounts {
				from, known := r.Begins(a)
				if _, was := r.Person(a); known != was || known && from != want[a] {
					t.Fatalf("at %d, rule %s since %d: %v begins at %d (%v), want %d", at, now, changed, a, from, known, want[a])
				}
				if known && from > 1 && !r.Uneven() {
					t.Fatal("a room in which not all see the same says that they do")
				}
			}
		}
	})
	r := NewRoom(RoomID{9})
	r.Apply(&Event{Seq: 1, Author: AccountID{1}}, RoomCreate{Access: AccessClosed, History: "new"})
	r.Apply(&Event{Seq: 2, Author: AccountID{1}}, Join{Role: RoleOwner})
	if _, known := r.Begins(AccountID{1}); known {
		t.Error("a rule that nobody knows shows something")
	}
	direct := NewRoom(RoomID{9})
	direct.Apply(&Event{Seq: 1, Author: AccountID{1}}, RoomCreate{Access: AccessDirect, History: HistoryAll})
	direct.Apply(&Event{Seq: 2, Author: AccountID{1}}, SetHistory{History: HistoryJoined})
	if direct.History != HistoryAll || direct.Uneven() {
		t.Error("the rule of a conversation of a few was changed")
	}
}

// TestHeir: without a fit owner the fit member of the longest time inherits, but in direct
// rooms.
func TestHeir(t *testing.T) {
	a, b, c := AccountID{1}, AccountID{2}, AccountID{3}
	room := func() *Room {
		r := NewRoom(RoomID{9})
		r.Access, r.Creator = AccessOpen, a
		r.Members[a] = Member{Account: a, Role: RoleOwner, Joined: 2}
		r.Members[b] = Member{Account: b, Role: RoleMember, Joined: 7}
		r.Members[c] = Member{Account: c, Role: RoleMember, Joined: 4}
		return r
	}
	all := func(AccountID) bool { return true }
	for name, x := range map[string]struct {
		change func(*Room)
		fit    func(AccountID) bool
		want   AccountID
	}{
		"an owner":               {func(*Room) {}, all, AccountID{}},
		"the owner left":         {func(r *Room) { delete(r.Members, a) }, all, c},
		"the owner is unfit":     {func(*Room) {}, func(x AccountID) bool { return x != a }, c},
		"so is the next":         {func(*Room) {}, func(x AccountID) bool { return x == b }, b},
		"all are":                {func(*Room) {}, func(AccountID) bool { return false }, AccountID{}},
		"a direct room":          {func(r *Room) { delete(r.Members, a); r.Access = AccessDirect }, all, AccountID{}},
		"a room of the server's": {func(r *Room) { delete(r.Members, a); r.Creator = AccountID{} }, all, c},
		"nobody":                 {func(r *Room) { clear(r.Members) }, all, AccountID{}},
	} {
		r := room()
		x.change(r)
		if _, in := r.Members[a]; r.Owned() != in {
			t.Errorf("%s: owned: %v", name, r.Owned())
		}
		if heir, ok := r.Heir(x.fit); heir != x.want || ok != !x.want.IsZero() {
			t.Errorf("%s: %v, %v", name, heir, ok)
		}
	}
	r := room()
	r.Apply(&Event{Seq: 9}, SetRole{Account: c, Role: RoleOwner})
	r.Apply(&Event{Seq: 10}, SetRole{Account: AccountID{8}, Role: RoleOwner})
	if r.Members[c].Role != RoleOwner || len(r.Members) != 3 {
		t.Errorf("members %v", r.Members)
	}
}
