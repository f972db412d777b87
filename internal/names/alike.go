package names

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// lookalikes maps lower-case letters and digits to the Latin letter that people
// take them for. It is the part of Unicode Technical Standard 39, section 4
// (confusables.txt), that login names can hold: they are lower case already
// (Normalize) and of one script each. Letters with marks are told apart by their
// marks and are not in it.
var lookalikes = map[rune]rune{
	// Latin
	'ı': 'i', 'ȷ': 'j', 'ɑ': 'a', 'ɡ': 'g', 'ɩ': 'i', 'ʋ': 'u', 'ſ': 'f', 'ƅ': 'b', 'ƽ': 's',
	// digits
	'0': 'o', '1': 'l',
	// Cyrillic
	'а': 'a', 'е': 'e', 'о': 'o', 'р': 'p', 'с': 'c', 'у': 'y', 'х': 'x', 'ѕ': 's', 'і': 'i', 'ј': 'j', 'һ': 'h',
	'ԁ': 'd', 'ԛ': 'q', 'ԝ': 'w', 'ь': 'b', 'г': 'r', 'ѵ': 'v', 'ӏ': 'l', 'ү': 'y', 'ғ': 'f', 'ᴦ': 'r',
	// Greek
	'α': 'a', 'ο': 'o', 'ρ': 'p', 'ν': 'v', 'ι': 'i', 'γ': 'y', 'σ': 'o', 'ς': 'c', 'υ': 'u', 'κ': 'k', 'χ': 'x', 'ϲ': 'c', 'ϳ': 'j',
	// Armenian
	'օ': 'o', 'ո': 'n', 'ս': 'u', 'հ': 'h', 'զ': 'q', 'ց': 'g', 'յ': 'j', 'ք': 'f', 'ա': 'w', 'լ': 'l',
	// digits of Arabic and Persian, of which most have the same shape
	'۰': '٠', '۱': '١', '۲': '٢', '۳': '٣', '۷': '٧', '۸': '٨', '۹': '٩',
}

// Skeleton returns what a normalised login name has in common with all names that
// look like it: two names with one skeleton must not exist on one server. It is
// for comparing only, never to be shown.
func Skeleton(name string) string {
	var b strings.Builder
	for _, r := range name {
		if l, ok := lookalikes[r]; ok {
			r = l
		}
		b.WriteRune(r)
	}
	return pairs.Replace(b.String())
}

// reserved are the words, in all languages of the window, that stand where names do: for
// oneself, for the server, for who was deleted and for who is not known.
var reserved = func() map[string]bool {
	set := map[string]bool{}
	for _, word := range Words {
		set[Likeness(word)] = true
	}
	return set
}()

// Words are what Reserved goes by.
var Words = []string{
	"You", "The server", "Server", "Deleted account", "Somebody",
	"Int", "Is-server", "Kont imħassar", "Xi ħadd",
	"你", "服务器", "已删除的账户", "某人",
}

// Reserved reports whether a display name of that Likeness could be taken for a word of the
// program's own: who has it is to be shown with their login name.
func Reserved(like string) bool { return reserved[like] }

// pairs of letters that look like one.
var pairs = strings.NewReplacer("rn", "m", "vv", "w")

// Likeness is Skeleton for display names, which are free text: case, width,
// blanks and invisible characters make no difference, and marks stay.
func Likeness(display string) string {
	var b strings.Builder
	for _, r := range norm.NFKC.String(display) {
		switch {
		case r == 'I' || r == '|': // in most letters of screens they are an l
			r = 'l'
		case unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			continue
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return Skeleton(b.String())
}
