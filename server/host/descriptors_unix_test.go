//go:build unix

package host

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"

	"hearth/internal/testkit"
)

// descriptorsChild makes this test program open a host, say what came of it, and end.
const descriptorsChild = "HEARTH_TEST_DESCRIPTORS"

// TestDescriptorLimit: a server in a process that may open few files says so and admits
// fewer connections; with next to none it does not begin; the soft limit is raised.
func TestDescriptorLimit(t *testing.T) {
	if dir := os.Getenv(descriptorsChild); dir != "" {
		var log bytes.Buffer
		h, err := Open(t.Context(), Config{Dir: dir, Listen: []string{"127.0.0.1:0"}, Log: slog.New(slog.NewTextHandler(&log, nil))})
		var reason *Error
		if errors.As(err, &reason) {
			fmt.Printf("refused %s %s\n", reason.Kind, reason.Text)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("opened %d\n%s", h.server.Limits().Connections, log.String())
		stop(t, h)
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for limit, wants := range map[string][]string{
		"-n 1024":           {"opened 540\n", "descriptors=1024", "asked=10000"},
		"-Sn 256; -Hn 1024": {"opened 540\n"},
		"-n 100":            {"refused request", "ulimit -n", "100"},
	} {
		commands := ""
		for _, part := range strings.Split(limit, "; ") {
			commands += "ulimit " + part + " && "
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-c", commands+`exec "$0" -test.run='^TestDescriptorLimit$'`, self)
		cmd.Env = append(os.Environ(), descriptorsChild+"="+testkit.Dir(t))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", limit, err, out)
			continue
		}
		for _, want := range wants {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s: it does not say %q:\n%s", limit, want, out)
			}
		}
	}
}
