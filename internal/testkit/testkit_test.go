package testkit

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// recorder is a test that notes what is said to it instead of failing, so that
// the helpers can be seen to fail.
type recorder struct {
	testing.TB
	said     []string
	cleanups []func()
}

func (r *recorder) Helper()          {}
func (r *recorder) Failed() bool     { return len(r.said) > 0 }
func (r *recorder) Error(a ...any)   { r.said = append(r.said, fmt.Sprint(a...)) }
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(format string, a ...any) {
	r.said = append(r.said, fmt.Sprintf(format, a...))
}

// end runs the clean-ups as the testing package does, last one first.
func (r *recorder) end() string {
	for i := len(r.cleanups) - 1; i >= 0; i-- {
		r.cleanups[i]()
	}
	return strings.Join(r.said, "\n")
}

func TestNoLeaks(t *testing.T) {
	stop := make(chan struct{})
	ended := make(chan struct{})
	r := &recorder{TB: t}
	NoLeaks(r)
	go func() { <-stop; close(ended) }()
	if said := r.end(); !strings.Contains(said, "found unexpected goroutines") {
		t.Errorf("a running goroutine was not found: %q", said)
	}
	close(stop)
	<-ended

	clean := &recorder{TB: t}
	NoLeaks(clean)
	done := make(chan struct{})
	go close(done)
	<-done
	if said := clean.end(); said != "" {
		t.Errorf("found a leak where none is: %s", said)
	}
}

// tests are the tests of a package.
type tests func() int

func (run tests) Run() int { return run() }

// TestMainWaits: what ends a second after the last test is no leak there either.
func TestMainWaits(t *testing.T) {
	options := []goleak.Option{goleak.IgnoreCurrent()}
	second, ended := make(chan struct{}), make(chan struct{})
	patient{tests(func() int {
		time.AfterFunc(time.Second, func() { close(second) })
		go func() { <-second; close(ended) }()
		return 0
	}), options}.Run()
	select {
	case <-ended:
	default:
		t.Error("a goroutine that ends was not waited for")
	}
	if code := (patient{tests(func() int { return 1 }), options}).Run(); code != 1 {
		t.Errorf("what failed ends with %d", code)
	}
}

func TestGolden(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sub", "frame.json")
	said := func(got string, write bool) string {
		r := &recorder{TB: t}
		golden(r, file, []byte(got), write)
		return r.end()
	}
	if s := said("one", false); !strings.Contains(s, "-update") {
		t.Errorf("missing file: %q", s)
	}
	if s := said("one", true); s != "" {
		t.Errorf("writing: %q", s)
	}
	if s := said("one", false); s != "" {
		t.Errorf("equal: %q", s)
	}
	if s := said("two", false); !strings.Contains(s, "-file +got") {
		t.Errorf("different text: %q", s)
	}
	if s := said("\xff", false); !strings.Contains(s, "0xff") {
		t.Errorf("different bytes: %q", s)
	}
}

func TestDir(t *testing.T) {
	r := &recorder{TB: t}
	dir := Dir(r)
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, want 0700", info.Mode().Perm())
	}
	file, err := os.Create(filepath.Join(dir, "left-open"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if runtime.GOOS != "linux" {
		t.Skip("open files are only listed on Linux")
	}
	if said := r.end(); !strings.Contains(said, "left-open") {
		t.Errorf("the open file was not found: %q", said)
	}
}

func TestLogger(t *testing.T) {
	Logger(t).Info("written to the test", "n", 1)
}
