package main

import (
	"testing"

	"hearth/app"
)

// TestFieldIsNamed: who gave several values learns which one it is about.
func TestFieldIsNamed(t *testing.T) {
	for _, c := range []struct {
		failed app.Failed
		want   string
	}{
		{app.Failed{Code: app.FailBadValue, Field: "emoji", Detail: "not an emoji"}, "the value of emoji cannot be used (not an emoji)"},
		{app.Failed{Code: app.FailBadValue, Detail: "no group is open"}, "a value cannot be used (no group is open)"},
		{app.Failed{Code: app.FailEmpty, Field: "name"}, "the name is empty"},
		{app.Failed{Code: app.FailEmpty}, "the text is empty"},
		{app.Failed{Code: app.FailTooLong, Field: "topic"}, "the topic is too long"},
	} {
		if code, got := explain(&c.failed, &options{}); code != exitUsage || got != c.want {
			t.Errorf("%+v: %d %q, want %q", c.failed, code, got, c.want)
		}
	}
}
