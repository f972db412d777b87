//go:build window

package window

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// A picture that stays the same may be that of a program which is done, or of one that
// has had no processor on a busy machine, or waits for such a one. So it is asked whether
// it has taken all keys, and only time counts in which the programs had nothing to do.

// pings asks programs whether they have taken what the screen had for them, as a window
// manager does.
type pings struct {
	x     *xgb.Conn
	begun atomic.Uint32

	mu       sync.Mutex
	answered map[uint32]bool // guarded by mu
}

// askAround is the tests' second connection to the screen: it hears answers.
var askAround = sync.OnceValues(func() (*pings, error) {
	if _, err := screen(); err != nil {
		return nil, err
	}
	x, err := xgb.NewConn()
	if err != nil {
		return nil, err
	}
	protocols, err := atom("WM_PROTOCOLS")
	if err != nil {
		return nil, err
	}
	p := &pings{x: x, answered: map[uint32]bool{}}
	root := xproto.Setup(x).DefaultScreen(x).Root
	if err := xproto.ChangeWindowAttributesChecked(x, root, xproto.CwEventMask, []uint32{xproto.EventMaskSubstructureNotify}).Check(); err != nil {
		return nil, err
	}
	go func() {
		for {
			event, failed := x.WaitForEvent()
			if event == nil && failed == nil {
				return // the screen is gone
			}
			if e, ok := event.(xproto.ClientMessageEvent); ok && e.Type == protocols {
				p.mu.Lock()
				p.answered[e.Data.Data32[1]] = true
				p.mu.Unlock()
			}
		}
	}()
	return p, nil
})

// ping asks a window's program and waits for the answer: it has then taken every key that
// was pressed before. It reports false for a window that is not there.
func (p *pings) ping(t testing.TB, c *client) bool {
	t.Helper()
	protocols, ping := c.atom("WM_PROTOCOLS"), c.atom("_NET_WM_PING")
	const ours = 1 << 30 // no time of the screen's
	number := ours + p.begun.Add(1)
	win := c.number()
	e := xproto.ClientMessageEvent{
		Format: 32, Window: win, Type: protocols,
		Data: xproto.ClientMessageDataUnionData32New([]uint32{uint32(ping), number, uint32(win), 0, 0}),
	}
	if err := xproto.SendEventChecked(p.x, false, win, xproto.EventMaskNoEvent, string(e.Bytes())).Check(); err != nil {
		return false
	}
	until(t, "an answer of "+c.profile+"'s window", patience, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.answered[number] || c.gone()
	})
	return !c.gone()
}

// painted waits until the program has taken every key that was pressed, and has painted
// what came of it by itself: it answers before it paints, and again after that.
func (c *client) painted() {
	c.t.Helper()
	p, err := askAround()
	if err != nil {
		c.t.Fatalf("the screen: %v", err)
	}
	for range 2 {
		if !p.ping(c.t, c) {
			return
		}
	}
}

// gone reports whether the program has ended.
func (c *client) gone() bool {
	select {
	case err := <-c.ended:
		c.ended <- err
		return true
	default:
		return c.ended == nil
	}
}

// running are the programs this test has started: what one shows may wait for another.
var running struct {
	mu  sync.Mutex
	all []*os.Process // guarded by mu
}

// runs notes a program that has begun.
func runs(p *os.Process) {
	running.mu.Lock()
	defer running.mu.Unlock()
	running.all = append(running.all, p)
}

// ends notes that a program is no more.
func ends(p *os.Process) {
	running.mu.Lock()
	defer running.mu.Unlock()
	running.all = slices.DeleteFunc(running.all, func(o *os.Process) bool { return o == p })
}

// toil is how long threads of all programs have run, or have been ready to and had no
// processor, all together; blocked says that one waits for the disk. Nothing where the
// system does not say.
func toil() (all time.Duration, blocked bool) {
	running.mu.Lock()
	defer running.mu.Unlock()
	for _, p := range running.all {
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", p.Pid))
		for _, task := range tasks {
			data, _ := os.ReadFile(filepath.Join(task, "schedstat")) // it may have ended
			var ran, ready time.Duration
			if _, err := fmt.Sscan(string(data), &ran, &ready); err == nil {
				all += ran + ready
			}
			data, _ = os.ReadFile(filepath.Join(task, "stat"))
			_, state, _ := strings.Cut(string(data), ") ")
			blocked = blocked || strings.HasPrefix(state, "D")
		}
	}
	return all, blocked
}

// rest counts time in which nothing ran, was ready to run or waited for the disk.
type rest struct {
	at     time.Time
	toiled time.Duration
	long   time.Duration
}

func newRest() *rest {
	all, _ := toil()
	return &rest{at: time.Now(), toiled: all}
}

// count adds what has passed: a tenth of it always, for programs never rest wholly.
func (r *rest) count() {
	all, blocked := toil()
	passed, toiled := time.Since(r.at), all-r.toiled
	if blocked {
		toiled = passed
	}
	r.long += max(passed-max(toiled, 0), passed/10)
	r.at, r.toiled = r.at.Add(passed), all
}

// changes waits until what do does has changed the window and the picture has
// been the same for a while. What changed it before is over when do begins.
func (c *client) changes(still time.Duration, do func()) {
	c.t.Helper()
	c.painted()
	if c.calm != c.look() {
		c.steady(still)
	}
	before := c.calm
	do()
	c.still(still, func(now [32]byte) bool { return now != before })
}

// steady waits until the picture has been the same for a while.
func (c *client) steady(still time.Duration) {
	c.t.Helper()
	c.still(still, func([32]byte) bool { return true })
}

// still waits for a picture that ok likes and that has been the same for a while, in
// which the programs could have changed it.
func (c *client) still(still time.Duration, ok func([32]byte) bool) {
	c.t.Helper()
	c.painted()
	last, rested := c.look(), newRest()
	until(c.t, "a still picture of the window of "+c.profile, patience, func() bool {
		rested.count()
		if ok(last) && rested.long > still {
			c.painted()
		}
		if now := c.look(); now != last {
			last, rested.long = now, 0
		}
		if !ok(last) || rested.long <= still {
			return false
		}
		c.calm = last
		return true
	})
}

// picture keeps what the window shows, as soon as that is painted and rests, if it does.
func (c *client) picture(name string) {
	c.t.Helper()
	const rest, most = 150 * time.Millisecond, 3 * time.Second
	if !c.t.Failed() && !c.gone() {
		c.painted()
		last, since := c.look(), time.Now()
		for end := since.Add(most); time.Now().Before(end) && (time.Since(since) < rest || c.blank()); time.Sleep(rest / 3) {
			if now := c.look(); now != last {
				last, since = now, time.Now()
			}
		}
	}
	c.keep(name)
}

// blank reports that the window has one colour, as before its first paint.
func (c *client) blank() bool {
	data := c.pixels(area{})
	return len(data) < 8 || strings.Repeat(string(data[:4]), len(data)/4) == string(data)
}
