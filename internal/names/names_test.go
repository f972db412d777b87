package names

import (
	"errors"
	"testing"
)

func TestNormalize(t *testing.T) {
	good := map[string]string{
		"Ana": "ana", "  bob ": "bob", "Żeża": "żeża", "李伟": "李伟", "a.b-c_d": "a.b-c_d", "ｆｕｌｌ": "full",
		"user42": "user42", "たろう太郎": "たろう太郎", "дмитрий": "дмитрий",
	}
	for in, want := range good {
		if got, err := Normalize(in); err != nil || got != want {
			t.Errorf("Normalize(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	bad := []string{
		"", "a", "a b", ".ana", "ana.", "-x-", "аna" /* Cyrillic а */, "a\u200bb", "ana\u202e", "😀😀", "a/b", "x@y",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a\x00b", "ﬁne!", "a\nb",
	}
	for _, in := range bad {
		if got, err := Normalize(in); !errors.Is(err, ErrBad) {
			t.Errorf("Normalize(%q) = %q, %v; want a refusal", in, got, err)
		}
	}
}

func TestSuggest(t *testing.T) {
	for in, want := range map[string]string{"Ana Borg": "ana", "李伟 Li Wei": "李伟", "😀": "member", "": "member", "O'Neil": "member", "Żeża": "żeża"} {
		if got := Suggest(in); got != want {
			t.Errorf("Suggest(%q) = %q, want %q", in, got, want)
		}
	}
}
