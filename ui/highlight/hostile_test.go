package highlight

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/chroma/v2"
)

// hostile is a grammar with every fault that real ones may have: an expression that
// tries exponentially many ways, a circle that takes no character, one that goes
// deeper without end, and a state that does not exist.
func hostile(t *testing.T) *chroma.RegexLexer {
	t.Helper()
	return chroma.MustNewLexer(&chroma.Config{Name: "hostile"}, func() chroma.Rules {
		return bounded(chroma.Rules{
			"root": {
				{Pattern: `(a|aa)+b`, Type: chroma.Keyword},
				{Pattern: `\s+`, Type: chroma.Text},
				{Pattern: `(?=c)`, Mutator: chroma.Push("circle")},
				{Pattern: `(?=d)`, Mutator: chroma.Push("root")},
				{Pattern: `e`, Type: chroma.Text, Mutator: chroma.Push("nowhere")},
				{Pattern: `f`, Type: chroma.Text, Mutator: chroma.Pop(9)},
			},
			"circle": {{Pattern: ``, Mutator: chroma.Pop(1)}},
		})
	})
}

// TestHostileGrammar: all of it ends, and is refused instead of shown in part. Without
// the bounds, three of the five never do, and two take the program down.
func TestHostileGrammar(t *testing.T) {
	lexer := hostile(t)
	for _, code := range []string{"c", "d", "e e", "f"} {
		if spans, err := take(t.Context(), lexer, code, patient); !errors.Is(err, ErrBounds) || spans != nil {
			t.Errorf("%q: %d parts, %v", code, len(spans), err)
		}
	}
	// Each place costs as much as one match may; together as much as all may.
	start := time.Now()
	if _, err := take(t.Context(), lexer, strings.Repeat("a", 4000), 5*matchTime); !errors.Is(err, ErrBounds) {
		t.Errorf("exponential: %v after %v", err, time.Since(start))
	}
	for _, list := range compiled(t, lexer) {
		for _, r := range list {
			if r.Regexp != nil && r.Regexp.MatchTimeout != matchTime {
				t.Errorf("%q may take %v", r.Pattern, r.Regexp.MatchTimeout)
			}
		}
	}
}

// compiled returns the rules of a grammar as they run.
func compiled(t *testing.T, l *chroma.RegexLexer) (rules chroma.CompiledRules) {
	t.Helper()
	raw, err := l.Rules()
	if err != nil {
		t.Fatal(err)
	}
	look := chroma.MustNewLexer(&chroma.Config{Name: "look"}, func() chroma.Rules {
		raw = raw.Clone()
		raw[boundsState] = []chroma.Rule{{Pattern: `(?!)`, Mutator: &timed{}}}
		raw["root"] = append([]chroma.Rule{{Pattern: `x`, Type: chroma.Text, Mutator: chroma.MutatorFunc(func(s *chroma.LexerState) error {
			rules = s.Rules
			return nil
		})}}, raw["root"]...)
		return raw
	})
	if _, err := take(t.Context(), look, "x", patient); err != nil || rules == nil {
		t.Fatalf("%d states, %v", len(rules), err)
	}
	return rules
}

// TestHostileCode: a string of Go that is not closed and full of backslashes can be
// read in exponentially many ways; so can others.
func TestHostileCode(t *testing.T) {
	for language, code := range map[string]string{
		"go":     "x := \"" + strings.Repeat(`\`, 8000),
		"python": strings.Repeat("(", 8000),
		"html":   strings.Repeat("<a ", 8000),
		"c":      strings.Repeat("/*", 8000),
		"bash":   strings.Repeat("$(", 8000),
		"yaml":   strings.Repeat("- ", 8000),
		"php":    strings.Repeat("{$", 8000),
	} {
		start := time.Now()
		_, err := Find(t.Context(), language, code)
		if err != nil && !errors.Is(err, ErrBounds) {
			t.Errorf("%s: %v", language, err)
		}
		// A second for the bound of the whole, the last place, and the machine; what has
		// no bounds takes longer than anybody lives.
		if d := time.Since(start); d > patient {
			t.Errorf("%s took %v", language, d)
		}
	}
}
