package profile

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hearth/chat"
	"hearth/internal/testkit"
)

func account() Account {
	return Account{
		Server: chat.ServerID{7}, Addresses: []string{"localhost:7480"}, Bound: true, Verified: true,
		Device: chat.DeviceID(chat.NewMID()), Name: "ada", Display: "Ada", Group: "Engine", Secrets: ModeKeyring,
	}
}

func open(t *testing.T) *Profile {
	t.Helper()
	p, err := Open(filepath.Join(testkit.Dir(t), "a", "b"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPath(t *testing.T) {
	config := testkit.Dir(t)
	t.Setenv("XDG_CONFIG_HOME", config)
	t.Setenv("HOME", config)
	t.Setenv("AppData", config)
	base, err := os.UserConfigDir()
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"":        filepath.Join(base, "hearth", "profiles", "default"),
		"bob":     filepath.Join(base, "hearth", "profiles", "bob"),
		"B-o_b.2": filepath.Join(base, "hearth", "profiles", "B-o_b.2"),
		"/tmp/x":  filepath.FromSlash("/tmp/x"),
	} {
		if runtime.GOOS == "windows" && strings.HasPrefix(in, "/") {
			continue
		}
		if got, err := Path(in); err != nil || got != want {
			t.Errorf("Path(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	here, err := filepath.Abs("x")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Path("./x"); err != nil || got != here {
		t.Errorf("Path(./x) = %q, %v", got, err)
	}
	for _, bad := range []string{".", "..", ".hidden", "a b", "a\x00", "ä", strings.Repeat("a", 65), "a:b"} {
		if got, err := Path(bad); !errors.Is(err, ErrBadName) {
			t.Errorf("Path(%q) = %q, %v", bad, got, err)
		}
	}
}

func TestFoldersArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such modes")
	}
	p := open(t)
	g, err := p.Begin(account())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.SetSettings(Settings{Theme: "dark"}); err != nil {
		t.Fatal(err)
	}
	err = filepath.Walk(p.Dir(), func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Dir(g.StorePath()) != g.Dir() || filepath.Dir(g.VaultPath()) != g.Dir() {
		t.Error("files outside the folder")
	}
}

func TestJoining(t *testing.T) {
	p := open(t)
	a := account()
	a.Complete = true // Begin does not believe it
	g, err := p.Begin(a)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Begin(a); !errors.Is(err, ErrExists) {
		t.Fatalf("second Begin: %v", err)
	}
	half := only(t, p)
	if half.Account().Complete || half.ID() != a.Device.String() {
		t.Fatalf("half-made: %+v", half.Account())
	}
	if err := g.Complete(a); err == nil {
		t.Fatal("complete without an account")
	}
	a.Account = chat.NewAccountID()
	a.Device, a.Server = chat.DeviceID{}, chat.ServerID{} // stay as they are
	if err := half.Complete(a); err != nil {
		t.Fatal(err)
	}
	whole := only(t, p)
	if diff := cmp.Diff(half.Account(), whole.Account()); diff != "" {
		t.Fatal(diff)
	}
	a.Addresses, a.Complete = []string{"example.org:1", "example.org:2"}, false
	if err := whole.Update(a); err != nil {
		t.Fatal(err)
	}
	got := only(t, p).Account()
	if !got.Complete || len(got.Addresses) != 2 || got.Server.IsZero() || got.Device.IsZero() {
		t.Fatalf("after Update: %+v", got)
	}
	if err := whole.Discard(); err != nil {
		t.Fatal(err)
	}
	if groups, err := p.Groups(); err != nil || len(groups) != 0 {
		t.Fatalf("after Discard: %v, %v", groups, err)
	}
}

func only(t *testing.T, p *Profile) *Group {
	t.Helper()
	groups, err := p.Groups()
	if err != nil || len(groups) != 1 {
		t.Fatalf("groups: %v, %v", groups, err)
	}
	return groups[0]
}

// What cannot be read is named, left alone, and does not hide the others.
func TestGroupsWithDamage(t *testing.T) {
	p := open(t)
	good, err := p.Begin(account())
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]error{
		"": ErrDamaged, "{": ErrDamaged, `{"format":1}`: ErrDamaged, `{"format":99}`: ErrNewer,
	} {
		bad, err := p.Begin(account())
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(bad.Dir(), accountFile)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		groups, err := p.Groups()
		if !errors.Is(err, want) || len(groups) != 1 || groups[0].ID() != good.ID() {
			t.Errorf("%q: %v, %v", text, groups, err)
		}
		if now, err := os.ReadFile(file); err != nil || string(now) != text {
			t.Errorf("%q was touched", text)
		}
		if err := bad.Discard(); err != nil {
			t.Fatal(err)
		}
	}
	// A crash before account.json, and one in the middle of Discard.
	for _, name := range []string{"abc", discarded + "abc"} {
		if err := os.Mkdir(filepath.Join(p.Dir(), groupsDir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	only(t, p)
}

func TestGroupsOldestFirst(t *testing.T) {
	p := open(t)
	var ids []string
	for i := range 3 {
		g, err := p.Begin(account())
		if err != nil {
			t.Fatal(err)
		}
		g.account.Created = int64(10 - i)
		if err := g.write(g.account); err != nil {
			t.Fatal(err)
		}
		ids = append([]string{g.ID()}, ids...)
	}
	groups, err := p.Groups()
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range groups {
		if g.ID() != ids[i] {
			t.Fatalf("place %d: %s, want %s", i, g.ID(), ids[i])
		}
	}
}

func TestAside(t *testing.T) {
	p := open(t)
	g, err := p.Begin(account())
	if err != nil {
		t.Fatal(err)
	}
	if name, err := g.Aside("damaged"); err != nil || name != "" {
		t.Fatalf("nothing to put aside: %q, %v", name, err)
	}
	if err := os.WriteFile(g.StorePath(), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	name, err := g.Aside("damaged")
	if err != nil || !strings.HasPrefix(name, g.StorePath()+".damaged-") {
		t.Fatalf("%q, %v", name, err)
	}
	if data, err := os.ReadFile(name); err != nil || string(data) != "x" {
		t.Fatalf("%q, %v", data, err)
	}
	if got := g.NotTakenOver(); got != name {
		t.Errorf("to be taken over: %q, want %q", got, name)
	}
	if err := g.TakenOver(); err != nil {
		t.Error(err)
	}
	if got := g.NotTakenOver(); got != "" {
		t.Errorf("taken over, and still %q", got)
	}
	if err := g.TakenOver(); err != nil {
		t.Error("again:", err)
	}
	// Nobody leads out of the folder, nor to what is not there.
	for _, text := range []string{"../" + filepath.Base(g.Dir()) + "/" + filepath.Base(name), accountFile, filepath.Base(name) + "9"} {
		if err := os.WriteFile(filepath.Join(g.Dir(), asideFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := g.NotTakenOver(); got != "" {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// TestTidy: what was put aside goes after a while, copies from before a migration too:
// messages that were deleted since are in them still.
func TestTidy(t *testing.T) {
	p := open(t)
	g, err := p.Begin(account())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for name, age := range map[string]time.Duration{
		"store.db": 2 * AsideLife, "store.db.clean": 2 * AsideLife, "store.db.mine-1": 2 * AsideLife,
		"store.db.format-4": AsideLife + time.Hour, "store.db.format-5": AsideLife - time.Hour, "store.db.format-3.half": 2 * AsideLife,
		"store.db.damaged-" + now.Add(-AsideLife-time.Hour).UTC().Format(asideTime): 0,
		"store.db.damaged-" + now.Add(-AsideLife+time.Hour).UTC().Format(asideTime): 2 * AsideLife,
	} {
		path := filepath.Join(g.Dir(), name)
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chtimes(path, now, now.Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	removed, err := g.Tidy(now)
	if err != nil || len(removed) != 3 {
		t.Errorf("removed %q, %v", removed, err)
	}
	for _, gone := range []string{"store.db.format-4", "store.db.format-3.half"} {
		if !slices.Contains(removed, filepath.Join(g.Dir(), gone)) {
			t.Errorf("%s is still there", gone)
		}
	}
}

// TestDiscardKilled: what a kill leaves of a folder that was being removed is removed by
// the next start.
func TestDiscardKilled(t *testing.T) {
	p := open(t)
	g, err := p.Begin(account())
	if err != nil {
		t.Fatal(err)
	}
	hidden := filepath.Join(p.Dir(), groupsDir, discarded+g.ID())
	if err := os.Rename(g.Dir(), hidden); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(p.Dir()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(hidden); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}

func TestSettings(t *testing.T) {
	p := open(t)
	if s, err := p.Settings(); err != nil || s != (Settings{}) {
		t.Fatalf("%+v, %v", s, err)
	}
	want := Settings{Theme: "dark", Language: "mt", TextSize: 1.25, Width: 900, Height: 600, LastGroup: "g"}
	if err := p.SetSettings(want); err != nil {
		t.Fatal(err)
	}
	if s, err := p.Settings(); err != nil || s != want {
		t.Fatalf("%+v, %v", s, err)
	}
	file := filepath.Join(p.Dir(), settingsFile)
	if err := os.WriteFile(file, []byte(`{"theme":"dark","from_the_future":[1,2]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.SetSettings(Settings{Language: "zh"}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(data), "from_the_future") || strings.Contains(string(data), "theme") {
		t.Fatalf("%s, %v", data, err)
	}
	if err := os.WriteFile(file, []byte("{ damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := p.Settings(); err == nil || s != (Settings{}) {
		t.Fatalf("%+v, %v", s, err)
	}
	if err := p.SetSettings(want); err != nil {
		t.Fatal(err)
	}
}

// TestSettingsDamaged: what is not understood is said once, kept aside, and not written
// over.
func TestSettingsDamaged(t *testing.T) {
	for text, want := range map[string]Settings{
		"garbage": {}, "": {}, "[]": {}, `{"theme":5,"language":"mt"}`: {Language: "mt"},
	} {
		p := open(t)
		file := filepath.Join(p.Dir(), settingsFile)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := p.Settings()
		var bad *SettingsError
		if !errors.As(err, &bad) || bad.Path == file || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
			continue
		}
		if err := p.SetSettings(Settings{Theme: "dark"}); err != nil {
			t.Fatal(err)
		}
		if kept, err := os.ReadFile(bad.Path); err != nil || string(kept) != text {
			t.Errorf("%q: kept %q, %v", text, kept, err)
		}
		if s, err := p.Settings(); err != nil || s != (Settings{Theme: "dark"}) {
			t.Errorf("%q: the second time %+v, %v", text, s, err)
		}
	}
	// What cannot even be read is left alone.
	p := open(t)
	file := filepath.Join(p.Dir(), settingsFile)
	if err := os.Mkdir(file, 0o700); err != nil {
		t.Fatal(err)
	}
	var bad *SettingsError
	if _, err := p.Settings(); !errors.As(err, &bad) || bad.Path != file {
		t.Errorf("a folder: %v", err)
	}
	if err := p.SetSettings(Settings{Theme: "dark"}); err == nil {
		t.Error("what could not be read was replaced")
	}
}
