//go:build window

package window

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Within a second who is signed out is told so, and no more than this on a machine that
// runs tests.
const (
	goalSignedOut = time.Second
	gateSignedOut = gateFactor * goalSignedOut
)

// recoverySheet is a recovery key as people keep it.
var recoverySheet = regexp.MustCompile(`^[0-9A-Za-z]+(-[0-9A-Za-z]+){3,}$`)

// TestInCharge: somebody signs a second device of theirs out, which is told within a
// second; it comes back by a link for a new password, typed in by hand, which signs the
// first one out; it makes a recovery key, with which a third one gets in.
func TestInCharge(t *testing.T) {
	fresh(t)
	s, cli := group(t, "ada", "ben")
	secret := func(name, text string) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	link := strings.Fields(cli("ben", "invite"))[0]
	measures(t, "ada", 760, 700)
	ada := open(t, "ada")
	ada.stands(5)
	ada.titled("general – Big – Hearth", patience)
	ada.front()
	ada.steady(shortly)
	ada.changes(shortly, func() { cli("second", "login", link, "--name", "ada", "--password-file", secret("password", password)) })
	ada.picture("180-another-device")
	data, err := json.Marshal(map[string]any{"language": "en", "theme": "light", "width": 600, "height": 700})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(profileDir(t, "second"), "settings.json"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	second := open(t, "second")
	second.stands(780)
	second.titled("general – Big – Hearth", patience)
	second.front()
	second.steady(time.Second) // connected
	strip := area{8, 66, 500, 30}
	quiet := second.part(strip)

	ada.front()
	ada.does("Tab") // who writes when it opens has no button pressed by that, but turns to it
	ada.does("Tab")
	ada.does("Return")      // Manage devices
	ada.steady(time.Second) // the server has answered
	ada.does("Right")
	ada.picture("181-devices")
	ada.does("Return")
	ada.picture("182-sign-it-out")
	ada.does("Tab") // from "Cancel"
	ada.key("Return")
	from := time.Now()
	until(t, "the second device is signed out", patience, func() bool { return second.part(strip) != quiet })
	took := time.Since(from)
	t.Logf("the other device was told after %v, goal %v", took.Round(time.Millisecond), goalSignedOut)
	if took > gateSignedOut {
		t.Errorf("the other device was told after %v", took)
	}
	ada.does("Escape")
	here := ada.part(strip)
	second.front()
	second.steady(shortly)
	second.picture("183-signed-out")

	printed := run(t, bin(t, "hearth-server"), "reset", "--data", s.args[1], "ada")
	reset, ok := strings.CutPrefix(printed, "reset: ")
	if !ok || !strings.HasPrefix(reset, "hearth://") {
		t.Fatalf("the server prints %q", printed)
	}
	second.runs("sign in again")
	second.picture("184-sign-in-again")
	second.does(append(tabs(3), "Return")...) // the eye, the recovery key, the link
	second.enters(reset)
	second.does("Tab", "Tab") // past the button that pastes
	second.enters("a new and longer password")
	second.picture("185-by-a-link")
	second.key("Return")
	until(t, "it is back", patience, func() bool { return second.part(strip) == quiet })
	until(t, "the first one is out", patience, func() bool { return ada.part(strip) != here })
	second.says("back by the link")
	until(t, "ben hears of it", patience, func() bool { return slices.Contains(said(t, cli, "ben", "general"), "back by the link") })
	ada.stop()

	second.runs("settings: your account")
	second.does(tabs(2)...) // from the list of parts past the password
	second.picture("186-account")
	second.does("Return")
	second.enters("a new and longer password")
	second.picture("187-new-recovery-key")
	second.key("Return")
	key := ""
	until(t, "the recovery key on the clipboard", patience, func() bool {
		second.key("Return") // Copy has the keyboard once the key is there
		key = clipboard(t)
		return recoverySheet.MatchString(key)
	})
	second.steady(shortly)
	second.picture("188-recovery-key")
	second.does(append(tabs(3), "Return")...) // save, later, kept
	second.stop()
	cli("third", "recover", link, "--name", "ada", "--key-file", secret("key", key),
		"--password-file", secret("newest", "the newest password of all"))
	if status := cli("third", "status", "--wait", "--json"); !strings.Contains(status, `"state":"live"`) {
		t.Errorf("the third device: %s", status)
	}
}
