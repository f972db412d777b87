package textblock

import (
	"testing"

	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"
)

func TestFindCalls(t *testing.T) {
	list := []Called{{Name: "ana"}, {Name: "room", Me: true}, {Name: "李伟"}, {Name: "jo.b"}}
	for raw, want := range map[string][]string{
		"@ana, look":               {"@ana"},
		"hi @Ana.":                 {"@Ana"},
		"@anabel and mail@ana":     nil,
		"`@ana` @room!":            {"@room!me"},
		"**@ana** (@jo.b)":         {"@ana", "@jo.b"},
		"```\n@ana\n```":           nil,
		"https://example.org/@ana": nil,
		"你好@李伟你好":                  {"@李伟"},
		"ครับ@ana":                 {"@ana"},
		"@anaครับ":                 {"@ana"},
		"@anaé é@ana":              nil,
		"@@ana @":                  {"@ana"},
		"@nobody":                  nil,
	} {
		text := ParseMarkup(raw)
		text.FindCalls(list)
		var got []string
		for _, c := range text.Calls {
			s := text.Plain[c.Start:c.End]
			if c.Me {
				s += "!me"
			}
			got = append(got, s)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q: %s", raw, d)
		}
	}
}

// TestFindWords: keywords are marked where they stand in what is read, in order with the
// calls; within code, addresses and calls they are not.
func TestFindWords(t *testing.T) {
	test.NewTempApp(t)
	for raw, want := range map[string][]string{
		"the Bees and beeswax":                  {"Bees"},
		"**bees** @bees, `bees` bees":           {"bees", "@bees", "bees"},
		"```\nbees\n``` https://bees.org/bees.": nil,
		"two\nwords, two words":                 {"two words"},
		"蜜蜂@ana蜜蜂":                              {"蜜蜂", "@ana", "蜜蜂"},
		"נחלים וגם bees":                        {"bees"},
	} {
		text := ParseMarkup(raw)
		text.FindCalls([]Called{{Name: "ana"}, {Name: "bees"}})
		text.FindWords([]string{"bees", "蜜蜂", "two words"})
		var got []string
		for _, c := range text.Calls {
			got = append(got, text.Plain[c.Start:c.End])
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q: %s", raw, d)
		}
		text.Wrap(120, font)
	}
}
