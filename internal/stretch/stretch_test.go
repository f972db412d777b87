package stretch

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/xdg-go/scram"
	"pgregory.net/rapid"
)

func TestNormalize(t *testing.T) {
	for _, test := range []struct {
		name, in, want string
		err            error
	}{
		{"plain", "correct horse", "correct horse", nil},
		{"case stays", "ABC abc", "ABC abc", nil},
		{"wide space", "a\u3000b", "a b", nil},
		{"decomposed letter", "e\u0301", "\u00e9", nil},
		{"emoji", "🐎🔋 staple", "🐎🔋 staple", nil},
		{"right to left", "סיסמה", "סיסמה", nil},
		{"empty", "", "", ErrEmpty},
		{"control character", "a\x07b", "", ErrBad},
		{"not UTF-8", "a\xff", "", ErrBad},
		{"longest", strings.Repeat("é", MaxChars), strings.Repeat("é", MaxChars), nil},
		{"too long", strings.Repeat("x", MaxChars+1), "", ErrLong},
		{"absurdly long", strings.Repeat("x", 1<<20), "", ErrLong},
	} {
		got, err := Normalize([]byte(test.in))
		if string(got) != test.want || !errors.Is(err, test.err) {
			t.Errorf("%s: %q, %v", test.name, got, err)
		}
	}
}

// TestRules: long enough and not guessable is all that is asked.
func TestRules(t *testing.T) {
	for password, want := range map[string]error{
		"velvet harbour onion":             nil,
		"kantara twila ghal-bahar":         nil,
		"Xq7-plum-ratchet":                 nil,
		"我的猫喜欢在雨天看书写字喝茶":                   ErrShort, // 14
		"我的猫喜欢在雨天看书写字和喝茶":                  nil,
		"correct horse":                    ErrShort,
		"fourteen chars":                   ErrShort,
		"aaaaaaaaaaaaaaaaaaaa":             ErrCommon,
		"abababababababababab":             ErrCommon,
		"passwordpassword":                 ErrCommon,
		"Password Password 1":              ErrCommon,
		"P@$$w0rdP@$$w0rd!":                ErrCommon,
		"password123456789":                ErrCommon,
		"correcthorsebatterystaple":        ErrCommon,
		"correct horse battery staple":     ErrCommon,
		"Correct-Horse-Battery-Staple-123": ErrCommon,
		"qwertyuiopasdfghjkl":              ErrCommon,
		"123456789012345":                  ErrCommon,
		"abcdefghijklmnop":                 ErrCommon,
		"1qaz2wsx3edc4rfv":                 ErrCommon,
		"iloveyouiloveyou!":                ErrCommon,
		"thisismypassword":                 ErrCommon,
		"adalovelace adalovelace":          ErrCommon,
		"adalovelace12345":                 ErrCommon,
		"hearthhearthhearth":               ErrCommon,
		"            test             ":    ErrCommon,
	} {
		if err := CheckRules([]byte(password), "adalovelace", "Ada Lovelace"); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", password, err, want)
		}
	}
	if err := CheckRules(bytes.Repeat([]byte("x"), MaxChars+1)); !errors.Is(err, ErrLong) {
		t.Errorf("too long: %v", err)
	}
}

// TestRulesNeverFail: whatever people type, the rules give an answer, and a
// password of random words is never refused.
func TestRulesNeverFail(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		normal, err := Normalize([]byte(rapid.String().Draw(t, "password")))
		if err == nil {
			_ = CheckRules(normal, rapid.String().Draw(t, "name"))
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[bdfgklmnprtvz][aeiou][bdfgklmnprtvz][aeiou][bdfgklmnprtvz]`)
		words := rapid.SliceOfNDistinct(word, 4, 6, rapid.ID).Draw(t, "words")
		if err := CheckRules([]byte(strings.Join(words, " "))); err != nil {
			t.Fatalf("%q: %v", words, err)
		}
	})
}

// TestKey fixes what every client must compute. Changing it locks everybody out.
func TestKey(t *testing.T) {
	p := Params{Salt: []byte("0123456789abcdef"), MemoryKiB: 64 << 10, Passes: 3, Lanes: 4}
	if got, want := string(p.Key([]byte("velvet harbour onion"))), "CclU4AG6DPrrSr4C60wwNcrVQkP5WiZZKj0N0JEzmQE"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestVerifier checks against the published example of RFC 7677 (user
// "user", password "pencil") as PostgreSQL stores it.
func TestVerifier(t *testing.T) {
	salt := decode(t, "W22ZaJ0SNY7soEsUEjb6gQ==")
	v, err := NewVerifier([]byte("pencil"), salt, 4096)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(v.StoredKey, decode(t, "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=")) ||
		!bytes.Equal(v.ServerKey, decode(t, "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")) {
		t.Errorf("got %x %x", v.StoredKey, v.ServerKey)
	}
}

func decode(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// serverFor returns a SCRAM server that knows one verifier.
func serverFor(t *testing.T, v Verifier, exporter []byte) *scram.ServerConversation {
	t.Helper()
	s, err := scram.SHA256.NewServer(func(string) (scram.StoredCredentials, error) {
		return scram.StoredCredentials{
			KeyFactors: scram.KeyFactors{Salt: string(v.Salt), Iters: v.Iterations}, StoredKey: v.StoredKey, ServerKey: v.ServerKey,
		}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.NewConversationWithChannelBindingRequired(scram.ChannelBinding{Type: scram.ChannelBindingTLSExporter, Data: exporter})
}

func TestLogin(t *testing.T) {
	here, there := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	for _, test := range []struct {
		name     string
		key      string
		exporter []byte // of the server
		rounds   int
		spoil    func(string) string // of the server's last word
		want     string              // step that fails; "" none
	}{
		{"right", "right", here, 4096, nil, ""},
		{"wrong password", "wrong", here, 4096, nil, "server"},
		{"another connection", "right", there, 4096, nil, "server"},
		{"too few rounds", "right", here, 4095, nil, "final"},
		{"too many rounds", "right", here, 100_001, nil, "final"},
		{"false server signature", "right", here, 4096, func(string) string { return "v=" + base64.StdEncoding.EncodeToString(make([]byte, 32)) }, "verify"},
		{"no server signature", "right", here, 4096, func(string) string { return "" }, "verify"},
		{"error in place of the signature", "right", here, 4096, func(string) string { return "e=other-error" }, "verify"},
	} {
		t.Run(test.name, func(t *testing.T) {
			v, err := NewVerifier([]byte("right"), []byte("0123456789abcdef"), test.rounds)
			if err != nil {
				t.Fatal(err)
			}
			if failed := exchange(t, test.key, here, serverFor(t, v, test.exporter), test.spoil); failed != test.want {
				t.Errorf("failed at %q, want %q", failed, test.want)
			}
		})
	}
	l := NewLogin("ada", here)
	l.First()
	for _, first := range []string{"", "r=x,s=AAAA", "r=x,s=AAAA,i=many", "r=other,s=MDEyMzQ1Njc4OWFiY2RlZg==,i=4096", "i=4096"} {
		if _, err := l.Final([]byte("right"), first, 4096, 5000); err == nil {
			t.Errorf("accepted %q", first)
		}
	}
	if err := NewLogin("ada", here).Verify("v="); err == nil {
		t.Error("verified before any step")
	}
}

// exchange runs a login and names the step that failed.
func exchange(t *testing.T, key string, exporter []byte, server *scram.ServerConversation, spoil func(string) string) string {
	t.Helper()
	l := NewLogin("ada, the = first", exporter)
	first := l.First()
	if !strings.HasPrefix(first, "p=tls-exporter,,n=ada=2C the =3D first,r=") {
		t.Fatalf("client-first-message %q", first)
	}
	challenge, err := server.Step(first)
	if err != nil {
		t.Fatal(err)
	}
	final, err := l.Final([]byte(key), challenge, 4096, 100_000)
	if err != nil {
		return "final"
	}
	last, err := server.Step(final)
	if err != nil {
		return "server"
	}
	if spoil != nil {
		last = spoil(last)
	}
	if err := l.Verify(last); err != nil {
		return "verify"
	}
	return ""
}

func BenchmarkKey(b *testing.B) {
	p := Params{Salt: []byte("0123456789abcdef"), MemoryKiB: 64 << 10, Passes: 3, Lanes: 4}
	for b.Loop() {
		p.Key([]byte("velvet harbour onion"))
	}
}
