package tr

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"hearth/assets"
)

// segment is words, and the name of the placeholder behind them; "" none.
type segment struct{ words, name string }

// braces are around the only kind of placeholder that our texts use.
var braces = regexp.MustCompile(`\{\{\.([A-Za-z]+)\}\}`)

// splitAll cuts the texts of a language that depend on no number. To fill them in is
// most of what a line of a list costs where a template is run for each.
func splitAll(code string) map[Key][]segment {
	data, err := assets.Translations.ReadFile("translation/" + code + ".json")
	if err != nil {
		panic(fmt.Sprintf("translation %s: %v", code, err)) // part of the program
	}
	var all map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		panic(fmt.Sprintf("translation %s: %v", code, err))
	}
	out := map[Key][]segment{}
	for id, v := range all {
		text, ok := v.(string)
		if !ok { // forms for numbers
			continue
		}
		if strings.Contains(braces.ReplaceAllString(text, ""), "{{") {
			continue
		}
		out[Key(id)] = split(text)
	}
	return out
}

func split(text string) (parts []segment) {
	at := 0
	for _, m := range braces.FindAllStringSubmatchIndex(text, -1) {
		parts = append(parts, segment{text[at:m[0]], text[m[2]:m[3]]})
		at = m[1]
	}
	return append(parts, segment{words: text[at:]})
}

// join puts values in place of the names.
func join(parts []segment, pairs []any) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.words)
		if p.name == "" {
			continue
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == p.name {
				fmt.Fprint(&b, pairs[i+1])
				break
			}
		}
	}
	return b.String()
}
