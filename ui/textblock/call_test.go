package textblock

import (
	"testing"

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
