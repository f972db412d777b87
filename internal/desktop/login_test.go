//go:build !windows && !darwin

package desktop

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func testLogin(dir string) *Login {
	return &Login{
		ID: "org.hearth.Hearth", Name: "Hearth", Comment: "Group chat", Exec: "/opt/my $programs/100% \"Hearth\"\\x`y`/hearth",
		Args: []string{"--profile", "my friends"}, Hidden: "--hidden", Dir: dir,
	}
}

// TestLogin turns starting at login on, hidden, off, and reads what others did to it.
func TestLogin(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "autostart")
	l := testLogin(dir)
	expect := func(want LoginState) {
		t.Helper()
		if got, err := l.State(); err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	set := func(s LoginState) {
		t.Helper()
		if err := l.Set(s); err != nil {
			t.Fatal(err)
		}
	}
	expect(LoginState{})
	set(LoginState{})
	set(LoginState{On: true})
	expect(LoginState{On: true})
	path, _ := l.path()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const line = `Exec="/opt/my \\$programs/100%% \\"Hearth\\"\\\\x` + "\\\\`y\\\\`" + `/hearth" "--profile" "my friends"`
	if !strings.Contains(string(data), line+"\n") {
		t.Errorf("entry:\n%swant %s", data, line)
	}
	if validate, err := exec.LookPath("desktop-file-validate"); err == nil {
		if out, err := exec.Command(validate, path).CombinedOutput(); err != nil { //nolint:gosec // a tool of the desktop
			t.Errorf("%s", out)
		}
	}
	set(LoginState{On: true, Hidden: true})
	expect(LoginState{On: true, Hidden: true})
	for _, off := range []string{"Hidden=true\n", memberGnome + "=false\n"} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(data, off...), 0o600); err != nil {
			t.Fatal(err)
		}
		expect(LoginState{})
		set(LoginState{On: true, Hidden: true})
		expect(LoginState{On: true, Hidden: true})
	}
	set(LoginState{})
	expect(LoginState{})
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the entry is still there: %v", err)
	}
}

// TestLoginRefuses paths that would become other lines of the entry.
func TestLoginRefuses(t *testing.T) {
	for _, bad := range []func(*Login){
		func(l *Login) { l.Exec = "/opt/a\nExec=rm" },
		func(l *Login) { l.Args = []string{"a\x00"} },
		func(l *Login) { l.Exec = "" },
		func(l *Login) { l.ID = "../x" },
	} {
		l := testLogin(t.TempDir())
		bad(l)
		if err := l.Set(LoginState{On: true}); err == nil {
			t.Errorf("taken: %+v", l)
		}
	}
}

// TestProgram: within an AppImage the image is what is started again.
func TestProgram(t *testing.T) {
	t.Setenv("APPIMAGE", "/opt/Hearth.AppImage")
	if got, err := Program(); got != "/opt/Hearth.AppImage" || err != nil {
		t.Error(got, err)
	}
	t.Setenv("APPIMAGE", "")
	if got, err := Program(); !filepath.IsAbs(got) || err != nil {
		t.Error(got, err)
	}
}
