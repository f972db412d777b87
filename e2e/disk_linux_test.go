//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// diskConfig leaves a mark that a disk of 48 MiB can be above and below.
const diskConfig = fastConfig + `
[disk]
min_free_mib = 12
min_free_percent = 50
`

// TestDiskFull fills the server's disk, first to the mark below which it refuses
// messages by itself, then to the last byte. Both times what was acknowledged
// stays, what waits goes out when there is space again, and nobody starts
// anything anew.
func TestDiskFull(t *testing.T) {
	for name, config := range map[string]string{"mark": diskConfig, "last byte": strings.ReplaceAll(diskConfig, " = 12", " = 0")} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t, config)
			server.data = smallDisk(t, 48<<20)
			t.Cleanup(server.kill) // before the disk goes
			server.start(true)
			pid := server.cmd.Process.Pid
			ana := newCLI(t)
			ana.must("", "join", server.invite, "--name", "ana", "--password-file", ana.pass)
			ana.must("", "send", "general", "before")

			ballast := filepath.Join(server.data, "ballast")
			fill(t, ballast)
			if name == "mark" { // else what the file has in stock is used up first
				awaitReady(t, server.data, false)
			}
			ana.timeout = "5s"
			texts := []string{"before"}
			refused := false
			for i := 0; i < 400 && !refused; i++ { // the data's last page may have room for some
				text := fmt.Sprintf("during %d %s", i, strings.Repeat("x", 15_000))
				_, _, code := ana.run("", "send", "general", text)
				refused = code != 0
				texts = append(texts, text)
			}
			if !refused {
				t.Fatal("a full disk takes everything")
			}
			if out := ana.must("", "outbox", "--json"); strings.Count(out, "\n") != 1 {
				t.Errorf("one message must wait: %s", tail(out, 1000))
			}

			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
			awaitReady(t, server.data, true)
			ana.timeout = "60s"
			ana.must("", "send", "general", "after")
			if server.cmd.Process.Pid != pid || server.cmd.ProcessState != nil {
				t.Error("the server is another one")
			}
			got := messages(ana.tail("general"))
			want := append(texts, "after")
			if len(got) != len(want) {
				t.Fatalf("%d messages instead of %d", len(got), len(want))
			}
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("message %d is %.20q instead of %.20q", i, got[i], want[i])
				}
			}
			if err := server.stop(); err != nil {
				t.Errorf("the end: %v", err)
			}
			server.start(false)
			ben := newCLI(t)
			ben.must("", "login", serverLink(server.invite), "--name", "ana", "--password-file", ben.pass)
			if again := messages(caughtUp(t, ben)); len(again) != len(want) {
				t.Errorf("%d messages after a restart instead of %d", len(again), len(want))
			}
		})
	}
}

// fill writes until nothing fits any more.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for size := 1 << 20; size > 0; {
		if _, err = f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// awaitReady waits until the server says that it is ready, or that it is not.
func awaitReady(t *testing.T, data string, want bool) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(data, "ops.json"))
	if err != nil {
		t.Fatal(err)
	}
	_, address, _ := strings.Cut(string(text), `"address":"`)
	address, _, _ = strings.Cut(address, `"`)
	last := ""
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		resp, err := http.Get("http://" + address + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if last = resp.Status; (resp.StatusCode == http.StatusOK) == want {
			return
		}
	}
	t.Fatalf("/readyz still says %s", last)
}

// smallDisk mounts a disk of so many bytes in memory; only root may.
func smallDisk(t *testing.T, bytes int) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root may mount a small disk")
	}
	dir := t.TempDir()
	if err := syscall.Mount("hearth-test", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=700", bytes)); err != nil {
		t.Skipf("cannot mount a small disk here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}
