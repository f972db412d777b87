package chat

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// DefaultPort is the port a server listens on when none is named.
const DefaultPort = 7480

// Scheme is the scheme of invite and server links.
const Scheme = "hearth"

// InviteSecret is the 128-bit secret of an invite. It seeds an Ed25519 key whose
// public half is all that the server stores: a thief of the server's database
// cannot join with what it holds.
type InviteSecret [16]byte

// NewInviteSecret returns a random secret.
func NewInviteSecret() (s InviteSecret) {
	_, _ = rand.Read(s[:])
	return s
}

// Key returns the key pair the secret stands for.
func (s InviteSecret) Key() ed25519.PrivateKey {
	seed := derive32("hearth-invite-key-1", s[:])
	return ed25519.NewKeyFromSeed(seed[:])
}

// String keeps the secret out of logs; use Link.String to hand an invite to people.
func (InviteSecret) String() string { return "[redacted]" }

// GoString keeps the secret out of logs.
func (InviteSecret) GoString() string { return "[redacted]" }

// IsZero reports whether there is no secret.
func (s InviteSecret) IsZero() bool { return s == InviteSecret{} }

// Link is what one person hands another: where a server is, which identity it
// must prove, and for an invite the secret that admits a new account.
//
// Text form:
//
//	hearth://HOST:PORT/join?f=FINGERPRINT&b=1[&a=HOST:PORT]…#SECRET   an invite
//	hearth://HOST:PORT/?f=FINGERPRINT&b=1[&a=HOST:PORT]…              a server
//
// b=0 instead of b=1 stands for a server behind a proxy that ends TLS.
//
// The secret stands in the fragment so that link previews and proxies that fetch
// the address never send it.
type Link struct {
	// Addresses are host:port pairs to try in order; at least one.
	Addresses []string
	// Server is the pinned fingerprint; zero only in a bare address typed by hand.
	Server ServerID
	// Bound promises that logins are bound to the TLS connection; a client that
	// holds a bound link refuses a server that is not. Only b=0 says that they may
	// not be, because a proxy in between ends TLS: what is lost from a link must not
	// take anything from whoever follows it.
	Bound bool
	// Secret admits a new account; zero in a server link.
	Secret InviteSecret
}

// ErrBadLink reports text that is not a link of ours; the wrapped text says why.
var ErrBadLink = errors.New("not a Hearth link")

// IsInvite reports whether the link admits a new account.
func (l Link) IsInvite() bool { return !l.Secret.IsZero() }

// WithoutSecret returns the server link of an invite.
func (l Link) WithoutSecret() Link {
	l.Secret = InviteSecret{}
	return l
}

// String returns the text form. For an invite it contains the secret.
func (l Link) String() string {
	if len(l.Addresses) == 0 {
		return ""
	}
	var b strings.Builder
	// The zone of an IPv6 address is the one part that needs escaping (RFC 6874).
	b.WriteString(Scheme + "://" + strings.ReplaceAll(l.Addresses[0], "%", "%25") + "/")
	if l.IsInvite() {
		b.WriteString("join")
	}
	sep := byte('?')
	add := func(key, value string) {
		b.WriteByte(sep)
		b.WriteString(key + "=" + value)
		sep = '&'
	}
	if !l.Server.IsZero() {
		add("f", l.Server.String())
	}
	if l.Bound {
		add("b", "1")
	} else {
		add("b", "0")
	}
	for _, a := range l.Addresses[1:] {
		add("a", url.QueryEscape(a))
	}
	if l.IsInvite() {
		b.WriteString("#" + idText.EncodeToString(l.Secret[:]))
	}
	return b.String()
}

// maxLinkBytes bounds what ParseLink looks at.
const maxLinkBytes = 4096

// maxLinkAddresses bounds the addresses a link may carry.
const maxLinkAddresses = 16

// ParseLink reads an invite or server link as people paste it: surrounding quotes and
// angle brackets are forgiven, and space also within it, where mail programs break lines
// (RFC 3986, appendix C); anything else is not.
func ParseLink(text string) (Link, error) {
	text = strings.Trim(strings.Join(strings.Fields(text), ""), "<>\"'`")
	if len(text) > maxLinkBytes {
		return Link{}, fmt.Errorf("%w: longer than %d characters", ErrBadLink, maxLinkBytes)
	}
	u, err := url.Parse(text)
	if err != nil || !strings.EqualFold(u.Scheme, Scheme) {
		return Link{}, fmt.Errorf("%w: it must begin with %s://", ErrBadLink, Scheme)
	}
	if u.User != nil || (u.Path != "/join" && u.Path != "/" && u.Path != "") {
		return Link{}, fmt.Errorf("%w: unexpected part %q", ErrBadLink, u.Path)
	}
	return linkFromURL(u)
}

func linkFromURL(u *url.URL) (Link, error) {
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Link{}, fmt.Errorf("%w: damaged after the question mark", ErrBadLink)
	}
	bound := q.Get("b")
	if bound != "" && bound != "0" && bound != "1" {
		return Link{}, fmt.Errorf("%w: damaged at b=", ErrBadLink)
	}
	l := Link{Bound: bound != "0"}
	for _, a := range append([]string{u.Host}, q["a"]...) {
		addr, err := ParseAddress(a)
		if err != nil {
			return Link{}, fmt.Errorf("%w: %w", ErrBadLink, err)
		}
		l.Addresses = append(l.Addresses, addr)
	}
	if len(l.Addresses) > maxLinkAddresses {
		return Link{}, fmt.Errorf("%w: more than %d addresses", ErrBadLink, maxLinkAddresses)
	}
	if err := l.Server.UnmarshalText([]byte(strings.ToLower(q.Get("f")))); err != nil || l.Server.IsZero() {
		return Link{}, fmt.Errorf("%w: the fingerprint (f=) is missing or cut off", ErrBadLink)
	}
	if u.Path != "/join" {
		return l, nil
	}
	if err := decodeID(l.Secret[:], []byte(strings.ToLower(u.Fragment))); err != nil || l.Secret.IsZero() {
		return Link{}, fmt.Errorf("%w: the end of the invite is missing or cut off", ErrBadLink)
	}
	return l, nil
}

// LooksLikeLink reports whether a text begins as links do, however it goes on.
func LooksLikeLink(text string) bool {
	text = strings.TrimLeft(text, " \t\r\n<\"'`")
	return len(text) >= len(Scheme)+1 && strings.EqualFold(text[:len(Scheme)+1], Scheme+":")
}

// ErrBadAddress reports text that is not host or host:port.
var ErrBadAddress = errors.New("not a server address")

// ParseAddress checks host[:port] and adds DefaultPort where no port is named.
func ParseAddress(text string) (string, error) {
	text = strings.TrimSpace(text)
	if i := strings.Index(text, "://"); i >= 0 {
		return "", fmt.Errorf("%w: %q: leave out %q", ErrBadAddress, text, text[:i+len("://")])
	}
	if strings.ContainsFunc(text, unicode.IsSpace) {
		return "", fmt.Errorf("%w: %q has blanks in it", ErrBadAddress, text)
	}
	bare := text
	if inner, ok := strings.CutPrefix(text, "["); ok {
		if inner, ok := strings.CutSuffix(inner, "]"); ok {
			bare = inner
		}
	}
	if ip, err := netip.ParseAddr(bare); err == nil && validHost(bare) {
		return net.JoinHostPort(ip.String(), strconv.Itoa(DefaultPort)), nil
	}
	host, port := text, strconv.Itoa(DefaultPort)
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		var err error
		if host, port, err = net.SplitHostPort(text); err != nil {
			return "", fmt.Errorf("%w: %q", ErrBadAddress, text)
		}
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", fmt.Errorf("%w: port %q is not a number from 1 to 65535", ErrBadAddress, port)
	}
	if !validHost(host) {
		return "", fmt.Errorf("%w: host %q", ErrBadAddress, host)
	}
	return net.JoinHostPort(host, strconv.FormatUint(n, 10)), nil
}

func validHost(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Zone() == "" || plain(ip.Zone())
	}
	return host != "" && len(host) <= 253 && plain(host)
}

// plain reports whether a name has only characters that mean nothing in a URL.
func plain(name string) bool {
	for _, r := range name {
		ok := r == '-' || r == '.' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !ok {
			return false
		}
	}
	return true
}
