package main

import (
	"fmt"
	"strings"
	"time"

	"hearth/internal/cmdline"
)

// span is a length of time above zero that also knows days: 7d.
type span time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *span) UnmarshalText(text []byte) error {
	d, err := cmdline.ParseLength(string(text))
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is not a length of time above zero, such as 12h or 7d", text)
	}
	*s = span(d)
	return nil
}

// interval is a span that may be zero, for never.
type interval time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (i *interval) UnmarshalText(text []byte) error {
	d, err := cmdline.ParseLength(string(text))
	if err != nil || d < 0 {
		return fmt.Errorf("%q is not a length of time, such as 30m, 1h or 1d, nor 0", text)
	}
	*i = interval(d)
	return nil
}

// String writes it as people do: 1h instead of 1h0m0s.
func (i interval) String() string {
	text := time.Duration(i).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
