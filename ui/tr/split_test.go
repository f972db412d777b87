package tr

import (
	"testing"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// TestSplit fills in every text in both ways.
func TestSplit(t *testing.T) {
	defer Use(Lang())
	for _, l := range Languages {
		Use(l.Code)
		s := now()
		if len(s.split) < 500 {
			t.Fatalf("%s: only %d texts are split", l.Code, len(s.split))
		}
		for id, parts := range s.split {
			var pairs []any
			for i, p := range parts {
				if p.name != "" {
					pairs = append(pairs, p.name, []any{"<b>{{.N}} ü", 12, Key("key")}[i%3])
				}
			}
			want := s.text(&i18n.LocalizeConfig{MessageID: string(id), TemplateData: data(pairs)})
			if len(pairs) > 2 && pairs[0] == pairs[2] {
				pairs = pairs[2:] // a name that stands twice: the map keeps the last value
			}
			if got := join(parts, pairs); got != want {
				t.Errorf("%s %s: %q, want %q", l.Code, id, got, want)
			}
		}
	}
}
