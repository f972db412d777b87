//go:build window

package window

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTwoGroups: a window of two groups goes between them by keyboard, and a click on a
// notification of the one that is not in view leads into it.
func TestTwoGroups(t *testing.T) {
	d := newDesktop(t)
	_, cli := group(t, "lea", "max")
	other := serveAs(t, "Small")
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cli("ned", "join", other.invite(), "--name", "ned", "--password-file", file)
	cli("lea", "join", strings.Fields(cli("ned", "invite"))[0], "--name", "leah", "--password-file", file, "--add")

	lea := open(t, "lea")
	until(t, "a group", patience, func() bool { return strings.HasPrefix(lea.title(), "general – ") })
	lea.front()
	lea.steady(shortly)
	lea.key("ctrl+1")
	lea.titled("general – Big – Hearth", patience)
	lea.key("ctrl+2")
	lea.titled("general – Small – Hearth", patience)
	lea.key("ctrl+1")
	lea.titled("general – Big – Hearth", patience)
	lea.steady(shortly)

	cli("ned", "send", "general", "from the other group")
	n := d.waits(1)
	if n.summary != "general · Small" || !strings.Contains(n.body, "ned") || !strings.HasSuffix(n.body, "from the other group") {
		t.Errorf("shown: %+v", n)
	}
	lea.titled("(1) general – Big – Hearth", patience)
	lea.steady(shortly)
	lea.picture("70-another-group-has-news")
	d.click(n.id)
	lea.titled("general – Small – Hearth", patience)
	lea.steady(shortly)
	lea.says("heard in Small")
	lea.picture("71-in-the-other-group")

	// What the first group says meanwhile is not taken for the second's.
	cli("max", "send", "general", "from the first group")
	if m := d.waits(2); m.summary != "general · Big" || m.replaces != 0 {
		t.Errorf("the second: %+v", m)
	}
	lea.titled("(1) general – Small – Hearth", patience)
	lea.key("ctrl+1")
	lea.titled("general – Big – Hearth", patience)
	lea.steady(shortly)
	lea.picture("72-back-in-the-first")
	lea.stop()
	if list := cli("ned", "rooms", "--sync", "--json"); !strings.Contains(list, `"name":"general"`) {
		t.Errorf("ned's rooms:\n%s", list)
	}
	if said := cli("ned", "tail", "general"); !strings.Contains(said, "heard in Small") || strings.Contains(said, "from the first group") {
		t.Errorf("what Small says:\n%s", said)
	}
}
