package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hearth/chat"
	"hearth/server/host"
)

// parse reads text as a configuration file over the defaults.
func parse(t *testing.T, text string) (file, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "server.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f := defaultFile()
	return f, readConfig(path, &f)
}

// TestConfigIsTheDefault: what "config" prints parses, over nothing, to the
// defaults, so every line of it is true and none is missing.
func TestConfigIsTheDefault(t *testing.T) {
	r := program(t, "config")
	if r.code != exitOK {
		t.Fatal(r.errors)
	}
	path := filepath.Join(t.TempDir(), "server.toml")
	if err := os.WriteFile(path, []byte(r.out), 0o600); err != nil {
		t.Fatal(err)
	}
	var f file
	if err := readConfig(path, &f); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(defaultFile(), f); diff != "" {
		t.Error(diff)
	}
	for i, line := range strings.Split(r.out, "\n") {
		if strings.Contains(line, "=") && strings.TrimSpace(strings.Split(r.out, "\n")[i-1]) == "#" {
			t.Errorf("%q has no explanation", line)
		}
	}
}

// TestEveryLimitIsSettable sets each limit alone and all of them together.
func TestEveryLimitIsSettable(t *testing.T) {
	limits := reflect.TypeFor[chat.Limits]()
	var all strings.Builder
	all.WriteString("[limits]\n")
	for i := range limits.NumField() {
		key := limits.Field(i).Tag.Get("toml")
		f, err := parse(t, fmt.Sprintf("[limits]\n%s = %d\n", key, 1_000_000+i))
		if err != nil {
			t.Errorf("%s: %v", key, err)
		}
		want := chat.DefaultLimits()
		reflect.ValueOf(&want).Elem().Field(i).SetInt(int64(1_000_000 + i))
		if diff := cmp.Diff(want, f.Limits); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
		fmt.Fprintf(&all, "%s = %d\n", key, i+7)
	}
	f, err := parse(t, all.String())
	if err != nil {
		t.Fatal(err)
	}
	for i := range limits.NumField() {
		if got := reflect.ValueOf(f.Limits).Field(i).Int(); got != int64(i+7) {
			t.Errorf("%s is %d", limits.Field(i).Name, got)
		}
	}
}

func TestConfigMistakes(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string // the key and its line
	}{
		"unknown key":           {"name = \"a\"\nnam = \"b\"\n", []string{"line 2", `"nam"`}},
		"unknown section":       {"\n[limit]\nconnections = 5\n", []string{"line 2", `"limit"`}},
		"unknown limit":         {"[limits]\n\n# more\nconnection = 5 # connections\n", []string{"line 4", `"limits.connection"`}},
		"of another section":    {"name = \"a\"\n[limits]\nname = \"b\"\n", []string{"line 3", `"limits.name"`}},
		"quoted key":            {"\"nam e\" = 1\n", []string{"line 1"}},
		"text for a number":     {"[limits]\nconnections = \"5\"\n", []string{"line 2", "limits.connections must be a whole number"}},
		"number for a text":     {"\nname = 5\n", []string{"line 2", "name must be a text in quotes, as in name = "}},
		"number for a list":     {"listen = 7480\n", []string{"line 1", "listen must be a list"}},
		"text for a list":       {"keep = \"5d\"\nlisten = \":7480\"\n", []string{"line 2", `listen must be a list of texts in quotes, as in listen = ["…"]`}},
		"numbers in a list":     {"public = [\"a\", 5]\n", []string{"line 1", "public must be a list of texts"}},
		"text for a switch":     {"[people]\ntyping = \"no\"\n", []string{"line 2", "people.typing must be true or false"}},
		"value for a section":   {"backup = false\n", []string{"line 1", "backup must be a section: [backup]"}},
		"fraction for a number": {"[limits]\nconnections = 1.5\n", []string{"line 2", "limits.connections must be a whole number"}},
		"twice":                 {"name = \"a\"\nname = \"b\"\n", []string{"line 2", "name"}},
		"no length":             {"[backup]\nevery = \"often\"\n", []string{"line 2", "backup.every"}},
		"no TOML":               {"name: hearth\n", []string{"line 1"}},
	} {
		_, err := parse(t, test.text)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		for _, w := range test.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q does not say %q", name, err, w)
			}
		}
	}
}

// TestConfigMistakesEndTheProgram: nothing is made where the file is wrong.
func TestConfigMistakesEndTheProgram(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	for text, word := range map[string]string{
		"[sync]\nleap_room = 199\n": "leap_room", "[sync]\nleap_all = 4999\n": "leap_all", "[sync]\nleap_room = 0\n": "leap_room",
		"[backup]\nkeep_daily = -1\n": "keep_daily", "[disk]\nmin_free_percent = 51\n": "min_free_percent", "admissions = -1\n": "admissions", "[disk]\nfiles_reserve_mib = -1\n": "files_reserve_mib",
		"[limits]\nconnections = 0\n": "connections", "[limits]\ndedupe_days = 7\n": "dedupe_days", "x = 1\n": "\"x\"",
	} {
		path := filepath.Join(t.TempDir(), "server.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		program(t, "--data", dir, "--config", path).wrong(t, exitUsage, path, word)
		program(t, "invite", "--data", dir, "--config", path).wrong(t, exitUsage, path, word)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the data folder was made")
	}
}

// TestFlagsWin over the file, and the file over the defaults.
func TestFlagsWin(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.toml")
	text := "data = \"d\"\nlisten = [\"127.0.0.1:1\"]\npublic = [\"a:1\"]\nname = \"n\"\nops = \"[::1]:9\"\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := place{folder: folder{Config: path}}
	c, err := p.host()
	if err != nil || c.Dir != "d" || c.Listen[0] != "127.0.0.1:1" || c.Public[0] != "a:1" || c.Name != "n" || c.Ops != "[::1]:9" {
		t.Errorf("the file gives %+v, %v", c, err)
	}
	name := " N "
	p = place{folder: folder{Config: path, Data: "D"}, Listen: []string{"127.0.0.1:2"}, Public: []string{"b:2"}, Name: &name, Ops: "[::1]:8"}
	c, err = p.host()
	if err != nil || c.Dir != "D" || c.Listen[0] != "127.0.0.1:2" || c.Public[0] != "b:2" || c.Name != "N" || c.Ops != "[::1]:8" {
		t.Errorf("the flags give %+v, %v", c, err)
	}
}

// TestAddressesAndNames: what is empty or cannot be a name is refused by the words
// for where it was given, and nothing is made.
func TestAddressesAndNames(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	for _, test := range []struct {
		args  []string
		file  string
		words []string
	}{
		{[]string{"--listen", ""}, "", []string{"--listen", "empty"}},
		{[]string{"--listen=:0", "--listen= "}, "", []string{"--listen", "empty"}},
		{[]string{"--public", ""}, "", []string{"--public", "empty"}},
		{nil, "listen = [\"\"]\n", []string{"listen", "empty", ".toml"}},
		{nil, "public = [\"a:1\", \"\"]\n", []string{"public", "empty", ".toml"}},
		{[]string{"--name", ""}, "", []string{"--name", "empty"}},
		{[]string{"--name", " \t "}, "", []string{"--name", "empty"}},
		{[]string{"--name", "two\nlines"}, "", []string{"--name", "line breaks"}},
		{[]string{"--name", "a\u202eb"}, "", []string{"--name", "direction"}},
		{[]string{"--name", "a\u0007b"}, "", []string{"--name", "control"}},
		{[]string{"--name", "a\xffb"}, "", []string{"--name", "UTF-8"}},
		{[]string{"--name", strings.Repeat("é", 65)}, "", []string{"--name", "65", "64"}},
		{nil, "name = \"a\\u2066b\"\n", []string{": name", "direction", ".toml"}},
		{nil, "name = \"" + strings.Repeat("n", 65) + "\"\n", []string{": name", "65", ".toml"}},
	} {
		args := append([]string{"--data", dir}, test.args...)
		if test.file != "" {
			path := filepath.Join(t.TempDir(), "server.toml")
			if err := os.WriteFile(path, []byte(test.file), 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, "--config", path)
		}
		program(t, args...).wrong(t, exitUsage, test.words...)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the data folder was made")
	}
	p := place{folder: folder{Data: "d"}}
	for _, name := range []string{strings.Repeat("é", 64), " Bees ", "木", "\U0001F41D bees"} {
		p.Name = &name
		if c, err := p.host(); err != nil || c.Name != strings.TrimSpace(name) {
			t.Errorf("%q: %q, %v", name, c.Name, err)
		}
	}
}

// TestHelp: what serving takes stands in the help of the program itself.
func TestHelp(t *testing.T) {
	r := program(t, "--help")
	for _, word := range []string{"--data", "--listen", "--public", "--name", "--ops", "--config", "--restore-if-damaged", "invite", "rotate-identity"} {
		if r.code != exitOK || !strings.Contains(r.out, word) {
			t.Errorf("code %d, and %q is not in\n%s", r.code, word, r.out)
		}
	}
	if r := program(t, "invite", "--help"); r.code != exitOK || strings.Contains(r.out, "--restore-if-damaged") || !strings.Contains(r.out, "--uses") {
		t.Errorf("the help of invite, %d:\n%s", r.code, r.out)
	}
}

// TestLeapsAreSettable: how far behind a client may be reaches the server.
func TestLeapsAreSettable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.toml")
	if err := os.WriteFile(path, []byte("data = \"d\"\n[sync]\nleap_room = 300\nleap_all = 700\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := place{folder: folder{Config: path}}
	if c, err := p.host(); err != nil || c.LeapRoom != 300 || c.LeapAll != 700 {
		t.Errorf("%d, %d, %v", c.LeapRoom, c.LeapAll, err)
	}
	p = place{folder: folder{Data: "d"}}
	if c, err := p.host(); err != nil || c.LeapRoom != 5_000 || c.LeapAll != 20_000 {
		t.Errorf("by default %d, %d, %v", c.LeapRoom, c.LeapAll, err)
	}
}

// TestBackupAndDisk: what the sections say reaches the host, and zero means off
// there, not the default.
func TestBackupAndDisk(t *testing.T) {
	for text, want := range map[string]host.Config{
		"": {Backups: host.Backups{Every: time.Hour, Hourly: 3, Daily: 7, Weekly: 4, MaxBytes: 20 << 30}, Disk: host.Disk{MinFree: 1 << 30, MinPercent: 5, FilesReserve: 200 << 20}},
		"[backup]\nevery = 0\nkeep_hourly = 0\nkeep_daily = 0\nkeep_weekly = 0\nbudget_mib = 0\n[disk]\nmin_free_mib = 0\nmin_free_percent = 0\nfiles_reserve_mib = 0\n": {
			Backups: host.Backups{Every: -1, Hourly: -1, Daily: -1, Weekly: -1, MaxBytes: -1}, Disk: host.Disk{MinFree: -1, MinPercent: -1, FilesReserve: -1},
		},
		"restore_if_damaged = true\n[backup]\nevery = \"1d\"\ndir = \"/backups\"\nkeep_hourly = 1\nbudget_mib = 3\n[disk]\nmin_free_mib = 7\nfiles_reserve_mib = 9\n": {
			Backups: host.Backups{Every: 24 * time.Hour, Dir: "/backups", Hourly: 1, Daily: 7, Weekly: 4, MaxBytes: 3 << 20},
			Disk:    host.Disk{MinFree: 7 << 20, MinPercent: 5, FilesReserve: 9 << 20}, RestoreIfDamaged: true,
		},
	} {
		path := filepath.Join(t.TempDir(), "server.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := (&place{folder: folder{Config: path, Data: "d"}}).host()
		if err != nil {
			t.Fatal(err)
		}
		if c.Backups != want.Backups || c.Disk != want.Disk || c.RestoreIfDamaged != want.RestoreIfDamaged {
			t.Errorf("%q gives %+v %+v", text, c.Backups, c.Disk)
		}
	}
	if text := interval(90*time.Minute).String() + interval(time.Hour).String() + interval(30*time.Second).String() + interval(0).String(); text != "1h30m1h30s0s" {
		t.Error(text)
	}
}
