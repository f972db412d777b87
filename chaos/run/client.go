//go:build unix

package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"hearth/app"
	"hearth/chaos/check"
	"hearth/chaos/proxy"
	"hearth/chat"
	"hearth/store"
	"hearth/store/profile"
	"hearth/store/secret"
)

// window is how many messages a typist is ahead of what was shown.
const window = 400

// passphrase opens every vault of a run.
const passphrase = "the passphrase of a vault"

// client is a profile and the person at it, who types numbered messages.
type client struct {
	// Fixed after join.
	programs Programs
	name     string
	dir      string
	proxy    *proxy.Proxy
	clock    func() time.Duration
	epoch    func() string
	key      secret.Key
	owner    store.Owner
	path     string // of the database
	log      *transcript
	env      []string // of every process

	mu      sync.Mutex
	moved   sync.Cond // on mu: shown, target or proc has changed
	proc    *process  // guarded by mu; nil while none runs
	planned string    // guarded by mu: where the present process is to be killed
	shows   bool      // guarded by mu: the present process has shown something
	full    time.Time // guarded by mu: when it last said that this disk is full, in place of a connection
	target  int       // guarded by mu: the person types up to here
	typed   int       // guarded by mu: highest number given to the present process
	shown   int       // guarded by mu: highest own number seen in the log
	settled int       // guarded by mu: all up to here are in the log on disk
	sends   []check.Send
	seen    []check.Sighting
	typing  sync.WaitGroup
}

func newClient(programs Programs, dir, name string, env []string, clock func() time.Duration, epoch func() string) (*client, error) {
	c := &client{
		programs: programs, name: name, dir: dir, clock: clock, epoch: epoch, env: env,
		log: &transcript{wary: clientAlarms, marks: []string{markEnded, markMended, markFull}},
	}
	c.moved.L = &c.mu
	return c, errors.Join(os.MkdirAll(dir, 0o700),
		os.WriteFile(filepath.Join(dir, "vault"), []byte(passphrase+"\n"), 0o600),
		os.WriteFile(filepath.Join(dir, "password"), []byte("a long enough password 42\n"), 0o600))
}

// Lines of a client's log that bounds are measured by.
const (
	markEnded  = "connection ended"
	markMended = "the server has lost events"
	markFull   = "hearth-cli: the disk is full" // for the person
)

func (c *client) args(args ...string) []string {
	return append([]string{"--profile", c.dir + "/profile", "--vault-file", c.dir + "/vault", "-v"}, args...)
}

// command runs a command to its end and returns what it printed.
func (c *client) command(ctx context.Context, env []string, args ...string) (string, int, error) {
	var out strings.Builder
	p, err := launch(c.programs.CLI, c.args(args...), append(slices.Clone(c.env), env...), func(b []byte) { out.Write(b); out.WriteByte('\n') }, c.log)
	if err != nil {
		return "", 0, err
	}
	_ = p.stdin.Close() // nothing to say
	select {
	case <-p.ended:
	case <-ctx.Done():
		p.kill()
		return "", 0, ctx.Err()
	}
	p.work.Wait()
	_, code := p.killed()
	return out.String(), code, nil
}

// must is command for what has to succeed.
func (c *client) must(ctx context.Context, args ...string) (string, error) {
	out, code, err := c.command(ctx, nil, args...)
	if err == nil && code != 0 {
		err = fmt.Errorf("hearth-cli %s of %s: code %d\n%s\n%s", args[0], c.name, code, out, c.log)
	}
	return out, err
}

// join makes the account, through the client's own proxy.
func (c *client) join(ctx context.Context, invite string, through *proxy.Proxy, env ...string) error {
	code, err := c.enrol(ctx, invite, through, env...)
	if err != nil || code != 0 {
		return fmt.Errorf("joining as %s: code %d: %w\n%s", c.name, code, errors.Join(err, errJoin), c.log)
	}
	return c.unlock(ctx)
}

// enrol runs the command that makes the account, and returns its code: below 0 if
// it was killed.
func (c *client) enrol(ctx context.Context, invite string, through *proxy.Proxy, env ...string) (int, error) {
	c.proxy = through
	link, err := chat.ParseLink(strings.TrimSpace(invite))
	if err != nil {
		return 0, err
	}
	link.Addresses = []string{through.Addr()}
	_, code, err := c.command(ctx, env, "join", link.String(), "--name", c.name, "--password-file", filepath.Join(c.dir, "password"))
	return code, err
}

var errJoin = errors.New("not joined")

// unlock learns the key of the profile's database, so that it can be read
// between two lives of the program.
func (c *client) unlock(ctx context.Context) error {
	p, err := profile.Open(filepath.Join(c.dir, "profile"))
	if err != nil {
		return err
	}
	groups, err := p.Groups()
	if err != nil || len(groups) != 1 {
		return errors.Join(err, fmt.Errorf("%s has %d groups", c.name, len(groups)))
	}
	a := groups[0].Account()
	vault := secret.NewVault(groups[0].VaultPath(), []byte(passphrase))
	defer vault.Wipe()
	b, err := vault.Load(ctx, secret.Ref{Server: a.Server, Device: a.Device})
	if err != nil {
		return err
	}
	c.key, c.path, c.owner = b.Key, groups[0].StorePath(), store.Owner{Server: a.Server, Account: a.Account, Device: a.Device}
	return nil
}

func (c *client) openStore(ctx context.Context) (*store.Store, error) {
	s, err := store.Open(ctx, c.path, c.key, c.owner, store.Options{Timeout: 5 * time.Second})
	if err != nil {
		return nil, fmt.Errorf("the data of %s: %w", c.name, err)
	}
	return s, nil
}

// start starts a conversation; the person goes on typing.
func (c *client) start(env ...string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, err := launch(c.programs.CLI, c.args("chat", "general", "--json"), append(slices.Clone(c.env), env...), c.line, c.log)
	if err != nil {
		return err
	}
	c.proc, c.shows = p, false
	c.typing.Go(func() { c.typeOn(p) })
	c.typing.Go(func() {
		<-p.ended
		c.mu.Lock()
		defer c.mu.Unlock()
		c.moved.Broadcast()
	})
	return nil
}

// typeOn writes lines as long as the program takes them.
func (c *client) typeOn(p *process) {
	for {
		c.mu.Lock()
		for c.typed >= c.target || c.typed >= c.shown+window {
			if over(p) {
				c.mu.Unlock()
				return
			}
			c.moved.Wait()
		}
		if over(p) {
			c.mu.Unlock()
			return
		}
		c.typed++
		n := c.typed
		for len(c.sends) < n {
			c.sends = append(c.sends, check.Send{Who: c.name})
		}
		if s := &c.sends[n-1]; s.Text == "" {
			s.Text, s.Began = c.text(n), c.clock()
		}
		c.mu.Unlock()
		if _, err := p.stdin.Write([]byte(c.text(n) + "\n")); err != nil {
			return // it was killed
		}
	}
}

func (c *client) text(n int) string { return c.name + " " + strconv.Itoa(n) }

func over(p *process) bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// shownEvent is a line of chat --json.
type shownEvent struct {
	Seq    uint64 `json:"seq"`
	MID    string `json:"mid"`
	Author string `json:"author"`
	Kind   string `json:"kind"`
	Text   string `json:"text"`
	Erased bool   `json:"erased"`
	Chain  string `json:"chain"`
}

// kindBack is the kind of the line that tells that a room has gone back.
const kindBack = "hearth.back"

// readEvent reads a line of what is printed; false if it is no event of the log, but
// tells of the connection, of the room's going back, or of what is on its way.
func readEvent(line []byte) (e shownEvent, ok bool) {
	ok = json.Unmarshal(line, &e) == nil && e.Seq > 0 && e.Kind != kindBack
	return e, ok
}

// tellsFull reports a line that says that there is no connection because this disk is
// full: what is received needs more of it than a line that is typed, and fails first.
func tellsFull(line []byte) bool {
	var r struct {
		Reason app.Reason `json:"reason"`
	}
	return json.Unmarshal(line, &r) == nil && r.Reason == app.ReasonDiskFull
}

// saidFull is when the program last told the person that the disk is full.
func (c *client) saidFull() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if typed := c.log.when(markFull); typed.After(c.full) {
		return typed
	}
	return c.full
}

// line takes note of an event that the program shows.
func (c *client) line(b []byte) {
	at := c.clock()
	e, ok := readEvent(b)
	if !ok {
		if tellsFull(b) {
			c.mu.Lock()
			c.full = time.Now()
			c.mu.Unlock()
		}
		return
	}
	epoch := c.epoch()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shows = true
	c.seen = append(c.seen, check.Sighting{Who: c.name, Epoch: epoch, At: at, Event: check.Event(e)})
	n := c.number(e.Text)
	if n == 0 || n > len(c.sends) {
		return
	}
	if s := &c.sends[n-1]; s.Done == 0 {
		s.Done, s.Seq = at, e.Seq
	}
	if n > c.shown {
		c.shown = n
		c.moved.Broadcast()
	}
}

// number returns which own message a text is, 0 if none.
func (c *client) number(text string) int {
	rest, own := strings.CutPrefix(text, c.name+" ")
	n, err := strconv.Atoi(rest)
	if !own || err != nil {
		return 0
	}
	return n
}

func (c *client) running() *process {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.proc
}

// buried looks at what a killed program has left: every message it ever had,
// and had not been told to forget, must be in the log or in the outbox. The
// person goes on with the first one the program had not taken.
func (c *client) buried(ctx context.Context) (found []check.Violation, err error) {
	c.typing.Wait()
	have, highest, settled, err := c.own(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.proc = nil
	if highest < c.shown {
		found = append(found, check.Violation{Check: "I8 after a crash", Text: fmt.Sprintf("%s had shown its message %d, and its disk ends at %d", c.name, c.shown, highest)})
	}
	for n := c.settled + 1; n <= highest; n++ {
		if !have[n] {
			found = append(found, check.Violation{Check: "I3 after a crash", Text: fmt.Sprintf("message %d of %s is neither in its log nor in its outbox, %d is", n, c.name, highest)})
			break
		}
	}
	c.settled = max(c.settled, settled)
	c.typed = max(highest, c.shown)
	c.shown = max(c.shown, settled)
	for n := c.typed; n < len(c.sends); n++ {
		c.sends[n].Text = "" // it never got there: typed again, at another time
	}
	return found, nil
}

// own has the whole store checked, and returns which own messages lie in log or outbox beyond the settled ones,
// the highest of them, and up to where all are in the log.
func (c *client) own(ctx context.Context) (have map[int]bool, highest, settled int, err error) {
	s, err := c.openStore(ctx)
	if err != nil {
		return nil, 0, 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Check(ctx); err != nil { // a cursor may be ahead of what no person sees, too
		return nil, 0, 0, err
	}
	c.mu.Lock()
	from := c.settled
	c.mu.Unlock()
	have, highest = map[int]bool{}, from
	entries, err := s.Outbox(ctx)
	if err != nil {
		return nil, 0, 0, err
	}
	for i := range entries {
		n := c.number(textOf(entries[i].Kind, entries[i].Body))
		have[n], highest = true, max(highest, n)
	}
	waiting := len(have) > 0
	lowest := highest
	for n := range have {
		lowest = min(lowest, n)
	}
	rooms, err := s.Rooms(ctx)
	if err != nil || len(rooms) == 0 {
		return have, highest, from, err
	}
	q := store.Query{Place: store.Newest, Limit: 1000}
	for below := false; !below; {
		w, err := s.Messages(ctx, rooms[0].ID, q)
		if err != nil {
			return nil, 0, 0, err
		}
		for i := range w.Events {
			if n := c.number(textOf(w.Events[i].Kind, w.Events[i].Body)); n > 0 {
				have[n], highest, below = true, max(highest, n), below || n <= from
			}
		}
		if len(w.Events) == 0 || !w.MoreBefore {
			break
		}
		q = store.Query{Place: store.Before, Seq: w.Events[0].Seq, Limit: 1000}
	}
	settled = highest
	if waiting {
		settled = lowest - 1
	}
	return have, highest, settled, nil
}

// aim sets up to which number the person types.
func (c *client) aim(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.target = n
	c.moved.Broadcast()
}

// talkOn lets a person who has typed everything type n more.
func (c *client) talkOn(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.typed >= c.target {
		c.target = c.typed + n
		c.moved.Broadcast()
	}
}

// showing reports whether the present process has shown an event.
func (c *client) showing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shows
}

// progress returns how many messages were typed and shown.
func (c *client) progress() (typed, shown int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.typed, c.shown
}

// mark notes where the present process is to be killed.
func (c *client) mark(env string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	place, _ := strings.CutPrefix(env, "HEARTH_KILL=")
	place, _, _ = strings.Cut(place, ":")
	if place == env {
		place = ""
	}
	c.planned = place
}

func (c *client) plannedPlace() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.planned
}
