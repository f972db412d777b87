package highlight

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alecthomas/chroma/v2"
)

// Bounds of what looking at code may cost.
const (
	// MaxCode is the longest code that is looked at, in bytes.
	MaxCode = 16 << 10
	// maxSpans is how many parts are told apart: each is an object on the screen.
	maxSpans = 3000
	// wholeTime is for one piece of code, matchTime for one try of one expression.
	wholeTime = 600 * time.Millisecond
	matchTime = 20 * time.Millisecond
	// movesPerRune and maxDepth bound what grammars do between characters.
	movesPerRune = 4
	maxDepth     = 400
)

// What has no colours, and why.
var (
	ErrUnknown = errors.New("language without a grammar")
	ErrBounds  = errors.New("code beyond the bounds")
)

// Find returns the parts of code in a language, in order and apart from each other;
// what is in none is plain. It takes milliseconds, and seconds for code that was
// made to take long: never call it on the UI goroutine. ErrBounds: the code is too
// long, has too many parts or takes too long.
func Find(ctx context.Context, language, code string) ([]Span, error) {
	return find(ctx, fileOf(language), code, wholeTime)
}

func find(ctx context.Context, file, code string, most time.Duration) (spans []Span, err error) {
	if len(code) > MaxCode || !utf8.ValidString(code) {
		return nil, ErrBounds
	}
	lexer, err := open(file)
	if err != nil {
		return nil, err
	}
	return take(ctx, lexer, code, most)
}

// take takes code apart with a grammar.
func take(ctx context.Context, lexer chroma.Lexer, code string, most time.Duration) (spans []Span, err error) {
	defer func() { // how a grammar says that it cannot go on
		if p := recover(); p != nil {
			spans, err = nil, fmt.Errorf("%w: %v", ErrBounds, p)
		}
	}()
	next, err := lexer.Tokenise(nil, code)
	if err != nil {
		return nil, err
	}
	end := time.Now().Add(most)
	at := 0
	for t := next(); t != chroma.EOF; t = next() {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if time.Now().After(end) || len(spans) > maxSpans {
			return nil, ErrBounds
		}
		stop := min(at+len(t.Value), len(code)) // some grammars add a line break at the end
		if !strings.HasPrefix(t.Value, code[at:stop]) {
			return nil, fmt.Errorf("%w: the grammar lost its place", ErrBounds)
		}
		if k := kindOf(t.Type); k != Plain && stop > at {
			spans = join(spans, Span{at, stop, k}, code)
		}
		at = stop
	}
	return spans, nil
}

// join adds a span; two of one kind with nothing but blanks between them are one.
func join(spans []Span, s Span, code string) []Span {
	if n := len(spans); n > 0 && spans[n-1].Kind == s.Kind && strings.Trim(code[spans[n-1].End:s.Start], " ") == "" {
		spans[n-1].End = s.End
		return spans
	}
	return append(spans, s)
}
