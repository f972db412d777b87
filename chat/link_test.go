package chat

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var (
	linkServer = ServerID(pattern(0x21, 32))
	linkSecret = InviteSecret(pattern(0x51, 16))
	linkF      = linkServer.String()
	linkS      = idText.EncodeToString(linkSecret[:])
)

// TestLinkText fixes how links look: they lie about in mails for years.
func TestLinkText(t *testing.T) {
	l := Link{Addresses: []string{"home.test:7480", "192.0.2.7:7480", "[2001:db8::1]:9"}, Server: linkServer, Bound: true, Secret: linkSecret}
	invite := "hearth://home.test:7480/join?f=" + linkF + "&b=1&a=192.0.2.7%3A7480&a=%5B2001%3Adb8%3A%3A1%5D%3A9#" + linkS
	server := "hearth://home.test:7480/?f=" + linkF + "&b=1&a=192.0.2.7%3A7480&a=%5B2001%3Adb8%3A%3A1%5D%3A9"
	if got := l.String(); got != invite {
		t.Errorf("invite\n%s, want\n%s", got, invite)
	}
	if got := l.WithoutSecret().String(); got != server {
		t.Errorf("server\n%s, want\n%s", got, server)
	}
	if got := (Link{}).String(); got != "" {
		t.Errorf("nothing gives %q", got)
	}
	if !l.IsInvite() || l.WithoutSecret().IsInvite() {
		t.Error("IsInvite")
	}
}

// TestLinkBroken: a mail program may have broken it into lines.
func TestLinkBroken(t *testing.T) {
	want := Link{Addresses: []string{"home.test:7480"}, Server: linkServer, Bound: true, Secret: linkSecret}
	text := want.String()
	for _, broken := range []string{text[:70] + "\r\n" + text[70:], text[:20] + "\n  " + text[20:90] + " " + text[90:] + "\n", "<" + text[:40] + "\t" + text[40:] + ">\n"} {
		if l, err := ParseLink(broken); err != nil || l.String() != text {
			t.Errorf("%q: %v, %v", broken, l, err)
		}
	}
}

// TestLinkRoundTrip: what String writes, ParseLink reads, also as people paste it.
func TestLinkRoundTrip(t *testing.T) {
	host := rapid.OneOf(
		rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?(\.[a-z]{2,5}){0,2}`),
		rapid.Just("192.0.2.1"), rapid.Just("[2001:db8::1]"), rapid.Just("[::1]"), rapid.Just("[fe80::1%eth0]"),
	)
	address := rapid.Custom(func(t *rapid.T) string {
		a, err := ParseAddress(host.Draw(t, "host") + ":" + rapid.StringMatching(`[1-9][0-9]{0,3}`).Draw(t, "port"))
		if err != nil {
			t.Fatal(err)
		}
		return a
	})
	rapid.Check(t, func(t *rapid.T) {
		l := Link{
			Addresses: rapid.SliceOfN(address, 1, maxLinkAddresses).Draw(t, "addresses"),
			Server:    ServerID(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "server")),
			Bound:     rapid.Bool().Draw(t, "bound"),
		}
		if l.Server.IsZero() {
			l.Server[0] = 1
		}
		if rapid.Bool().Draw(t, "invite") {
			l.Secret = InviteSecret(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "secret"))
		}
		around := rapid.SampledFrom([][2]string{{"", ""}, {" ", "\n"}, {"<", ">"}, {`"`, `"`}, {"\t'", "' "}, {"`", "`"}}).Draw(t, "around")
		got, err := ParseLink(around[0] + l.String() + around[1])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(l, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestBadLinks(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":                   "",
		"words":                     "come in",
		"other scheme":              "https://home.test/join?f=" + linkF + "#" + linkS,
		"no scheme":                 "home.test:7480/join?f=" + linkF + "#" + linkS,
		"scheme alone":              "hearth:",
		"opaque":                    "hearth:home.test",
		"no host":                   "hearth:///join?f=" + linkF + "#" + linkS,
		"user in it":                "hearth://me@home.test/join?f=" + linkF + "#" + linkS,
		"user and password":         "hearth://me:pw@home.test/join?f=" + linkF + "#" + linkS,
		"other path":                "hearth://home.test/leave?f=" + linkF + "#" + linkS,
		"longer path":               "hearth://home.test/join/x?f=" + linkF + "#" + linkS,
		"no fingerprint":            "hearth://home.test/join#" + linkS,
		"empty fingerprint":         "hearth://home.test/join?f=#" + linkS,
		"short fingerprint":         "hearth://home.test/join?f=" + linkF[1:] + "#" + linkS,
		"fingerprint cut":           "hearth://home.test/?f=" + linkF[:40],
		"fingerprint misread":       "hearth://home.test/?f=1" + linkF[1:],
		"no secret":                 "hearth://home.test/join?f=" + linkF,
		"empty secret":              "hearth://home.test/join?f=" + linkF + "#",
		"secret cut":                "hearth://home.test/join?f=" + linkF + "#" + linkS[:25],
		"secret too long":           "hearth://home.test/join?f=" + linkF + "#" + linkS + "a",
		"zero secret":               "hearth://home.test/join?f=" + linkF + "#" + strings.Repeat("a", 26),
		"secret in a second form":   "hearth://home.test/join?f=" + linkF + "#" + strings.Repeat("b", 25) + "b",
		"port 0":                    "hearth://home.test:0/?f=" + linkF,
		"port too high":             "hearth://home.test:65536/?f=" + linkF,
		"port a word":               "hearth://home.test:http/?f=" + linkF,
		"bad second address":        "hearth://home.test/?f=" + linkF + "&a=not%20a%20host",
		"empty second address":      "hearth://home.test/?f=" + linkF + "&a=",
		"too many addresses":        "hearth://home.test/?f=" + linkF + strings.Repeat("&a=x.test", maxLinkAddresses),
		"damaged escapes":           "hearth://home.test/?f=" + linkF + "&a=%zz",
		"semicolons":                "hearth://home.test/?f=" + linkF + ";b=1",
		"words behind the secret":   "hearth://home.test/join?f=" + linkF + "#" + linkS + " come in",
		"words behind a value":      "hearth://home.test/?f=" + linkF + "&b=1 come in",
		"words behind an address":   "hearth://home.test/?f=" + linkF + "&b=1&a=x.test%3A7480 come in",
		"words before it":           "come in: hearth://home.test/?f=" + linkF,
		"line break in a letter":    "hearth://home.test/?f=" + linkF[:20] + "%0A" + linkF[20:],
		"letters of another script": "hearth://hömé.test/?f=" + linkF,
		"far too long":              "hearth://home.test/?f=" + linkF + "&x=" + strings.Repeat("x", maxLinkBytes),
		"two links":                 "hearth://home.test/?f=" + linkF + " hearth://home.test/?f=" + linkF,
	} {
		got, err := ParseLink(text)
		if !errors.Is(err, ErrBadLink) {
			t.Errorf("%s: %+v, %v", name, got, err)
			continue
		}
		if strings.Contains(err.Error(), linkS) {
			t.Errorf("%s: the error quotes the secret: %v", name, err)
		}
	}
}

// TestForgivingLinks: what mail programs and keyboards do to links.
func TestForgivingLinks(t *testing.T) {
	want := Link{Addresses: []string{"home.test:7480"}, Server: linkServer, Bound: true, Secret: linkSecret}
	for _, text := range []string{
		"hearth://home.test/join?f=" + linkF + "&b=1#" + linkS,
		"HEARTH://home.test:7480/join?b=1&f=" + strings.ToUpper(linkF) + "#" + strings.ToUpper(linkS),
		"hearth://home.test/join?f=" + linkF + "&b=1&later=x#" + linkS,
	} {
		got, err := ParseLink(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", text, diff)
		}
	}
}

func TestAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"home.test":              "home.test:7480",
		" home.test:80 ":         "home.test:80",
		"192.0.2.1":              "192.0.2.1:7480",
		"192.0.2.1:1":            "192.0.2.1:1",
		"2001:db8::1":            "[2001:db8::1]:7480",
		"[2001:db8::1]":          "[2001:db8::1]:7480",
		"[2001:db8::1]:9":        "[2001:db8::1]:9",
		"fe80::1%eth0":           "[fe80::1%eth0]:7480",
		"[fe80::1%eth0]:9":       "[fe80::1%eth0]:9",
		"fe80::1%a/b":            "",
		"[fe80::1%a]b]:9":        "",
		"[2001:db8::1":           "",
		"2001:db8::1]":           "",
		"localhost:65535":        "localhost:65535",
		"a_b-c.test:007":         "a_b-c.test:7",
		"":                       "",
		":80":                    "",
		"home.test:":             "",
		"home.test:0":            "",
		"home.test:-1":           "",
		"home.test:65536":        "",
		"home.test:80:80":        "",
		"[home.test]:80":         "home.test:80",
		"home/test":              "",
		"home.test/x":            "",
		"me@home.test":           "",
		"hömé.test":              "",
		"http://home.test":       "",
		"home.test?x":            "",
		"ho me.test":             "",
		"home.test\x00":          "",
		strings.Repeat("a", 254): "",
	} {
		got, err := ParseAddress(text)
		if got != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, ErrBadAddress) {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
}

// FuzzParseLink: whatever is pasted, a link that is accepted can be written and
// read again, and leads where it says.
func FuzzParseLink(f *testing.F) {
	l := Link{Addresses: []string{"home.test:7480", "[2001:db8::1]:9"}, Server: linkServer, Bound: true, Secret: linkSecret}
	unbound := l
	unbound.Bound = false
	for _, text := range []string{l.String(), unbound.String(), unbound.WithoutSecret().String(), l.WithoutSecret().String(), "<" + l.String() + ">", "hearth://[::1%25eth0]/?f=" + linkF, "hearth:", "", "home.test"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ParseLink(text)
		if err != nil {
			if !errors.Is(err, ErrBadLink) {
				t.Fatalf("error %v", err)
			}
			return
		}
		if len(l.Addresses) == 0 || len(l.Addresses) > maxLinkAddresses {
			t.Fatalf("addresses %q", l.Addresses)
		}
		for _, a := range l.Addresses {
			if same, err := ParseAddress(a); err != nil || same != a {
				t.Fatalf("address %q becomes %q, %v", a, same, err)
			}
		}
		again, err := ParseLink(l.String())
		if err != nil {
			t.Fatalf("%q was accepted, %q is not: %v", text, l.String(), err)
		}
		if diff := cmp.Diff(l, again); diff != "" {
			t.Fatal(diff)
		}
	})
}
