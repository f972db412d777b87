package bench

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"testing"
	"time"

	"hearth/chat"
	"hearth/internal/cputime"
	"hearth/server/host"
)

// A server that is measured runs in a process of its own, so that its CPU time
// is not mixed with the load generator's. The process is this test binary,
// started again with childVariable set.
const childVariable = "HEARTH_BENCH_CHILD"

// dirVariable names a folder that the child serves instead of a fresh one.
const dirVariable = "HEARTH_BENCH_DIR"

func TestMain(m *testing.M) {
	if kind := os.Getenv(childVariable); kind != "" {
		if err := child(kind); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// report is the child's answer to a line on its standard input.
type report struct {
	Address  string  `json:"address,omitempty"`
	Link     string  `json:"link,omitempty"`
	Identity string  `json:"identity,omitempty"`
	CPU      float64 `json:"cpu"`  // µs of user and system time so far
	Heap     uint64  `json:"heap"` // bytes of heap and stacks in use, after a collection
	Routines int     `json:"routines"`
}

// child runs a server of the given kind and answers "cpu" and "heap" until its
// input ends.
func child(kind string) error {
	dir := os.Getenv(dirVariable)
	if dir == "" {
		fresh, err := os.MkdirTemp("", "hearth-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(fresh)
		dir = fresh
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var first report
	var stop func() error
	var err error
	if kind == "hearth" {
		first, stop, err = childHearth(ctx, dir)
	} else {
		first, stop, err = childRaw(ctx, kind, dir)
	}
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(first); err != nil {
		return err
	}
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		r := report{}
		if in.Text() == "heap" {
			r.Heap, r.Routines = heapInUse(), runtime.NumGoroutine()
		}
		r.CPU = float64(cputime.All().Microseconds())
		if err := out.Encode(r); err != nil {
			return err
		}
	}
	return stop()
}

func heapInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// openLimits are the limits of a server that only load generators meet.
func openLimits() chat.Limits {
	l := chat.DefaultLimits()
	l.SendsPerSecond, l.SendBurst = 1_000_000, 1_000_000
	l.RequestsPerSecond, l.RequestBurst = 1_000_000, 1_000_000
	l.InviteUses, l.UnauthPerAddress, l.Unauthenticated, l.Connections = 1_000_000, 100_000, 100_000, 100_000
	l.MembersPerRoom = 100_000
	return l
}

func childHearth(ctx context.Context, dir string) (report, func() error, error) {
	h, err := host.Open(ctx, host.Config{Dir: dir, Listen: []string{"127.0.0.1:0"}, Limits: openLimits()})
	if err != nil {
		return report{}, nil, err
	}
	link, err := h.Invite(ctx, 100_000, time.Hour)
	if err != nil {
		return report{}, nil, err
	}
	return report{Address: h.Addresses()[0], Link: link.String()}, func() error { return h.Close(ctx) }, nil
}

// process is a child seen from the benchmark.
type process struct {
	b     testing.TB
	cmd   *exec.Cmd
	in    *os.File
	out   *json.Decoder
	first report
	once  sync.Once
}

func startChild(b testing.TB, kind string, env ...string) *process {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	p := &process{b: b, cmd: exec.Command(self)}
	p.cmd.Env = append(append(os.Environ(), childVariable+"="+kind), env...)
	p.cmd.Stderr = os.Stderr
	r, w, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	p.cmd.Stdin, p.in = r, w
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	_ = r.Close() // the child has its own
	p.out = json.NewDecoder(stdout)
	if err := p.out.Decode(&p.first); err != nil {
		b.Fatalf("the %s server did not start: %v", kind, err)
	}
	b.Cleanup(p.end)
	return p
}

// end lets the child end by itself and waits for it.
func (p *process) end() {
	p.once.Do(func() {
		_ = p.in.Close()
		if err := p.cmd.Wait(); err != nil {
			p.b.Errorf("the server ended: %v", err)
		}
	})
}

// ask sends a word and returns the child's answer.
func (p *process) ask(word string) report {
	p.b.Helper()
	var r report
	if _, err := p.in.WriteString(word + "\n"); err != nil {
		p.b.Fatal(err)
	}
	if err := p.out.Decode(&r); err != nil {
		p.b.Fatal(err)
	}
	return r
}

// selfSigned makes a certificate for the baselines, of the kind Hearth uses.
func selfSigned() (tls.Certificate, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	return host.SelfSigned(key)
}
