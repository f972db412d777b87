package emoji

import (
	"strings"
	"unicode"
)

// Tone is a colour of skin.
type Tone int

// Tones. The number is that of the settings, too.
const (
	NoTone      Tone = 0 // yellow, as nobody's skin is
	Light       Tone = 1
	MediumLight Tone = 2
	Medium      Tone = 3
	MediumDark  Tone = 4
	Dark        Tone = 5
)

// handshake has a tone of its own, but is part of a couple holding hands too,
// where only the people have one.
const handshake = '\U0001F91D'

// WithTone returns the emoji in a skin tone. What has no skin stays as it is;
// where there are several people, all get the tone.
func WithTone(s string, t Tone) string {
	base := Base(s)
	e, ok := Find(base)
	if !ok || !e.Toned || t < Light || t > Dark {
		return base
	}
	var out strings.Builder
	alone, toned := Key(e.Text) == string(handshake), false
	for _, r := range e.Text {
		if r == asEmoji && toned {
			continue // the tone says already that it is a picture
		}
		out.WriteRune(r)
		if toned = unicode.Is(toneBases, r) && (r != handshake || alone); toned {
			out.WriteRune(firstTone + rune(t-Light))
		}
	}
	return out.String()
}

// ToneOf returns the skin tone of an emoji, the first if there are several.
func ToneOf(s string) Tone {
	for i, r := range s {
		if isTone(r) && i > 0 {
			return Light + Tone(r-firstTone)
		}
	}
	return NoTone
}

// Base returns the emoji without skin tones, in the form of the table if it is
// there.
func Base(s string) string {
	key := untoned(s)
	if e, ok := table().byKey[key]; ok {
		return e.Text
	}
	if key == Key(s) {
		return s
	}
	return key
}

// couples are emoji with one code point of their own, in the form they take when
// their people have different tones.
var couples = map[string]string{
	"🫱\u200d🫲": "🤝", "👩\u200d🤝\u200d👩": "👭", "👩\u200d🤝\u200d👨": "👫", "👨\u200d🤝\u200d👨": "👬",
	"🧑\u200d❤\u200d🧑": "💑", "🧑\u200d❤\u200d💋\u200d🧑": "💏",
}

// untoned is the key of an emoji without its skin tones. A tone alone is an emoji
// of its own.
func untoned(s string) string {
	s = Key(s)
	if ToneOf(s) == NoTone {
		return s
	}
	s = strings.Map(func(r rune) rune {
		if isTone(r) {
			return -1
		}
		return r
	}, s)
	if one, ok := couples[s]; ok {
		return one
	}
	return s
}
