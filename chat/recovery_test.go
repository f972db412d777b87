package chat

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func recoverySecret() *rapid.Generator[RecoverySecret] {
	return rapid.Custom(func(t *rapid.T) RecoverySecret {
		return RecoverySecret(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "secret"))
	})
}

// TestRecoverySheet fixes the spelling: keys that are printed must be read for ever.
func TestRecoverySheet(t *testing.T) {
	var s RecoverySecret
	for i := range s {
		s[i] = byte(i * 17)
	}
	const sheet = "008J1-4CT40-ANK7F-F24S8-NAXWT-SQFEV-ZWCS4"
	if got := s.Sheet(); got != sheet {
		t.Errorf("%s", got)
	}
	for _, text := range []string{sheet, strings.ToLower(sheet), strings.ReplaceAll(sheet, "-", ""), " " + strings.ReplaceAll(sheet, "-", " – \n") + "\u200b", "recovery-key: " + sheet + "\n", "Recovery-Key:" + sheet} {
		if got, err := ParseRecovery(text); err != nil || got != s {
			t.Errorf("%q: %v", text, err)
		}
	}
	if public := fmt.Sprintf("%x", s.Key().Public()); public != "f363792240b16e022ad4132178d9152e75ee38814db2652efc3cd151b1a089e7" {
		t.Errorf("public key %s", public)
	}
	if text := fmt.Sprintf("%v %s %#v %v", s, s, s, slog.AnyValue(s)); strings.Count(text, "[redacted]") != 4 {
		t.Errorf("printed as %s", text)
	}
}

// TestRecoveryRoundTrip: what was written is read, however it was typed.
func TestRecoveryRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := recoverySecret().Draw(t, "secret")
		var typed strings.Builder
		for _, r := range s.Sheet() {
			switch {
			case r == '0' && rapid.Bool().Draw(t, "O"):
				r = 'o'
			case r == '1':
				r = rapid.SampledFrom([]rune("1IilL")).Draw(t, "I")
			case r >= 'A' && r <= 'Z' && rapid.Bool().Draw(t, "lower"):
				r += 'a' - 'A'
			case r != '-' && rapid.IntRange(0, 9).Draw(t, "wide") == 0:
				r += '！' - '!'
			}
			typed.WriteRune(r)
			typed.WriteString(rapid.SampledFrom([]string{"", "", " ", "-", "\t", " — "}).Draw(t, "between"))
		}
		if got, err := ParseRecovery(typed.String()); err != nil || got != s {
			t.Fatalf("%q: %v", typed.String(), err)
		}
	})
}

// TestRecoveryMistakes: one wrong character, and two of a part that changed places, are
// always noticed, and the part is named; so are parts that changed places.
func TestRecoveryMistakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := recoverySecret().Draw(t, "secret")
		parts := strings.Split(s.Sheet(), "-")
		n := rapid.IntRange(0, RecoveryParts-1).Draw(t, "part")
		typed := []byte(parts[n])
		i := rapid.IntRange(0, recoveryPart-1).Draw(t, "place")
		switch what := rapid.SampledFrom([]string{"wrong", "swapped", "elsewhere"}).Draw(t, "what"); what {
		case "wrong":
			typed[i] = recoveryDigit[rapid.IntRange(0, 31).Draw(t, "digit")]
			parts[n] = string(typed)
		case "swapped":
			j := rapid.IntRange(0, recoveryPart-1).Draw(t, "other place")
			typed[i], typed[j] = typed[j], typed[i]
			parts[n] = string(typed)
		case "elsewhere":
			m := rapid.IntRange(0, RecoveryParts-1).Draw(t, "other part")
			parts[n], parts[m] = parts[m], parts[n]
			n = min(n, m)
		}
		text := strings.Join(parts, "-")
		got, err := ParseRecovery(text)
		if text == s.Sheet() {
			if err != nil || got != s {
				t.Fatalf("unchanged: %v", err)
			}
			return
		}
		var e *RecoveryError
		if !errors.As(err, &e) || e.Fault != RecoveryPart || e.Part != n+1 {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

// TestRecoveryFaults: what is said of what is no key.
func TestRecoveryFaults(t *testing.T) {
	sheet := RecoverySecret{}.Sheet()
	other := RecoverySecret{0: 1}.Sheet()
	for _, c := range []struct {
		text string
		want RecoveryError
	}{
		{"", RecoveryError{Fault: RecoveryShort, Part: 1}},
		{sheet[:20], RecoveryError{Fault: RecoveryShort, Part: 4, Count: 17}},
		{sheet + "0", RecoveryError{Fault: RecoveryLong, Part: 7, Count: 36}},
		{strings.Repeat("A", 1<<20), RecoveryError{Fault: RecoveryLong, Part: 7, Count: 1 << 20}},
		{sheet[:8] + "u" + sheet[9:], RecoveryError{Fault: RecoveryCharacter, Part: 2, Character: 'u'}},
		{"hearth://", RecoveryError{Fault: RecoveryCharacter, Part: 2, Character: ':'}},
		{other[:6] + sheet[6:], RecoveryError{Fault: RecoveryWhole}},
	} {
		_, err := ParseRecovery(c.text)
		var e *RecoveryError
		if !errors.As(err, &e) || *e != c.want {
			t.Errorf("%.40q: %+v, want %+v", c.text, err, c.want)
			continue
		}
		if len(c.text) > 5 && strings.Contains(e.Error(), c.text) {
			t.Errorf("the error repeats what was typed: %v", e)
		}
	}
}

// FuzzParseRecovery: whatever is pasted is a key that reads back, or an error that
// repeats nothing of it but one character.
func FuzzParseRecovery(f *testing.F) {
	f.Add(RecoverySecret{1, 2, 3}.Sheet())
	f.Add(strings.ToLower(RecoverySecret{}.Sheet()) + "\n")
	f.Add("ＯＯ8ｊ1-l")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseRecovery(text)
		if err == nil {
			if again, err := ParseRecovery(s.Sheet()); err != nil || again != s {
				t.Fatalf("%q is %q", text, s.Sheet())
			}
			return
		}
		var e *RecoveryError
		if !errors.As(err, &e) || e.Part < 0 || e.Part > RecoveryParts || e.Part == 0 != (e.Fault == RecoveryWhole) {
			t.Fatalf("%q: %+v", text, err)
		}
	})
}
