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

func TestLikeness(t *testing.T) {
	for _, alike := range [][2]string{{"Ann Lee", "Аnn Lее"}, {"Bill", "BiII"}, {"Ann", "ann "}, {"Ann", "A\u200bnn"}, {"Ann", "Ａｎｎ"}, {"Tom", "T0m"}} {
		if Likeness(alike[0]) != Likeness(alike[1]) {
			t.Errorf("%q and %q are told apart", alike[0], alike[1])
		}
	}
	if Likeness("José") == Likeness("Jose") || Likeness("Ann") == Likeness("Anna") {
		t.Error("different names are taken for the same")
	}
}

func TestSkeleton(t *testing.T) {
	for _, alike := range [][]string{
		{"coco", "сосо"}, {"paypal", "paypa1"}, {"bob", "b0b", "вов"}, {"modern", "modem"}, {"alex", "а1ех"}, {"nono", "ոօոօ"}, {"ali٢", "ali۲"},
	} {
		for _, name := range alike[1:] {
			same := Skeleton(alike[0]) == Skeleton(name)
			if want := name != "вов"; same != want { // в does not look like b
				t.Errorf("%q and %q: %v", alike[0], name, same)
			}
		}
	}
	for _, differ := range [][2]string{{"jose", "josé"}, {"ann", "anne"}, {"hanna", "ħanna"}, {"李伟", "李微"}, {"a.b", "a_b"}} {
		if Skeleton(differ[0]) == Skeleton(differ[1]) {
			t.Errorf("%q and %q are taken for the same", differ[0], differ[1])
		}
	}
}
