//go:build window

package window

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// parrotSays are what the second client writes.
var parrotSays = []string{
	"hello", "**bold** and `code`", "see https://example.org/a/b?c=d", "今天我们一起吃饭 😀", "@monkey are you there?", "> quoted",
	"- one", "1. two", "👩‍👩‍👧‍👦🏳️‍🌈🇲🇹", "ħobż biż-żejt", "\u202Eright to left", "```go", "x := 1", "```", strings.Repeat("long ", 200), "||", "مرحبا بالعالم",
}

// newParrot founds the group of a server, lets the profile "monkey" in, and writes
// into the first room until the test ends, whatever becomes of the connection.
func newParrot(t *testing.T, s *server, seed uint64) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cli := bin(t, "hearth-cli")
	run(t, cli, "--profile", "parrot", "join", s.invite(), "--name", "parrot", "--password-file", file)
	invite, _, _ := strings.Cut(run(t, cli, "--profile", "parrot", "invite"), "\n")
	run(t, cli, "--profile", "monkey", "join", invite, "--name", "monkey", "--password-file", file)

	chat := exec.Command(cli, "--profile", "parrot", "chat", "general", "--json")
	in, err := chat.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out := &buffer{}
	chat.Stderr = out
	if err := chat.Start(); err != nil {
		t.Fatal(err)
	}
	quit, ended := make(chan struct{}), make(chan int, 1)
	go func() { ended <- squawk(in, rand.New(rand.NewPCG(seed, 2)), quit) }()
	t.Cleanup(func() {
		close(quit)
		said := <-ended
		_ = chat.Process.Kill() // its messages may wait for a server that is gone
		_ = chat.Wait()
		t.Logf("the second client wrote %d messages", said)
		if said == 0 {
			t.Errorf("the second client said nothing: %s", out.String())
		}
	})
}

// squawk writes: mostly now and then, sometimes many at once.
func squawk(in io.Writer, random *rand.Rand, quit chan struct{}) (said int) {
	for {
		pause := time.Duration(200+random.IntN(3000)) * time.Millisecond
		burst := 1
		if random.IntN(20) == 0 {
			burst = 100
		}
		select {
		case <-quit:
			return said
		case <-time.After(pause):
		}
		for range burst {
			if _, err := fmt.Fprintln(in, parrotSays[random.IntN(len(parrotSays))]); err != nil {
				return said
			}
			said++
		}
	}
}
