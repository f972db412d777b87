package emoji

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"hearth/internal/textsearch"
)

//go:generate go run ./generate

// lines is the table as its generator writes it: group, "toned" or nothing, emoji,
// short codes, names, and what it is found by.
//
//go:embed table.tsv
var lines string

// Group is a part of the table, in the order and by the names of Unicode.
type Group string

// Groups.
const (
	Smileys    Group = "Smileys & Emotion"
	People     Group = "People & Body"
	Animals    Group = "Animals & Nature"
	Food       Group = "Food & Drink"
	Travel     Group = "Travel & Places"
	Activities Group = "Activities"
	Objects    Group = "Objects"
	Symbols    Group = "Symbols"
	Flags      Group = "Flags"
	component  Group = "Component" // only with something else
)

// Groups returns all groups in order.
func Groups() []Group {
	return []Group{Smileys, People, Animals, Food, Travel, Activities, Objects, Symbols, Flags}
}

// Entry is an emoji of the table, without a skin tone.
type Entry struct {
	Text  string
	Group Group
	Toned bool     // comes in skin tones
	Codes []string // short codes without colons, the usual one first

	names [3]string // in the order of languages; "" if we know none
	found string    // folded, each name and code after a "#", each other word after a "|"
}

// languages of the names. English has all of them.
var languages = [3]string{"en", "mt", "zh"}

// Name returns what an emoji is called in a language, else in English.
func (e *Entry) Name(language string) string {
	if i := slices.Index(languages[:], language); i > 0 && e.names[i] != "" {
		return e.names[i]
	}
	return e.names[0]
}

// List returns the emoji of a group in order; they must not be changed.
func List(g Group) []*Entry { return table().groups[g] }

// Find returns the entry of an emoji, whatever skin tone it has.
func Find(s string) (*Entry, bool) {
	e, ok := table().byKey[untoned(s)]
	return e, ok
}

// Name returns what an emoji is called, its skin tone included; "" for one that is
// younger than the table.
func Name(s, language string) string {
	e, ok := Find(s)
	if !ok {
		return ""
	}
	name := e.Name(language)
	if t := ToneOf(s); t != NoTone {
		if tone, ok := Find(string(firstTone + rune(t-Light))); ok {
			name += " (" + tone.Name(language) + ")"
		}
	}
	return name
}

// Code returns the usual short code of an emoji without colons, "" if none.
func Code(s string) string {
	if e, ok := Find(s); ok {
		return e.Codes[0]
	}
	return ""
}

// ByCode returns the emoji with a short code, given with or without its colons.
func ByCode(code string) (string, bool) {
	e, ok := table().byCode[strings.ToLower(strings.Trim(code, ":"))]
	if !ok {
		return "", false
	}
	return e.Text, true
}

// Search returns at most so many emoji that have all words of a query in a name or
// short code or among their search words, in any of our languages: first those that
// are called so, then those where it begins a name, then those with it as a search
// word, then the rest. A
// query without words finds nothing.
func Search(query string, most int) []*Entry {
	query = strings.TrimSpace(strings.ReplaceAll(textsearch.Fold(strings.Trim(query, ":")), "_", " "))
	terms := strings.Fields(query)
	if len(terms) == 0 || most <= 0 {
		return nil
	}
	if e, ok := Find(strings.TrimSpace(query)); ok && Is(strings.TrimSpace(query)) {
		return []*Entry{e}
	}
	var found [ranks][]*Entry
	for _, e := range table().all {
		if rank, ok := e.rank(query, terms); ok {
			found[rank] = append(found[rank], e)
		}
	}
	all := slices.Concat(found[:]...)
	return all[:min(most, len(all))]
}

// ranks is how many there are: called so, a name that begins so, a search word,
// words that begin so, all others.
const ranks = 5

// rank says how well an entry answers a query, 0 is best.
func (e *Entry) rank(query string, terms []string) (int, bool) {
	rank := 3
	for _, t := range terms {
		switch {
		case !strings.Contains(e.found, t):
			return 0, false
		case !begins(e.found, t, "#| "):
			rank = 4
		}
	}
	if at := strings.Index(e.found, "#"+query); at >= 0 {
		if whole(e.found, at+1, query) {
			return 0, true
		}
		return 1, true
	}
	if at := strings.Index(e.found, "|"+query); at >= 0 && whole(e.found, at+1, query) {
		return 2, true
	}
	return rank, true
}

// begins reports whether one of these characters stands before a word somewhere.
func begins(s, word, before string) bool {
	for i := range len(before) {
		if strings.Contains(s, before[i:i+1]+word) {
			return true
		}
	}
	return false
}

// whole reports whether nothing more belongs to what stands at a place.
func whole(s string, at int, word string) bool {
	rest := s[at+len(word):]
	return rest == "" || rest[0] == '#' || rest[0] == '|'
}

// Completion is a short code and what it stands for.
type Completion struct{ Code, Emoji string }

// Complete returns at most so many short codes that begin with a prefix, given
// without colons, the shorter first; for typing ":tad" and choosing.
func Complete(prefix string, most int) []Completion {
	prefix = strings.ToLower(prefix)
	var found []Completion
	for _, e := range table().all {
		for _, c := range e.Codes {
			if strings.HasPrefix(c, prefix) {
				found = append(found, Completion{c, e.Text})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Completion) int { return len(a.Code) - len(b.Code) })
	return found[:min(most, len(found))]
}

// tables is the table, parsed.
type tables struct {
	all    []*Entry // without those that come only with something else
	groups map[Group][]*Entry
	byKey  map[string]*Entry
	byCode map[string]*Entry
}

// table parses the table when somebody first asks: 2 ms that a start does not need.
var table = sync.OnceValue(func() *tables {
	t := &tables{groups: map[Group][]*Entry{}, byKey: map[string]*Entry{}, byCode: map[string]*Entry{}}
	for line := range strings.Lines(lines) {
		column := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		e := &Entry{
			Text: column[2], Group: Group(column[0]), Toned: column[1] != "", Codes: strings.Fields(column[3]),
			names: [3]string(column[4:7]), found: column[7],
		}
		for _, c := range e.Codes {
			e.found += "#" + strings.ReplaceAll(c, "_", " ")
			t.byCode[c] = e
		}
		t.byKey[Key(e.Text)] = e
		t.groups[e.Group] = append(t.groups[e.Group], e)
		if e.Group != component {
			t.all = append(t.all, e)
		}
	}
	return t
})
