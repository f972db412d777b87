package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestRefusals: what is no text, names nothing or can be written nowhere is refused with
// the option's name, before a profile is opened.
func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"send", "general", "bad\xff"}, `argument 5 ("bad\xff") is not valid UTF-8`},
		{[]string{"--profile", "", "status"}, "--profile: the value is empty"},
		{[]string{"--vault-file=", "status"}, "--vault-file: the value is empty"},
		{[]string{"--timeout=-1s", "status"}, "--timeout: a length of time"},
		{[]string{"invite", "--expires", "0"}, `"0" is not a length of time above zero`},
		{[]string{"profile", "--status", "x", "--for=-1h"}, `"-1h" is not a length of time above zero`},
		{[]string{"export", "general", "--output", filepath.Join(dir, "no", "x")}, "--output: the folder for "},
		{[]string{"fetch", "general", "1", "--to", filepath.Join(dir, "no", "x")}, "--to: the folder for "},
	} {
		var out, errs strings.Builder
		args := append([]string{"--profile", dir + string(filepath.Separator)}, c.args...)
		if code := run(t.Context(), args, strings.NewReader(""), &out, &errs); code != exitUsage || !strings.Contains(errs.String(), c.says) {
			t.Errorf("%q: exit code %d, %q", c.args, code, errs.String())
		}
	}
}
