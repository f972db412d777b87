//go:build window

package window

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hearth/chaos/proxy"
)

// slowly is the bytes a second of a poor line, at which a file takes half a minute.
const slowly = 100_000

// noise is a content that nothing makes smaller.
func noise(n int) []byte {
	b := make([]byte, n)
	random := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8), byte(n >> 16)})
	_, _ = random.Read(b) // it never fails
	return b
}

// TestFilesUnderWay: files are dropped onto the window, several of them go as one message
// with a caption; what is too large is refused in words; a large one on a poor line is
// paused while text goes on, resumed, and goes on over a break; one for which there
// is no space is refused in words; another is cancelled. The other person finds them all
// in the list of files.
func TestFilesUnderWay(t *testing.T) {
	fresh(t)
	home := t.TempDir()
	t.Setenv("HOME", home)
	inner, err := proxy.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	line, err := proxy.Start(t.Context(), "127.0.0.1:0", inner)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(line.Close)
	s := serveAt(t, "Big", inner, line.Addr(), "file_mib = 4\naccount_files_mib = 5\n")
	cli := s.joins("ada", "ben")
	_, picture := photo(t)
	slow := noise(3 << 20)
	for name, content := range map[string][]byte{
		"notes.txt": []byte("a line\n"), "walk.png": picture, "plan.pdf": noise(30_000), "huge.bin": noise(5 << 20),
		"slow.bin": slow, "more.bin": noise(3<<20 + 1), "other.bin": noise(1 << 20),
	} {
		if err := os.WriteFile(filepath.Join(home, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	at := func(name string) string { return filepath.Join(home, name) }
	ada := open(t, "ada")
	ada.titled("general – Big – Hearth", patience)
	ada.front()
	ada.steady(shortly)

	ada.drops(at("notes.txt"), at("walk.png"), at("plan.pdf"))
	ada.enters("all from today")
	ada.picture("160-dropped")
	ada.does("Return")
	until(t, "three files at ben", patience, func() bool { return len(filesAt(t, cli)) == 3 })
	if got := filesAt(t, cli); got[0].Seq != got[2].Seq {
		t.Errorf("they are not in one message: %+v", got)
	}
	ada.steady(shortly)
	ada.picture("161-three-in-one")
	ada.drops(at("huge.bin"))
	ada.picture("162-too-large")

	line.Set(proxy.Conditions{Up: proxy.Way{Rate: slowly}})
	before := filesOf(t, s)
	ada.drops(at("slow.bin"))
	ada.does("Return")
	until(t, "the upload has begun", patience, func() bool { return filesOf(t, s) > before })
	ada.picture("163-under-way")
	ada.waitings()
	ada.menu("p") // pause
	ada.picture("164-paused")
	line.Set(proxy.Conditions{})
	ada.does("Escape")
	ada.says("text goes on")
	until(t, "the text at ben", patience, func() bool { return slices.Contains(said(t, cli, "ben", "general"), "text goes on") })
	if got := fileNames(t, cli); slices.Contains(got, "slow.bin") {
		t.Errorf("what is paused was sent: %q", got)
	}
	line.Set(proxy.Conditions{Up: proxy.Way{Rate: slowly}})
	before = filesOf(t, s)
	ada.waitings()
	ada.menu("g") // go on
	until(t, "the upload goes on", patience, func() bool { return filesOf(t, s) > before })
	ada.picture("165-goes-on")
	ada.finish() // killed
	line.Set(proxy.Conditions{})
	ada = open(t, "ada")
	until(t, "the paused file at ben", patience, func() bool { return slices.Contains(fileNames(t, cli), "slow.bin") })
	ada.titled("general – Big – Hearth", patience)
	ada.front()
	ada.steady(shortly)

	ada.drops(at("more.bin"))
	ada.does("Return")
	ada.steady(time.Second) // the server has been asked
	ada.picture("166-no-space")
	ada.waitings()
	ada.menu("End") // Discard
	ada.does("Tab", "Return")
	line.Set(proxy.Conditions{Up: proxy.Way{Rate: slowly}})
	before = filesOf(t, s)
	ada.drops(at("other.bin"))
	ada.does("Return")
	until(t, "the upload has begun", patience, func() bool { return filesOf(t, s) > before })
	ada.waitings()
	ada.menu("c") // cancel
	ada.picture("167-cancel")
	ada.does("Tab", "Return")
	line.Set(proxy.Conditions{})
	ada.does("Escape")
	ada.says("that was all")
	ada.picture("168-cancelled")
	ada.stop()
	if left := outbox(t, cli, "ada"); len(left) > 0 {
		t.Errorf("left: %+v", left)
	}

	ben := open(t, "ben")
	until(t, "all of it at ben", patience, func() bool { return strings.HasPrefix(ben.title(), "(") })
	ben.front()
	ben.runs("pictures and files")
	ben.picture("169-pictures")
	ben.does("Tab", "Return")
	ben.picture("170-files")
	ben.does("Escape")
	ben.stop()
	want := []string{"slow.bin", "notes.txt", "walk.png", "plan.pdf"}
	if got := fileNames(t, cli); !slices.Equal(got, want) {
		t.Errorf("ben's files are %q, want %q", got, want)
	}
	to := at("came.bin")
	cli("ben", "fetch", "--to", to, "general", strconv.Itoa(filesAt(t, cli)[0].Seq))
	if got, err := os.ReadFile(to); err != nil || !bytes.Equal(got, slow) {
		t.Errorf("the file that was paused: %d bytes, %v", len(got), err)
	}
}

// waitings goes to the newest message in view, past the own one that the first key
// would change.
func (c *client) waitings() {
	c.t.Helper()
	c.does("Up", "Up")
}

// fileFact is a file of a message as hearth-cli prints it.
type fileFact struct {
	Seq  int
	Name string
}

// filesAt lists the files ben has once he is up to date, those of the newest message
// first.
func filesAt(t *testing.T, cli cliAs) (all []fileFact) {
	t.Helper()
	cli("ben", "rooms", "--sync")
	for line := range strings.Lines(cli("ben", "files", "general", "--json")) {
		var f fileFact
		unjson(t, line, &f)
		all = append(all, f)
	}
	return all
}

func fileNames(t *testing.T, cli cliAs) (names []string) {
	t.Helper()
	for _, f := range filesAt(t, cli) {
		names = append(names, f.Name)
	}
	return names
}

// filesOf is how many bytes of files a server has, begun ones among them.
func filesOf(t *testing.T, s *server) (sum int64) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(s.args[1], "files"), func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil // it went meanwhile
		}
		if info, err := e.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}
