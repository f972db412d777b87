// Package cmdline is what the command lines of Hearth's programs have in common: texts
// are refused instead of altered, and an empty name of a file is no name. It must never
// know a command.
package cmdline

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

// CheckText refuses arguments that are no text: the parser would put replacement
// characters in their place, and another message would be sent, another file be meant.
func CheckText(args []string) error {
	for i, a := range args {
		switch {
		case utf8.ValidString(a):
		case i > 0 && strings.HasPrefix(args[i-1], "--"):
			return fmt.Errorf("%s %+q is not valid UTF-8", args[i-1], a)
		default:
			return fmt.Errorf("argument %d (%+q) is not valid UTF-8", i+1, a)
		}
	}
	return nil
}

// RefuseBlank makes the options of a program that name files or folders, and those with
// the names given, refuse a value that is empty, as that of an unset variable in a script:
// it would mean the present folder, or a default.
func RefuseBlank(k *kong.Kong, names ...string) {
	also := map[string]bool{}
	for _, n := range names {
		also[n] = true
	}
	_ = kong.Visit(k.Model, func(n kong.Visitable, next kong.Next) error {
		if f, ok := n.(*kong.Flag); ok && (f.Tag.Type == "path" || f.Tag.Type == "existingfile" || also[f.Name]) {
			f.Mapper = notBlank{f.Mapper}
		}
		return next(nil)
	})
}

// notBlank refuses blank values and hands on the others.
type notBlank struct {
	kong.Mapper
}

// Decode implements kong.Mapper.
func (m notBlank) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	if text, ok := ctx.Scan.Peek().Value.(string); ok && strings.TrimSpace(text) == "" {
		return errors.New("the value is empty")
	}
	return m.Mapper.Decode(ctx, target)
}

// Length is a length of time above zero, such as 90m, 12h or 7d.
type Length time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Length) UnmarshalText(text []byte) error {
	d, err := ParseLength(string(text))
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is not a length of time above zero, such as 90m, 12h or 7d", text)
	}
	*l = Length(d)
	return nil
}

// ParseLength is time.ParseDuration that knows days too, as in 7d.
func ParseLength(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	return time.ParseDuration(text)
}
