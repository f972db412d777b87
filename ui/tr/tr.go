// Package tr holds the words of the window in the languages it speaks. It owns
// the choice of language and the forms of plurals, times and dates; it must never
// hold words itself (they are in assets/translation) and never translate what
// people wrote.
//
// The language may change while the program runs; the window is built anew then.
// [Use] belongs to the UI goroutine; looking words up is safe from any.
package tr

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jeandeaual/go-locale"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"hearth/assets"
)

// Language is one the window speaks.
type Language struct {
	Code string // of the settings and of the file
	Name string // in that language itself
}

// Languages lists what the window speaks, the fallback first.
var Languages = []Language{{"en", "English"}, {"zh", "简体中文"}, {"mt", "Malti"}}

// System is the code that means the language of the desktop.
const System = "system"

// Key names a text whose words depend on a code of the core; tables of keys are
// checked by a test like the literals given to S, F and N.
type Key string

// speech is one language in use: immutable but for its cache.
type speech struct {
	code    string
	local   *i18n.Localizer
	plain   sync.Map          // id → text of those without placeholders
	counted sync.Map          // count → text
	split   map[Key][]segment // texts that depend on no number, cut at their placeholders
}

var (
	loadOnce sync.Once
	loaded   map[string]*speech
	current  atomic.Pointer[speech]
)

func load() {
	loaded = map[string]*speech{}
	for _, l := range Languages {
		tag := language.MustParse(l.Code)
		bundle := i18n.NewBundle(tag)
		bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
		if _, err := bundle.LoadMessageFileFS(assets.Translations, "translation/"+l.Code+".json"); err != nil {
			// The files are part of the program; a test reads them all.
			panic(fmt.Sprintf("translation %s: %v", l.Code, err))
		}
		loaded[l.Code] = &speech{code: l.Code, local: i18n.NewLocalizer(bundle, l.Code), split: splitAll(l.Code)}
	}
}

// Use chooses the language by code; System, "" and unknown codes mean that of
// the desktop.
func Use(code string) {
	loadOnce.Do(load)
	s := loaded[code]
	if s == nil {
		s = loaded[systemLanguage()]
	}
	current.Store(s)
}

// Lang returns the code of the language in use.
func Lang() string { return now().code }

func now() *speech {
	if s := current.Load(); s != nil {
		return s
	}
	Use(System)
	return current.Load()
}

// systemLanguage finds the first language of the desktop that we speak.
func systemLanguage() string {
	locales, err := locale.GetLocales()
	if err != nil {
		return Languages[0].Code
	}
	return match(locales)
}

// match returns our code for the first locale ("zh_CN", "mt-MT") we speak.
// Traditional Chinese readers are better served by our Chinese than by English.
func match(locales []string) string {
	for _, l := range locales {
		base, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(l, "_", "-")), "-")
		for _, have := range Languages {
			if have.Code == base {
				return have.Code
			}
		}
	}
	return Languages[0].Code
}

// S returns a text without placeholders.
func S(id Key) string {
	s := now()
	if t, ok := s.plain.Load(id); ok {
		return t.(string)
	}
	t := s.text(&i18n.LocalizeConfig{MessageID: string(id)})
	s.plain.Store(id, t)
	return t
}

// F returns a text with placeholders: pairs are name, value, name, value.
func F(id Key, pairs ...any) string {
	s := now()
	if parts, ok := s.split[id]; ok {
		return join(parts, pairs)
	}
	return s.text(&i18n.LocalizeConfig{MessageID: string(id), TemplateData: data(pairs)})
}

// N returns the form of a text for a number, which the text names {{.N}}.
func N(id Key, n int, pairs ...any) string {
	s := now()
	short := len(pairs) == 0 && n >= 0 && n < mostCounted
	if t, ok := s.counted.Load(count{id, n}); ok && short {
		return t.(string)
	}
	d := data(pairs)
	d["N"] = n
	t := s.text(&i18n.LocalizeConfig{MessageID: string(id), TemplateData: d, PluralCount: n})
	if short {
		s.counted.Store(count{id, n}, t)
	}
	return t
}

// mostCounted bounds for which numbers texts are kept: those that stand in lists.
const mostCounted = 200

// count names a text about a number and nothing else.
type count struct {
	id Key
	n  int
}

func data(pairs []any) map[string]any {
	d := make(map[string]any, len(pairs)/2+1)
	for i := 0; i+1 < len(pairs); i += 2 {
		d[pairs[i].(string)] = pairs[i+1]
	}
	return d
}

// text never fails: a missing text, which a test excludes, shows its key.
func (s *speech) text(c *i18n.LocalizeConfig) string {
	t, err := s.local.Localize(c)
	if err != nil && t == "" {
		return c.MessageID
	}
	return t
}
