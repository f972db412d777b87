//go:build window

package window

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth/chaos/proxy"
	"hearth/chat"
)

// The controls of the hosting page, in the order of Tab, behind the first one.
const (
	hostingWhere  = 3 // who can reach it
	hostingBackup = 6
	hostingEnd    = 8
)

// TestHosting: who hosts a group in the window makes a backup, has it reached at another
// port and by this machine only, and the others follow, by window and by hearth-cli; they
// stop the server, which stays so over a restart, and start it again; they end it and keep
// its data, from which hearth-server serves the same group to the same people; and a second
// group ends without leaving anything.
func TestHosting(t *testing.T) {
	fresh(t)
	alice := open(t, "alice")
	alice.front()
	alice.steady(shortly)
	alice.hosts("Nimbus")
	link := alice.invites("210-hosting-invite")
	cli := joined(t, link, "ben", "cyd")
	cli("cyd", "send", "general", "hello from cyd")
	alice.copiesNewest("hello from cyd")

	alice.hosting(0)
	alice.picture("211-hosting")
	alice.backsUp()
	ben := open(t, "ben")
	ben.titled("general – Nimbus – Hearth", patience)
	moved := alice.moves(loopback(t, link))
	cli("cyd", "reach", moved)
	ben.front()
	ben.away = true
	ben.steady(shortly)
	ben.reaches(moved, "216-follows")
	ben.says("I found you again")
	until(t, "ben is heard", patience, func() bool { return slices.Contains(said(t, cli, "cyd", "general"), "I found you again") })

	alice = pauses(t, alice, moved)
	ben.triesNow()
	ben.says("and you are back")
	until(t, "ben is heard again", patience, func() bool { return slices.Contains(said(t, cli, "cyd", "general"), "and you are back") })

	folder := endsKept(t, alice, ben, moved)
	served(t, folder, moved)
	ben.triesNow()
	ben.says("from the folder")
	until(t, "ben is heard from the folder", patience, func() bool { return slices.Contains(said(t, cli, "cyd", "general"), "from the folder") })
	alice.front()
	alice.reaches(moved, "221-the-host-follows")
	alice.copiesNewest("from the folder")

	endsErased(t, alice)
	if left, err := filepath.Glob(filepath.Join(profileDir(t, "alice"), "server*")); err != nil || !slices.Equal(left, []string{folder}) {
		t.Errorf("the servers on the disk: %q, %v; want only %q", left, err, folder)
	}
	alice.stop()
	ben.stop()
}

// hosts starts a group, from the page with the ways in.
func (c *client) hosts(group string) {
	c.t.Helper()
	c.does("Return") // the first card has the focus
	for _, text := range []string{group, "Alice Borg", password} {
		c.enters(text)
		c.does("Tab")
	}
	c.key("shift+Tab", "Return")
	c.titled("general – "+group+" – Hearth", patience)
	c.steady(shortly)
}

// invites makes an invite and takes it from the clipboard.
func (c *client) invites(picture string) (link string) {
	c.t.Helper()
	c.does("ctrl+shift+i")
	c.changes(shortly, func() { c.key("Return") }) // make one; the button that copies gets the focus
	until(c.t, "the link on the clipboard", patience, func() bool {
		c.key("Return")
		link = clipboard(c.t)
		return strings.HasPrefix(link, "hearth://")
	})
	c.steady(shortly)
	c.picture(picture)
	c.does("Escape")
	return link
}

// joined lets people in by hearth-cli; their windows speak English and are light.
func joined(t *testing.T, link string, names ...string) cliAs {
	t.Helper()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cli := func(profile string, args ...string) string {
		t.Helper()
		return run(t, bin(t, "hearth-cli"), append([]string{"--profile", profile}, args...)...)
	}
	for i, name := range names {
		if i > 0 {
			link = strings.Fields(cli(names[0], "invite"))[0]
		}
		cli(name, "join", link, "--name", name, "--password-file", file)
		path := filepath.Join(profileDir(t, name), "settings.json")
		if err := os.WriteFile(path, []byte(`{"language": "en", "theme": "light"}`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cli
}

// copiesNewest waits until the newest message of the room in view is that one.
func (c *client) copiesNewest(want string) {
	c.t.Helper()
	c.front()
	c.hears(want)
}

// hosting opens the page about the hosted group, with the keyboard so many controls
// behind its first one.
func (c *client) hosting(behind int) {
	c.t.Helper()
	c.runs("settings: hosting")
	c.does("Right")
	if behind > 0 {
		c.does(tabs(behind)...)
	}
}

// backsUp makes a backup on the page about hosting, which is open.
func (c *client) backsUp() {
	c.t.Helper()
	c.does(tabs(hostingBackup)...)
	c.key("Return")
	until(c.t, "a backup", patience, func() bool {
		made, err := filepath.Glob(filepath.Join(profileDir(c.t, c.profile), "server", "backups", "*"))
		return err == nil && len(made) > 0
	})
	c.steady(shortly)
	c.picture("212-backup")
	c.does("Escape")
}

// answers reports whether something listens there.
func answers(address string) bool {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// loopback is where a link ends on this machine.
func loopback(t *testing.T, text string) string {
	t.Helper()
	link, err := chat.ParseLink(text)
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(link.Addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort("127.0.0.1", port)
}

// moves has the group reached at another port, and by this machine only.
func (c *client) moves(from string) (to string) {
	c.t.Helper()
	to, err := proxy.FreeAddress()
	if err != nil {
		c.t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(to)
	if err != nil {
		c.t.Fatal(err)
	}
	c.front()
	c.hosting(hostingWhere)
	c.does("Down") // this machine only
	c.does("Tab")
	c.enters("0")
	c.does("Return")
	c.picture("213-no-port")
	c.does("shift+Tab")
	c.does("Tab") // what stands there is chosen, and gives way
	c.enters(port)
	c.picture("214-about-to-move")
	c.key("Return")
	until(c.t, "the group at another port", patience, func() bool { return answers(to) && !answers(from) })
	c.steady(shortly)
	c.picture("215-moved")
	c.does("Escape")
	return to
}

// reaches has the window look for its group at another address.
func (c *client) reaches(address, picture string) {
	c.t.Helper()
	c.runs("another address of")
	c.enters(address)
	c.picture(picture)
	c.key("Return")
	c.steady(shortly)
	c.away = false
}

// triesNow connects without waiting, if the program still waits.
func (c *client) triesNow() {
	c.t.Helper()
	c.front()
	c.does("ctrl+k")
	c.enters("try now")
	c.does("Return")
	c.does("Escape")
	c.away = false
}

// pauses stops the server, looks that it stays so over a restart, and starts it again.
func pauses(t *testing.T, c *client, at string) *client {
	t.Helper()
	c.front()
	c.hosting(0)
	c.does("Return")
	c.picture("217-stop-for-now")
	c.does("Tab") // from "Cancel"
	c.key("Return")
	until(t, "the server is stopped", patience, func() bool { return !answers(at) })
	c.steady(shortly)
	c.picture("218-stopped")
	c.stop()
	c = open(t, c.profile)
	c.titled("general – Nimbus – Hearth", patience)
	c.front()
	c.steady(time.Second)
	c.picture("219-still-stopped")
	if answers(at) {
		t.Error("a server that was stopped runs after a restart")
	}
	c.hosting(0)
	c.key("Return")
	until(t, "the server runs again", patience, func() bool { return answers(at) })
	c.steady(shortly)
	c.does("Escape")
	return c
}

// ends asks to end the hosted group, with its name typed; the choice of what becomes of
// the data is the caller's.
func (c *client) ends(group, picture string, keys ...string) {
	c.t.Helper()
	c.front()
	c.hosting(hostingEnd)
	c.does("Return")
	c.steady(shortly)   // the server has been asked what there is
	c.does("shift+Tab") // from "Cancel" to the name
	c.enters("something else")
	c.does("Return")
	c.picture(picture + "-another-name")
	c.does("ctrl+a")
	c.enters(strings.ToLower(group))
	if len(keys) > 0 {
		c.does(keys...)
	}
	c.picture(picture)
	c.key("Return")
}

// endsKept ends the group and keeps its data; it returns where they are.
func endsKept(t *testing.T, alice, ben *client, at string) (folder string) {
	t.Helper()
	alice.ends("Nimbus", "220-end")
	until(t, "the kept folder", patience, func() bool {
		kept, err := filepath.Glob(filepath.Join(profileDir(t, "alice"), "server-kept-*"))
		if err != nil || len(kept) != 1 {
			return false
		}
		folder = kept[0]
		return !answers(at)
	})
	alice.steady(shortly)
	alice.picture("222-kept")
	alice.does("shift+Tab")
	command := ""
	until(t, "the command on the clipboard", patience, func() bool {
		alice.key("Return")
		command = clipboard(t)
		return strings.HasPrefix(command, "hearth-server ")
	})
	if want := "hearth-server --data " + folder; command != want {
		t.Errorf("the command is %q, want %q", command, want)
	}
	alice.does("Tab", "Return")
	alice.steady(shortly)
	alice.picture("223-readable")
	ben.front()
	ben.steady(shortly)
	ben.picture("224-has-ended")
	return folder
}

// served serves a group from a folder that was kept.
func served(t *testing.T, folder, at string) {
	t.Helper()
	s := &server{t: t, args: []string{"--data", folder, "--listen", at, "--public", at}}
	s.start()
	t.Cleanup(s.stop)
	until(t, "the server from the folder", patience, func() bool { return answers(at) })
}

// endsErased hosts a second group and ends it with all it has.
func endsErased(t *testing.T, alice *client) {
	t.Helper()
	alice.front()
	alice.runs("add a group")
	alice.hosts("Cirrus")
	alice.ends("Cirrus", "225-erase", append(tabs(-2), "Return", "Tab", "Tab")...)
	until(t, "nothing is left", patience, func() bool {
		left, err := filepath.Glob(filepath.Join(profileDir(t, "alice"), "server*"))
		return err == nil && len(left) == 1
	})
	alice.steady(time.Second)
	alice.picture("226-erased")
}
