package look

import (
	"slices"
	"strings"
	"unicode"

	"hearth/internal/bidi"
	"hearth/ui/emojiart"
)

// LineRuns splits one line into the runs that stand beside each other, from left to
// right: by direction of writing, then by script.
func LineRuns(s string) []Run {
	if bidi.Simple(s) {
		return Runs(s)
	}
	parts := bidi.Runs(s, bidi.Auto)
	bidi.Visual(parts)
	var runs []Run
	for _, p := range parts {
		runs = append(runs, PartRuns(s[p.Start:p.End], p.RTL())...)
	}
	return runs
}

// PartRuns splits a stretch of one direction into its runs, from left to right.
func PartRuns(s string, rtl bool) []Run {
	if bidi.Simple(s) && !rtl {
		return Runs(s)
	}
	s = bidi.Strip(s)
	if s == "" {
		return nil
	}
	runs := Runs(s)
	if !rtl {
		return runs
	}
	var out []Run
	for _, r := range runs {
		if r.Script == Emoji {
			list := emojiart.Split(r.Text)
			slices.Reverse(list)
			out = append(out, Run{Text: strings.Join(list, ""), Script: Emoji})
			continue
		}
		out = words(out, r)
	}
	slices.Reverse(out)
	return out
}

// words splits a run that goes from right to left by the fonts its letters come from,
// and appends the parts in the order of writing. The toolkit would split it too, and put
// the parts from left to right.
func words(dst []Run, r Run) []Run {
	text := strings.TrimLeft(r.Text, " ")
	if n := len(r.Text) - len(text); n > 0 { // which the toolkit would put at the other end
		dst = append(dst, Run{Text: r.Text[:n]})
	}
	start, current, found := 0, r.Script, false
	add := func(end int) {
		if start < end {
			word := text[start:end]
			if !bidi.RTL(word) {
				word = bidi.Mark + word // or signs alone would be taken for Latin ones
			}
			dst = append(dst, Run{Text: word, Script: current})
		}
		start = end
	}
	for i, c := range text {
		script := r.Script
		switch {
		case c == ' ' || unicode.Is(unicode.Mn, c):
			continue // stay with what they are beside
		case unicode.Is(unicode.Hebrew, c):
			script = Hebrew
		case unicode.Is(unicode.Arabic, c):
			script = Arabic
		}
		if found && script != current {
			add(i)
		}
		current, found = script, true
	}
	add(len(text))
	return dst
}
