package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/rogpeppe/go-internal/testscript"

	"hearth/chaos/proxy"
	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/server/host"
	"hearth/store"
	"hearth/store/secret/secrettest"
	"hearth/store/storetest"
)

func TestMain(m *testing.M) {
	secrettest.CheapVaults() // each of the commands below opens one
	if code, ok := boltkit.RunTask(context.Background(), os.Args[1:], os.Stdin, os.Stdout, store.Tasks()); ok {
		os.Exit(code) // this test program was started to look at a file
	}
	testscript.Main(m, map[string]func(){"hearth-cli": main})
}

// TestScripts runs the program as its users do, against a real server.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"server":  serverCommand,
			"readenv": readenvCommand,
			"readmid": readmidCommand,
			"damage":  damageCommand,
			"flip":    flipCommand,
			"spoil":   spoilCommand,
			"folders": foldersCommand,
			"lines":   linesCommand,
			"proxy":   proxyCommand,
		},
	})
}

type hostKey struct{}

// scriptServer is the server of one script; it may be stopped and started.
type scriptServer struct {
	dir    string
	listen string // chosen at the first start, and kept
	chars  int    // longest text; 0: the default
	host   *host.Host
	public string // where a proxy that ends TLS is reached; "": there is none
}

// setup gives each script a server, an owner's invite and the files of two people.
func setup(e *testscript.Env) error {
	s := &scriptServer{dir: filepath.Join(e.WorkDir, "server")}
	e.Values[hostKey{}] = s
	e.Defer(func() { s.stop() })
	if err := s.start(); err != nil {
		return err
	}
	invite, _, err := s.host.OwnerInvite(context.Background())
	if err != nil {
		return err
	}
	e.Setenv("INVITE", invite.String())
	e.Setenv("SERVER", s.host.Link().String())
	e.Setenv("ADDRESS", s.listen)
	e.Setenv("FINGERPRINT", s.host.Link().Server.String())
	for name, text := range map[string]string{
		"password": "seven lanterns over the quiet harbour\n", "phrase": "a passphrase for the vault\n", "wrong": "not that passphrase\n",
	} {
		if err := os.WriteFile(filepath.Join(e.WorkDir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	var face bytes.Buffer
	if err := png.Encode(&face, image.NewGray(image.Rect(0, 0, 90, 60))); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(e.WorkDir, "face.png"), face.Bytes(), 0o600); err != nil {
		return err
	}
	// No session bus: the keyring is absent, as on a headless machine.
	e.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	return nil
}

func (s *scriptServer) start() (err error) {
	limits := chat.DefaultLimits()
	if s.chars > 0 {
		limits.TextChars = s.chars
	}
	limits.SendsPerSecond, limits.SendBurst, limits.RequestsPerSecond, limits.RequestBurst = 1000, 2000, 2000, 4000
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	if s.listen == "" {
		if s.listen, err = proxy.FreeAddress(); err != nil {
			return err
		}
	}
	config := host.Config{Dir: s.dir, Name: "Bees", Listen: []string{s.listen}, Limits: limits, Log: log}
	if s.public != "" {
		config.BehindProxy, config.Public = []string{"127.0.0.1"}, []string{s.public}
	}
	s.host, err = host.Open(context.Background(), config)
	return err
}

func (s *scriptServer) stop() {
	if s.host != nil {
		_ = s.host.Close(context.Background())
		s.host = nil
	}
}

// serverCommand is "server stop" and "server start", the latter with the length
// of texts that the server takes, and "server reset", which writes a link for a new
// password to a file.
func serverCommand(ts *testscript.TestScript, neg bool, args []string) {
	s, ok := ts.Value(hostKey{}).(*scriptServer)
	if ok && !neg && len(args) == 3 && args[0] == "reset" {
		link, err := s.host.Reset(context.Background(), args[1])
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(link.String()+"\n"), 0o600))
		return
	}
	if !ok || neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: server start [LENGTH]|stop|reset NAME FILE")
	}
	if len(args) == 2 {
		chars, err := strconv.Atoi(args[1])
		ts.Check(err)
		s.chars = chars
	}
	switch args[0] {
	case "stop":
		s.stop()
	case "start":
		ts.Check(s.start())
	}
}

// readenvCommand sets a variable to the content of a file, or of stdout.
func readenvCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: readenv NAME FILE")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile(args[1])))
}

// readmidCommand sets a variable to the message id in a line of JSON.
func readmidCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: readmid NAME FILE")
	}
	_, rest, found := strings.Cut(ts.ReadFile(args[1]), `"mid":"`)
	mid, _, ended := strings.Cut(rest, `"`)
	if !found || !ended {
		ts.Fatalf("no message id in %q", rest)
	}
	ts.Setenv(args[0], mid)
}

// damageCommand cuts the last page with content off a profile's message store.
func damageCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: damage PROFILE")
	}
	stores, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "groups", "*", "store.db"))
	ts.Check(err)
	if len(stores) != 1 {
		ts.Fatalf("stores: %q", stores)
	}
	whole, err := os.ReadFile(stores[0])
	ts.Check(err)
	used := len(bytes.TrimRight(whole, "\x00"))
	ts.Check(os.WriteFile(stores[0], whole[:used/4096*4096-4096], 0o600))
}

// flipCommand flips a bit of an old message in a profile's message store.
func flipCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: flip PROFILE")
	}
	stores, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "groups", "*", "store.db"))
	ts.Check(err)
	for _, path := range stores {
		ts.Check(storetest.Flip(path))
	}
}

// TestVisible holds foreign text off the terminal's controls.
func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain":              "plain",
		"\x1b[31mred\x1b[0m": `\u{1b}[31mred\u{1b}[0m`,
		"a\rb":               `a\u{d}b`,
		"\u202eright":        `\u{202e}right`,
		"two\nlines":         "two⏎ lines",
		"bell\a":             `bell\u{7}`,
		"\u009b1mx":          `\u{9b}1mx`,
	} {
		if got := oneLine(in); got != want {
			t.Errorf("oneLine(%q) = %q, want %q", in, got, want)
		}
	}
	if strings.ContainsAny(visible("a\tb\nc"), `\`) {
		t.Error("tab and line break are ours")
	}
}

// TestRun checks what needs no server: help, version, mistakes.
// TestJSONOnTerminal: what a terminal would obey is escaped in JSON, too, and means the
// same.
func TestJSONOnTerminal(t *testing.T) {
	var out bytes.Buffer
	text := "a\u009b31m\u007f\u0085\x1b]0;x\a é 漢"
	if err := (&terminal{out: &out}).printJSON(record{Text: text}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsFunc(strings.TrimSuffix(out.String(), "\n"), unicode.IsControl) {
		t.Errorf("printed %q", out.String())
	}
	var back record
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back.Text != text {
		t.Errorf("read back %q, %v", back.Text, err)
	}
}

func TestRun(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		out  string
	}{
		{[]string{"--version"}, exitOK, "hearth-cli "},
		{[]string{"--help"}, exitOK, "--vault-file"},
		{[]string{"frobnicate"}, exitUsage, ""},
		{[]string{"tail"}, exitUsage, ""},
		{[]string{"--profile", ".hidden", "rooms"}, exitUsage, ""},
		{[]string{"--profile", t.TempDir() + "/", "rooms"}, exitProfile, ""},
		{[]string{"--profile", t.TempDir() + "/", "join", "http://example.org", "--name", "x", "--password-file", "/nonexistent"}, exitUsage, ""},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		var out, errs strings.Builder
		if code := run(ctx, c.args, strings.NewReader(""), &out, &errs); code != c.code {
			t.Errorf("%q: exit code %d, want %d\n%s%s", c.args, code, c.code, out.String(), errs.String())
		}
		if !strings.Contains(out.String(), c.out) {
			t.Errorf("%q printed %q, want %q in it", c.args, out.String(), c.out)
		}
		cancel()
	}
}

// spoilCommand damages, empties or removes a file of the newest group of a profile.
func spoilCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: spoil PROFILE FILE [--remove|--empty]")
	}
	files, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "groups", "*", args[1]))
	ts.Check(err)
	var newest string
	var when time.Time
	for _, f := range files {
		info, err := os.Stat(f)
		ts.Check(err)
		if info.ModTime().After(when) {
			newest, when = f, info.ModTime()
		}
	}
	if len(args) == 3 && args[2] == "--empty" {
		ts.Check(os.Truncate(newest, 0))
		return
	}
	if len(args) == 3 {
		ts.Check(os.Remove(newest))
		return
	}
	data, err := os.ReadFile(newest)
	ts.Check(err)
	data[len(data)/2] ^= 0x80
	ts.Check(os.WriteFile(newest, data, 0o600))
}

// foldersCommand checks how many groups' folders a profile has.
func foldersCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: folders PROFILE N")
	}
	all, err := os.ReadDir(filepath.Join(ts.MkAbs(args[0]), "groups"))
	ts.Check(err)
	if strconv.Itoa(len(all)) != args[1] {
		ts.Fatalf("%d folders, not %s", len(all), args[1])
	}
}

// linesCommand writes a file of numbered lines.
func linesCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lines N FILE")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintln(&b, "line", i)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b.Bytes(), 0o600))
}
