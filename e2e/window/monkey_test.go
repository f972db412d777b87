//go:build window

package window

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// monkeyTime is how long the monkey plays; HEARTH_MONKEY sets another time, and
// HEARTH_MONKEY_SEED repeats a run (as far as the machine's timing allows):
// `make monkey TIME=30m SEED=…`.
const monkeyTime = 30 * time.Second

// monkeyKeys are what it presses, besides letters. Nothing here ends the program.
var monkeyKeys = []string{
	"Tab", "Tab", "shift+Tab", "Return", "Return", "shift+Return", "Escape", "space", "BackSpace", "Delete", "Up", "Down", "Left",
	"Right", "Home", "End", "Prior", "Next", "F1", "F5", "ctrl+a", "ctrl+c", "ctrl+v", "ctrl+x", "ctrl+z", "ctrl+Home", "ctrl+End",
	"ctrl+k", "ctrl+n", "ctrl+o", "ctrl+shift+i", "ctrl+m", "ctrl+d", "ctrl+f", "ctrl+shift+b", "ctrl+e", "ctrl+j", "ctrl+comma", "ctrl+slash", "alt+Up", "alt+Down",
	"shift+Up", "shift+End", "shift+F10", "Menu", "ctrl+Return", "ctrl+Up", "ctrl+Down", "ctrl+shift+Home",
	"ctrl+1", "ctrl+2", "ctrl+3", "ctrl+4", "ctrl+5", "ctrl+6", "ctrl+7", "ctrl+8", "ctrl+9",
}

// monkeyAtHome are keys that may lead to files of whoever runs this: only where the home
// folder is one of those that are made for tests.
var monkeyAtHome = []string{"ctrl+u"}

// keysOf are the keys it presses here.
func keysOf(home string) []string {
	temp := filepath.Clean(os.TempDir()) + string(filepath.Separator)
	if home != "" && strings.HasPrefix(filepath.Clean(home), temp) {
		return append(slices.Clone(monkeyKeys), monkeyAtHome...)
	}
	return monkeyKeys
}

// monkeySizes are what it makes of the window.
var monkeySizes = [][2]int{{1200, 800}, {480, 700}, {361, 421}, {720, 500}, {1380, 940}}

// monkey is somebody who presses and clicks without a plan.
type monkey struct {
	c      *client
	h      *healthLog
	random *rand.Rand
	keys   []string
	width  int
	height int
	did    []string // last things, for who has to understand a failure
	rests  []rested
}

// TestMonkey lets a monkey loose on the real window, while a second client writes and
// the server comes and goes. It fails if the program panics, calls the toolkit from a
// wrong goroutine, dies, does not answer for more than a second, or grows.
func TestMonkey(t *testing.T) {
	long := monkeyTime
	if s := os.Getenv("HEARTH_MONKEY"); s != "" {
		var err error
		if long, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
	}
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("HEARTH_MONKEY_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("HEARTH_MONKEY_SEED=%d", seed)

	s := serve(t)
	h := newHealthLog(t)
	newParrot(t, s, seed)
	c := open(t, "monkey")
	c.front()
	until(t, "the first room", patience, func() bool { // perhaps with something unread
		return strings.HasSuffix(c.title(), "general – Big – Hearth")
	})

	m := &monkey{c: c, h: h, random: rand.New(rand.NewPCG(seed, 1)), keys: keysOf(os.Getenv("HOME")), width: 1200, height: 800}
	rounds, pause := 0, max(long/8, 10*time.Second)
	next := time.Now().Add(pause)
	for end := time.Now().Add(long); time.Now().Before(end) && !t.Failed(); rounds++ {
		m.play()
		switch n := m.random.IntN(400); {
		case n < 3:
			s.stop()
		case n < 12:
			if s.cmd == nil {
				s.start()
			}
		}
		if time.Now().After(next) && !t.Failed() {
			m.rest()
			next = time.Now().Add(pause)
		}
	}
	t.Logf("%d rounds; slowest answer of the window %.2f s", rounds, h.slowest)
	if !t.Failed() {
		m.grown()
		c.picture("monkey")
		c.stop() // an interface that hangs does not end
	}
	if t.Failed() {
		t.Logf("the last things it did:\n%s", strings.Join(m.did, "\n"))
		if stacks, err := os.ReadFile(h.path + ".stacks"); err == nil {
			t.Logf("what the program did when it did not answer:\n%.20000s", stacks)
		}
	}
}

// play does some things and looks whether the program still lives.
func (m *monkey) play() {
	m.c.t.Helper()
	args := []string{"windowactivate", "--sync", m.c.id}
	for range 1 + m.random.IntN(12) {
		args = append(args, m.act()...)
	}
	m.did = append(m.did, strings.Join(args[3:], " "))
	m.did = m.did[max(0, len(m.did)-12):]
	out, err := exec.Command("xdotool", args...).CombinedOutput()
	select {
	case ended := <-m.c.ended:
		m.c.ended <- ended
		m.c.t.Errorf("the program has ended: %v", ended)
		return
	default:
	}
	if err != nil && !m.visible() {
		// It may have closed the window of a group that goes on being hosted: start
		// the program again, as a person would.
		if again, err := exec.Command(bin(m.c.t, "hearth"), "--profile", m.c.profile).CombinedOutput(); err != nil {
			m.c.t.Errorf("the window is gone and does not come back: %v\n%s%s", err, out, again)
			return
		}
		m.c.findWindow(time.Now())
	}
	m.h.read()
	for _, bad := range []string{"Error in Fyne call thread", "panic:", "called from"} {
		if strings.Contains(m.c.stderr.String(), bad) {
			m.c.t.Errorf("%q on standard error", bad)
		}
	}
}

func (m *monkey) visible() bool { return visible(m.c) }

// act is one thing, in the words of xdotool.
func (m *monkey) act() []string {
	at := func() []string {
		return []string{"mousemove", "--window", m.c.id, strconv.Itoa(m.random.IntN(m.width)), strconv.Itoa(m.random.IntN(m.height))}
	}
	switch n := m.random.IntN(100); {
	case n < 35:
		return []string{"key", "--delay", "5", m.keys[m.random.IntN(len(m.keys))]}
	case n < 45:
		return []string{"key", "--delay", "5", string(rune('a' + m.random.IntN(26)))}
	case n < 78:
		return append(at(), "click", "1")
	case n < 84:
		return append(at(), "click", "3")
	case n < 90:
		return append(at(), "click", "--repeat", "4", "--delay", "10", strconv.Itoa(4+m.random.IntN(2)))
	case n < 94:
		drag := append(at(), "mousedown", "1")
		return append(append(drag, at()...), "mouseup", "1")
	case n < 96:
		size := monkeySizes[m.random.IntN(len(monkeySizes))]
		m.width, m.height = size[0], size[1]
		return []string{"windowsize", m.c.id, fmt.Sprint(m.width), fmt.Sprint(m.height)}
	default:
		return at()
	}
}
