package highlight

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"errors"
	"io/fs"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/alecthomas/chroma/v2"
	"github.com/dlclark/regexp2/v2"
)

//go:embed grammars.zip
var grammars []byte

// clockTick is how exactly a match that takes too long is noticed.
const clockTick = 10 * time.Millisecond

// shelf holds the grammars that were opened.
var shelf struct {
	sync.Mutex
	archive *zip.Reader
	opened  map[string]*chroma.RegexLexer // by file
	all     *chroma.LexerRegistry
}

// Known reports whether a language has colours, by the name that somebody gave it.
func Known(language string) bool { return fileOf(language) != "" }

// fileOf is where the grammar of a language is kept; "" if there is none.
func fileOf(language string) string { return files[strings.ToLower(language)] }

// open returns a grammar.
func open(file string) (*chroma.RegexLexer, error) {
	shelf.Lock()
	defer shelf.Unlock()
	if shelf.archive == nil {
		archive, err := zip.NewReader(bytes.NewReader(grammars), int64(len(grammars)))
		if err != nil {
			return nil, err
		}
		regexp2.SetTimeoutCheckPeriod(clockTick) // before the first use
		shelf.archive, shelf.opened, shelf.all = archive, map[string]*chroma.RegexLexer{}, chroma.NewLexerRegistry()
	}
	return openLocked(file)
}

// uses finds the grammars that a grammar needs besides itself.
var uses = regexp.MustCompile(`<using lexer="([^"]*)"`)

func openLocked(file string) (*chroma.RegexLexer, error) {
	if file == "" {
		return nil, ErrUnknown
	}
	if l := shelf.opened[file]; l != nil {
		return l, nil
	}
	data, err := fs.ReadFile(shelf.archive, file)
	if err != nil {
		return nil, err
	}
	table, err := chroma.NewXMLLexer(shelf.archive, file)
	if err != nil {
		return nil, err
	}
	rules, err := table.Rules()
	if err != nil {
		return nil, err
	}
	l, err := chroma.NewLexer(table.Config(), func() chroma.Rules { return bounded(rules) })
	if err != nil {
		return nil, err
	}
	shelf.opened[file] = l
	shelf.all.Register(l)
	for _, m := range uses.FindAllSubmatch(data, -1) {
		if _, err := openLocked(fileOf(string(m[1]))); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// boundsState is a state that no grammar has.
const boundsState = "hearth bounds"

// bounded puts bounds around a grammar: around each move between two pieces of text
// and, once they are made, around the expressions.
func bounded(rules chroma.Rules) chroma.Rules {
	rules = rules.Clone()
	for _, list := range rules {
		for i := range list {
			if _, early := list[i].Mutator.(chroma.LexerMutator); list[i].Mutator != nil && !early {
				list[i].Mutator = guarded{list[i].Mutator}
			}
		}
	}
	rules[boundsState] = []chroma.Rule{{Pattern: `(?!)`, Mutator: &timed{}}}
	return rules
}

// timed gives the expressions of a grammar their time when it is made ready.
type timed struct{}

func (*timed) Mutate(*chroma.LexerState) error { return nil }

func (*timed) MutateLexer(rules chroma.CompiledRules, state string, _ int) error {
	for _, list := range rules {
		for _, r := range list {
			if r.Regexp != nil {
				r.Regexp.MatchTimeout = matchTime
			}
		}
	}
	rules[state] = nil
	return nil
}

// guarded counts the moves of a grammar: some can go round in a circle without ever
// taking a character.
type guarded struct{ chroma.Mutator }

type movesKey struct{}

var errMoves = errors.New("too many moves")

func (g guarded) Mutate(s *chroma.LexerState) error {
	n, _ := s.Get(movesKey{}).(int)
	if n > movesPerRune*len(s.Text)+100 || len(s.Stack) > maxDepth {
		return errMoves
	}
	s.Set(movesKey{}, n+1)
	return g.Mutator.Mutate(s)
}
