package linkguard

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hearth/internal/cputime"
)

// TestCheck is the guard's table. An empty url means: stays plain text.
func TestCheck(t *testing.T) {
	cases := []struct {
		raw, url, host string
		ask            bool
	}{
		{raw: "http://example.org", url: "http://example.org", host: "example.org"},
		{raw: "https://example.org/a/b?c=d&e=f#g", url: "https://example.org/a/b?c=d&e=f#g", host: "example.org"},
		{raw: "HTTPS://Example.ORG/Path", url: "https://example.org/Path", host: "example.org"},
		{raw: "https://example.org:8443/x", url: "https://example.org:8443/x", host: "example.org"},
		{raw: "https://example.org./x", url: "https://example.org/x", host: "example.org", ask: true},
		{raw: "http://localhost:8080", url: "http://localhost:8080", host: "localhost"},
		{raw: "http://192.168.1.10/", url: "http://192.168.1.10/", host: "192.168.1.10"},
		{raw: "http://[2001:db8::1]:80/", url: "http://[2001:db8::1]:80/", host: "2001:db8::1"},
		{raw: "https://example.org/żgħir", url: "https://example.org/%C5%BCg%C4%A7ir", host: "example.org"},
		{raw: "https://example.org/?q=$(x)'", url: "https://example.org/?q=%24(x)%27", host: "example.org"},
		{raw: "https://example.org/%E4%BD%A0", url: "https://example.org/%E4%BD%A0", host: "example.org"},
		{raw: "https://example.org/@tom", url: "https://example.org/@tom", host: "example.org"},
		{raw: "https://bücher.example", url: "https://xn--bcher-kva.example", host: "xn--bcher-kva.example", ask: true},
		{raw: "https://аpple.com", url: "https://xn--pple-43d.com", host: "xn--pple-43d.com", ask: true}, // Cyrillic а
		{raw: "https://ｅxample.org", url: "https://example.org", host: "example.org", ask: true},         // full-width e
		{raw: "https://中文.example/路", url: "https://xn--fiq228c.example/%E8%B7%AF", host: "xn--fiq228c.example", ask: true},
		{raw: "https://xn--pple-43d.com", url: "https://xn--pple-43d.com", host: "xn--pple-43d.com"},
		{raw: "mailto:ana@example.org", url: "mailto:ana@example.org", host: "example.org"},
		{raw: "MAILTO:a.b+c@example.org", url: "mailto:a.b+c@example.org", host: "example.org"},
		{raw: "mailto:ana@bücher.example", url: "mailto:ana@xn--bcher-kva.example", host: "xn--bcher-kva.example", ask: true},

		{raw: ""},
		{raw: "example.org"},
		{raw: "http:"},
		{raw: "http://"},
		{raw: "http:///path"},
		{raw: "http:example.org"},
		{raw: "http:/example.org"},
		{raw: "ftp://example.org"},
		{raw: "file:///etc/passwd"},
		{raw: "smb://server/share"},
		{raw: `\\server\share`},
		{raw: "//server/share"},
		{raw: "javascript:alert(1)"},
		{raw: "data:text/html,hi"},
		{raw: "vbscript:x"},
		{raw: "ms-msdt:/id"},
		{raw: "hearth://join/x"},
		{raw: "ssh://host"},
		{raw: "https://user@example.org"},
		{raw: "https://user:pw@example.org"},
		{raw: "https://example.org@evil.example"},
		{raw: "https://example.org%40evil.example"},
		{raw: "https://example.org%2f@evil.example"},
		{raw: `https://example.org\@evil.example`},
		{raw: "https://@example.org"},
		{raw: "https://exa mple.org"},
		{raw: "https://example.org/\u202egpj.exe"},
		{raw: "https://example.org/a\u200bb"},
		{raw: "https://exam\u00adple.org"},
		{raw: "https://example.org/\x00"},
		{raw: "https://example.org/\n"},
		{raw: "https://example.org:0"},
		{raw: "https://example.org:99999"},
		{raw: "https://example.org:"},
		{raw: "https://example.org:8o"},
		{raw: "http://2130706433/"},
		{raw: "http://0x7f000001/"},
		{raw: "http://127.1/"},
		{raw: "http://0177.0.0.1/"},
		{raw: "http://1.2.3.4.5/"},
		{raw: "http://[fe80::1%25eth0]/"},
		{raw: "http://[::1"},
		{raw: "https://..example"},
		{raw: "https://-bad-.example"},
		{raw: "https://" + strings.Repeat("a", 64) + ".example"},
		{raw: "https://example.org/" + strings.Repeat("a", maxURL)},
		{raw: "https://example.org/\xff"},
		{raw: "mailto:"},
		{raw: "mailto:ana"},
		{raw: "mailto:ana@localhost"},
		{raw: "mailto:ana@example.org?attach=/etc/passwd"},
		{raw: "mailto:ana@example.org,bob@example.org"},
		{raw: "mailto:%22x%22@example.org"},
	}
	for _, c := range cases {
		got, ok := Check(c.raw)
		if ok != (c.url != "") {
			t.Errorf("Check(%q) = %+v, %v", c.raw, got, ok)
			continue
		}
		if want := (Link{URL: c.url, Host: c.host, Ask: c.ask}); ok && got != want {
			t.Errorf("Check(%q) = %+v, want %+v", c.raw, got, want)
		}
	}
}

func TestFind(t *testing.T) {
	cases := []struct {
		text string
		want []string // the stretches that are links
	}{
		{"nothing here: no link", nil},
		{"see https://example.org/x.", []string{"https://example.org/x"}},
		{"(https://example.org/a_(b))", []string{"https://example.org/a_(b)"}},
		{"[https://example.org]", []string{"https://example.org"}},
		{"https://a.example, http://b.example!", []string{"https://a.example", "http://b.example"}},
		{"谢谢https://example.org/r，再见", []string{"https://example.org/r"}},
		{"<https://example.org/x>", []string{"https://example.org/x"}},
		{"\"https://example.org\"", []string{"https://example.org"}},
		{"xhttps://example.org", nil},
		{"view-source:https://example.org", nil},
		{"file://https://example.org", nil},
		{"https://user@example.org", nil},
		{"http://https://example.org", nil},
		{"write to mailto:ana@example.org; thanks", []string{"mailto:ana@example.org"}},
		{"https://example.org\nhttps://example.com", []string{"https://example.org", "https://example.com"}},
		{"https://", nil},
		{"http:// https://ok.example", []string{"https://ok.example"}},
		{"::::https://ok.example", nil},
		{"https://example.org/x👨\u200d👩\u200d👧", []string{"https://example.org/x"}},
		{"https://example.org/x👩🏽\u200d🚀 now", []string{"https://example.org/x"}},
		{"https://example.org/x❤\ufe0f\u200d🔥", []string{"https://example.org/x"}},
		{"https://example.org/🎈🎈", []string{"https://example.org/🎈🎈"}},
		{"see www.example.org/a?b=c, please", []string{"www.example.org/a?b=c"}},
	}
	for _, c := range cases {
		var got []string
		for _, s := range Find(c.text) {
			got = append(got, c.text[s.Start:s.End])
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("Find(%q): %s", c.text, d)
		}
	}
}

// TestFindBare: what begins with "www." is a link to https, if it can be a machine.
func TestFindBare(t *testing.T) {
	cases := []struct {
		text, want string // the stretches that are links, and where they lead
	}{
		{"www.example.com", "www.example.com=https://www.example.com"},
		{"WWW.Example.COM/Path", "WWW.Example.COM/Path=https://www.example.com/Path"},
		{"(www.example.com).", "www.example.com=https://www.example.com"},
		{"is it www.example.com? www.example.org!", "www.example.com=https://www.example.com www.example.org=https://www.example.org"},
		{"www.example.com: good", "www.example.com=https://www.example.com"},
		{"www.example.com:8443/x.", "www.example.com:8443/x=https://www.example.com:8443/x"},
		{"“www.example.com”，好", "www.example.com=https://www.example.com"},
		{"请看www.example.com谢谢", "www.example.com=https://www.example.com"},
		{"www.bücher.example", "www.bücher.example=https://www.xn--bcher-kva.example?"},
		{"www.аpple.com", "www.аpple.com=https://www.xn--pple-43d.com?"}, // Cyrillic а
		{"www.例子.中国", "www.例子.中国=https://www.xn--fsqu00a.xn--fiqs8s?"},
		{"www.example.com/a,https://b.example", "www.example.com/a,https://b.example=https://www.example.com/a,https://b.example"},
		{"www.x https://www.example.com", "https://www.example.com=https://www.example.com"},
		{"https://example.org/?u=www.example.com", "https://example.org/?u=www.example.com=https://example.org/?u=www.example.com"},
		{"www.", ""},
		{"www...", ""},
		{"www.example", ""},
		{"www.conf", ""},
		{"www.conf.d", ""},
		{"www.2.1", ""},
		{"www.1.2.3.4", ""},
		{"www.-bad-.example", ""},
		{"www..example.com", ""},
		{"wwww.example.com", ""},
		{"xwww.example.com", ""},
		{"my-www.example.com", ""},
		{"a.www.example.com", ""},
		{"ana@www.example.com", ""},
		{"www.ana@example.com", ""},
		{"www.example.com@evil.example", ""},
		{"ftp://www.example.com", ""},
		{"/var/www.example.com", ""},
		{`C:\www.example.com`, ""},
		{"javascript:www.example.com", ""},
		{"www.example.com%2f.evil.example", ""},
	}
	for _, c := range cases {
		var got []string
		for _, s := range Find(c.text) {
			ask := ""
			if s.Link.Ask {
				ask = "?"
			}
			got = append(got, c.text[s.Start:s.End]+"="+s.Link.URL+ask)
		}
		if joined := strings.Join(got, " "); joined != c.want {
			t.Errorf("Find(%q) = %q, want %q", c.text, joined, c.want)
		}
	}
}

// TestFindIsSound: whatever the text, links lie in it in order, are ASCII and of
// our schemes, and looking is fast enough for hostile text.
func TestFindIsSound(t *testing.T) {
	part := rapid.SampledFrom([]string{"http", "https", "mailto", "www.", ":", "//", "a", ".", "@", "example.org", " ", "(", ")", "%", "\u202e", "é", "[", "]", "0x", "\\", "?", "#"})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(part, 0, 30).Draw(t, "parts"), "")
		at := 0
		for _, s := range Find(text) {
			if s.Start < at || s.End <= s.Start || s.End > len(text) {
				t.Fatalf("span %d–%d after %d in %q", s.Start, s.End, at, text)
			}
			at = s.End
			u := s.Link.URL
			scheme, _, _ := strings.Cut(u, ":")
			if scheme != "http" && scheme != "https" && scheme != "mailto" {
				t.Fatalf("scheme of %q", u)
			}
			for i := range len(u) {
				if u[i] <= ' ' || u[i] >= 0x7f {
					t.Fatalf("URL %q is not plain ASCII", u)
				}
			}
		}
	})
}

func TestCleanText(t *testing.T) {
	cases := []struct{ in, want string }{
		{"plain", "plain"},
		{"a\r\nb\rc\u2028d\u2029e\vf\u0085g", "a\nb\nc\nd\ne\nf\ng"},
		{"a\tb", "a    b"},
		{"a\x00b\x1b[31mc\x7fd", "a�b�[31mc�d"},
		{"invoice\u202efdp.exe", "invoicefdp.exe"},
		{"\u2066x\u2069\u200e\u200f\u061c", "x"},
		{"zero\u200bwidth\u2060\ufeff\u00ad", "zerowidth"},
		{"می\u200cخواهم", "می\u200cخواهم"},     // Persian needs it
		{"a\u200cb\u200dc", "abc"},             // Latin does not
		{"👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"}, // a family
		{"\U0001F3F4\U000E0067\U000E007F", "\U0001F3F4\U000E0067\U000E007F"},
		{"hi\U000E0041\U000E0042", "hi"},
		{"e" + strings.Repeat("\u0301", 40), "e" + strings.Repeat("\u0301", maxMarksText)},
		{"ħ ġ 你好 café", "ħ ġ 你好 café"},
		{"bad\xffbyte", "bad�byte"},
		{"", ""},
	}
	for _, c := range cases {
		if got := CleanText(c.in); got != c.want {
			t.Errorf("CleanText(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestCleanName(t *testing.T) {
	cases := []struct{ in, want string }{
		{"Ana Borg", "Ana Borg"},
		{"  Ana \n\t Borg  ", "Ana Borg"},
		{"A\u200bna", "Ana"},
		{"Ana\u202e", "Ana"},
		{"\u3164\u2800\u200d", ""},
		{"\u0301\u0301", ""},
		{"李伟 Li Wei", "李伟 Li Wei"},
		{"Zoë", "Zoë"},
		{"Z" + strings.Repeat("\u0334", 30), "Z" + strings.Repeat("\u0334", maxMarksName)},
		{"A\ufe0fna", "Ana"},
		{"\x00\x01", ""},
	}
	for _, c := range cases {
		if got := CleanName(c.in); got != c.want {
			t.Errorf("CleanName(%q) = %q, want %q", c.in, got, c.want)
		}
	}
	if got := CleanLine("An\u202ena\u200b \n Bo\u200drg "); got != "Anna   Borg " {
		t.Errorf("CleanLine: %q", got)
	}
	if got := Isolate("\u202eשלום"); got != "\u2068שלום\u2069" {
		t.Errorf("Isolate: %q", got)
	}
	if got := Isolate("Ana"); got != "Ana" {
		t.Errorf("Isolate of a plain name: %q", got)
	}
}

// TestCleanIsComplete: nothing that moves or hides text survives, and cleaning
// twice changes nothing.
func TestCleanIsComplete(t *testing.T) {
	odd := rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune{0x202e, 0x200d, 0x200c, 0x2066, 0xad, 0, 0x1b, 'a', 'م', 0x61c, 'क', 0x94d, '^', 0xfffd, 0x1F468, 0xFE0F, 0x301, 0x1F3F4, 0xE0067, ' ', '\n', '\r'}))
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOfN(odd, 0, 40).Draw(t, "runes"))
		text, name := CleanText(s), CleanName(s)
		for _, r := range text {
			if bidi(r) || invisible(r) || unicode.IsControl(r) && r != '\n' {
				t.Fatalf("CleanText(%q) kept %U", s, r)
			}
		}
		for _, r := range name {
			if bidi(r) || invisible(r) || isTag(r) || unicode.IsControl(r) {
				t.Fatalf("CleanName(%q) kept %U", s, r)
			}
		}
		if !utf8.ValidString(text) || !utf8.ValidString(name) {
			t.Fatal("not valid UTF-8")
		}
		if again := CleanText(text); again != text {
			t.Fatalf("CleanText twice: %q → %q", text, again)
		}
		if again := CleanName(name); again != name {
			t.Fatalf("CleanName twice: %q → %q", name, again)
		}
	})
}

// TestFindIsLinear guards against text made to keep the window busy.
func TestFindIsLinear(t *testing.T) {
	for _, part := range []string{"http://", "https:", ":", "mailto:a@", "https://a(", "http://x)))", "(http://x)))) ", "https://a[.... ", "www.", "www.a,", "www.a.b,", "www.a:", "www.例子", " www.a.bc "} {
		text := strings.Repeat(part, 16_000/len(part))
		began := cputime.All()
		Find(text)
		if took := cputime.All() - began; took > time.Second {
			t.Errorf("16,000 characters of %q take %v", part, took)
		} else {
			t.Logf("%q: %v", part, took)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{"https://example.org", "http://[::1]", "mailto:a@b.c", "http://a@b", "https://xn--a", "http://0x1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		l, ok := Check(raw)
		if !ok {
			return
		}
		again, ok := Check(l.URL)
		if !ok || again.URL != l.URL || again.Host != l.Host || again.Ask {
			t.Fatalf("%q → %q → %+v, %v", raw, l.URL, again, ok)
		}
	})
}
