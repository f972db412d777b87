package linkguard

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"hearth/chat"
)

// maxURL is the longest link, bytes. Longer ones are data, not addresses.
const maxURL = 2048

// Link is an address that may be opened.
type Link struct {
	// URL is the address to hand to the system: ASCII, normalised, one of our
	// schemes.
	URL string
	// Host is the machine (for mailto: the domain) it leads to, in ASCII, so that
	// letters that only look Latin show as xn--….
	Host string
	// Inside says that it leads to a message of a group and is for the program
	// itself: URL is the text form of a chat.PlaceLink, Host is empty.
	Inside bool
	// Ask is set if what the text shows is not what would be opened; the person
	// must then see Host and agree first.
	Ask bool
}

// Mail reports whether it leads to a mailbox.
func (l Link) Mail() bool { return strings.HasPrefix(l.URL, "mailto:") }

// Address is what a person takes along of it: the address that it leads to, of a mailbox
// without the scheme.
func (l Link) Address() string { return strings.TrimPrefix(l.URL, "mailto:") }

// Span is a link in a text; Start and End are byte offsets.
type Span struct {
	Start, End int
	Link       Link
}

// Find returns the links in a text, in order. The text should have gone through
// CleanText: offsets are those of the argument.
func Find(text string) []Span {
	var found []Span
	scheme, bare := nextScheme(text, 0), nextBare(text, 0)
	for at := 0; scheme >= 0 || bare >= 0; {
		start, isBare := scheme, false
		if scheme < 0 || bare >= 0 && bare < scheme {
			start, isBare = bare, true
		}
		end, l, ok := linkAt(text, start, isBare)
		switch {
		case end-start > maxURL:
			at = end // data; looking for addresses in it would take for ever
		case ok:
			found = append(found, Span{Start: start, End: end, Link: l})
			at = end
		case isBare:
			at = start + len(bareStart)
		default: // step over the scheme only: the rest may hold another address
			at = start + strings.IndexByte(text[start:], ':') + 1
		}
		if scheme >= 0 && scheme < at {
			scheme = nextScheme(text, at)
		}
		if bare >= 0 && bare < at {
			bare = nextBare(text, at)
		}
	}
	return found
}

// linkAt judges the address that starts at an offset and says where it ends.
func linkAt(text string, start int, isBare bool) (end int, l Link, ok bool) {
	end = start + extent(text[start:])
	if end-start > maxURL {
		return end, Link{}, false
	}
	if isBare {
		end = start + bareExtent(text[start:end])
		l, ok = CheckBare(text[start:end])
	} else {
		l, ok = Check(text[start:end])
	}
	return end, l, ok
}

// nextScheme finds where one of our schemes starts a word, from an offset on; -1
// if nowhere.
func nextScheme(text string, from int) int {
	for i := from; i < len(text); i++ {
		colon := strings.IndexByte(text[i:], ':')
		if colon < 0 {
			return -1
		}
		colon += i
		for _, s := range []string{"https", "http", "mailto", chat.Scheme} {
			start := colon - len(s)
			if start < from || !strings.EqualFold(text[start:colon], s) {
				continue
			}
			before, _ := utf8.DecodeLastRuneInString(text[:start])
			if start > 0 && before < utf8.RuneSelf && (unicode.IsLetter(before) || unicode.IsDigit(before) || strings.ContainsRune("+-.@_/\\:", before)) {
				continue // the tail of another scheme or path
			}
			follows := map[string]string{"mailto": ":", chat.Scheme: ":message/"}[s]
			if follows == "" {
				follows = "://"
			}
			if !strings.HasPrefix(text[colon:], follows) {
				continue
			}
			return start
		}
		i = colon
	}
	return -1
}

// extent is how many bytes of text, which starts with a scheme, belong to the
// address as people write it: punctuation that ends a sentence does not.
func extent(text string) int {
	end := blob(text)
	if end > maxURL {
		return end
	}
	open := [2]int{strings.Count(text[:end], "("), strings.Count(text[:end], "[")}
	shut := [2]int{strings.Count(text[:end], ")"), strings.Count(text[:end], "]")}
	for ; end > 0; end-- {
		last := text[end-1]
		switch {
		case strings.IndexByte(".,;:!?'*_~", last) >= 0:
		case last == ')' && open[0] < shut[0]:
			shut[0]--
		case last == ']' && open[1] < shut[1]:
			shut[1]--
		default:
			return end
		}
	}
	return end
}

// blob is how many bytes there are up to the first character that no address holds. A
// picture that is joined of several is none of it, as its joiners are not.
func blob(text string) int {
	began := 0 // where the character begins that the last code point is a part of
	var last rune
	for i, r := range text {
		if r == zwj && (isPicture(last) || last == variant) {
			return began
		}
		if unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune("<>\"`{}|\\^", r) ||
			strings.ContainsRune("，。；：！？、（）「」『』【】《》〈〉“”‘’«»…", r) {
			return i
		}
		if r != variant && (r < 0x1F3FB || r > 0x1F3FF) { // a colour of skin
			began = i
		}
		last = r
	}
	return len(text)
}

// Check decides about one address as it is written. It reports false for
// everything that must stay plain text.
func Check(raw string) (Link, bool) {
	if raw == "" || len(raw) > maxURL || !utf8.ValidString(raw) {
		return Link{}, false
	}
	for _, r := range raw {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) || hidden(r) || strings.ContainsRune("<>\"`\\", r) {
			return Link{}, false
		}
	}
	scheme, rest, ok := strings.Cut(raw, ":")
	if !ok {
		return Link{}, false
	}
	switch strings.ToLower(scheme) {
	case "http", "https":
		return checkWeb(strings.ToLower(scheme), rest)
	case "mailto":
		return checkMail(rest)
	case chat.Scheme:
		l, err := chat.ParsePlaceLink(raw)
		return Link{URL: l.String(), Inside: true}, err == nil
	}
	return Link{}, false
}

// checkWeb judges what follows "http:" or "https:". The authority is cut out by
// hand first, as a browser would, so that no parser's leniency decides.
func checkWeb(scheme, rest string) (Link, bool) {
	rest, ok := strings.CutPrefix(rest, "//")
	if !ok {
		return Link{}, false
	}
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	if authority == "" || strings.ContainsAny(authority, "@%") {
		return Link{}, false
	}
	written, port := authority, ""
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.HasSuffix(authority, "]") {
		written, port = authority[:i], authority[i+1:]
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || port[0] == '+' {
			return Link{}, false
		}
		port = ":" + port
	}
	host, ok := asciiHost(written)
	if !ok {
		return Link{}, false
	}
	u, err := url.Parse(scheme + "://" + host + port + escape(tail))
	if err != nil || u.User != nil || u.Opaque != "" || u.Host != host+port {
		return Link{}, false
	}
	l := Link{URL: scheme + "://" + host + port + escape(tail), Host: strings.Trim(host, "[]")}
	l.Ask = !strings.EqualFold(written, host)
	return l, true
}

// lookup maps host names as browsers do, and refuses what DNS would.
var lookup = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.Transitional(false), idna.VerifyDNSLength(true))

// asciiHost returns a host in ASCII. Numbers that browsers expand to an address
// (2130706433, 0x7f.1, 017700000001) are refused: people do not see where they
// lead.
func asciiHost(written string) (string, bool) {
	if inner, ok := strings.CutPrefix(written, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		a, err := netip.ParseAddr(inner)
		if !ok || err != nil || !a.Is6() || a.Zone() != "" {
			return "", false
		}
		return "[" + a.String() + "]", true
	}
	host, err := lookup.ToASCII(strings.TrimSuffix(written, "."))
	if err != nil || host == "" {
		return "", false
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if number(last) {
		a, err := netip.ParseAddr(host)
		if err != nil || !a.Is4() {
			return "", false
		}
	}
	return host, true
}

// number reports whether a label is read as a number by browsers.
func number(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

// checkMail judges what follows "mailto:". Header fields are refused: some mail
// programs attach files named there.
func checkMail(rest string) (Link, bool) {
	local, domain, ok := strings.Cut(rest, "@")
	if !ok || local == "" || strings.IndexFunc(local, func(r rune) bool { return !mailRune(r) }) >= 0 {
		return Link{}, false
	}
	host, ok := asciiHost(domain)
	if !ok || !strings.Contains(host, ".") || strings.HasPrefix(host, "[") {
		return Link{}, false
	}
	return Link{URL: "mailto:" + local + "@" + host, Host: host, Ask: !strings.EqualFold(domain, host)}, true
}

func mailRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._+-", r)
}

// escape makes the part after the host plain ASCII without characters that
// shells or openers treat specially. What is escaped already stays.
func escape(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c > ' ' && c < 0x7f && strings.IndexByte("\"'`$|^<>{}\\", c) < 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}
