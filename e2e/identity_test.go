//go:build e2e

package e2e

import (
	"os/exec"
	"strings"
	"testing"
)

// TestIdentityRotated gives a server a new identity: its people follow without
// noticing, and links from before still lead there.
func TestIdentityRotated(t *testing.T) {
	server := newServer(t, fastConfig)
	server.start(true)
	ana, ben, phone := newCLI(t), newCLI(t), newCLI(t)
	ana.must("", "join", server.invite, "--name", "ana", "--password-file", ana.pass)
	ana.must("", "send", "general", "before")
	invite := strings.TrimSpace(ana.must("", "invite"))
	for range 2 {
		if err := server.stop(); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(program(t, "hearth-server"), "rotate-identity", "--data", server.data).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		server.start(false)
		ana.must("", "send", "general", "after")
	}
	ben.must("", "join", invite, "--name", "ben", "--password-file", ben.pass)
	ben.must("", "send", "general", "hello")
	phone.must("", "login", serverLink(server.invite), "--name", "ana", "--password-file", phone.pass)
	for _, c := range []*cli{ana, ben, phone} {
		if got := strings.Join(messages(caughtUp(t, c)), " "); got != "before after after hello" {
			t.Errorf("a profile holds %q", got)
		}
	}
	fresh := strings.TrimSpace(ana.must("", "invite"))
	if f := func(link string) string { _, f, _ := strings.Cut(link, "f="); f, _, _ = strings.Cut(f, "&"); return f }; f(fresh) == f(invite) {
		t.Error("ana passes on the old identity")
	}
}
