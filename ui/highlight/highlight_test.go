package highlight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hearth/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m, testkit.Clock()) }

// patient is enough for ordinary code on a machine that does other things, too.
const patient = time.Minute

func parts(t *testing.T, language, code string) (list []string) {
	t.Helper()
	spans, err := find(t.Context(), fileOf(language), code, patient)
	if err != nil {
		t.Fatalf("%s: %v", language, err)
	}
	for _, s := range spans {
		list = append(list, fmt.Sprintf("%d:%s", s.Kind, code[s.Start:s.End]))
	}
	return list
}

func TestParts(t *testing.T) {
	for _, x := range []struct {
		language, code string
		want           []string
	}{
		{"go", "// Hello\nfunc main() { return 42, \"ħi\" }", []string{"1:// Hello", "2:func", "3:main", "2:return", "5:42", "4:\"ħi\""}},
		{"Go", "x := `a\nb`", []string{"4:`a\nb`"}},
		{"python", "def f(x):\n    return None # no", []string{"2:def", "3:f", "2:return", "5:None", "1:# no"}},
		{"sh", "echo $HOME", []string{"3:echo", "6:$HOME"}},
		{"json", `{"a": [1, true]}`, []string{`3:"a"`, "5:1", "5:true"}},
		{"diff", "-old\n+new\n same", []string{"8:-old\n", "7:+new\n"}},
		{"sql", "SELECT 1", []string{"2:SELECT", "5:1"}},
		{"html", "<b class=\"x\">hi</b><script>let a = 1</script>", nil},
		{"c++", "int main() {}", nil},
		{"YAML", "a: 1", nil},
	} {
		got := parts(t, x.language, x.code)
		if x.want != nil && !cmp.Equal(got, x.want) {
			t.Errorf("%s: %s", x.language, cmp.Diff(x.want, got))
		}
		if len(got) == 0 {
			t.Errorf("%s: %q has no parts", x.language, x.code)
		}
	}
}

// TestEveryGrammar: each opens, bounds itself, and keeps the places of a code that
// has a bit of everything.
func TestEveryGrammar(t *testing.T) {
	code := "// a # b -- c\nif (x == 1) { return \"ħ€😀\" } else <b a='1'>\n  def f(): 'x\\n' @q $v 0x1F /* y */\n[section]\nkey = value; \\cmd{z} %w\n"
	for _, file := range slices.Compact(slices.Sorted(values(files))) {
		spans, err := find(t.Context(), file, code, patient)
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		checkSpans(t, file, code, spans)
		l, err := open(file)
		if err != nil {
			t.Fatal(err)
		}
		rules, err := l.Rules()
		if err != nil || len(rules) < 2 {
			t.Errorf("%s: %d states, %v", file, len(rules), err)
		}
	}
}

func values(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, v := range m {
			if !yield(v) {
				return
			}
		}
	}
}

func checkSpans(t interface{ Errorf(string, ...any) }, language, code string, spans []Span) {
	at := 0
	for _, s := range spans {
		if s.Start < at || s.End <= s.Start || s.End > len(code) || s.Kind == Plain || s.Kind >= Kinds {
			t.Errorf("%s: span %+v after %d in %q", language, s, at, code)
			return
		}
		at = s.End
	}
}

// TestAnyCode: whatever people write is taken apart in order or refused.
func TestAnyCode(t *testing.T) {
	languages := []string{"go", "python", "bash", "html", "js", "rust", "c", "php", "yaml", "diff", "lua", "perl", "xml"}
	rapid.Check(t, func(t *rapid.T) {
		language := rapid.SampledFrom(languages).Draw(t, "language")
		code := rapid.StringOfN(rapid.RuneFrom([]rune("ab1 \n\t\"'`<>/*#$@{}()[]\\=-+%&|;:.,ħ中😀")), 0, 60, -1).Draw(t, "code")
		spans, err := find(t.Context(), fileOf(language), code, patient)
		if err != nil && !errors.Is(err, ErrBounds) {
			t.Fatalf("%v", err)
		}
		checkSpans(t, language, code, spans)
	})
}

func TestNoColours(t *testing.T) {
	for _, language := range []string{"", "klingon", "../go", "go.xml", "plain text"} {
		if Known(language) {
			t.Errorf("%q is known", language)
		}
		if _, err := Find(t.Context(), language, "x"); !errors.Is(err, ErrUnknown) {
			t.Errorf("%q: %v", language, err)
		}
	}
	if _, err := Find(t.Context(), "go", strings.Repeat("x", MaxCode+1)); !errors.Is(err, ErrBounds) {
		t.Errorf("long code: %v", err)
	}
	if _, err := Find(t.Context(), "go", "a\xffb"); !errors.Is(err, ErrBounds) {
		t.Errorf("no text: %v", err)
	}
	if _, err := find(t.Context(), fileOf("go"), strings.Repeat("1,", maxSpans+10), patient); !errors.Is(err, ErrBounds) {
		t.Errorf("many parts: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Find(ctx, "go", "x := 1"); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}
