package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// instance makes a profile's second start bring back the window of the first: the
// first listens on a socket that only its user can reach. The store's own lock
// is what keeps two cores apart; this is only about windows.
type instance struct {
	listener net.Listener // nil if none could be made
	once     sync.Once
}

// What a first start answers, so that a second one can tell it from anything else
// that may sit on the socket: that its window shows, or that it is about to end.
const (
	greeting = "hearth-window-1"
	farewell = "hearth-window-ends"
)

const (
	// instanceTimeout bounds the talk between two starts.
	instanceTimeout = 3 * time.Second
	// endPatience is how long a start waits for one that ends: a server that it
	// hosts takes its time.
	endPatience = 15 * time.Second
	endPoll     = 100 * time.Millisecond
)

// longestSocket is how long the path of a socket may be on every system.
const longestSocket = 100

// socketPath is short whatever the profile's path is: sockets allow some hundred
// bytes only. It is in a folder of the user alone: who else could put a socket there
// would be given the invites that links carry.
func socketPath(dir string) string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	sum := sha256.Sum256([]byte(dir))
	name := "hearth-" + hex.EncodeToString(sum[:8]) + ".sock"
	if base := os.Getenv("XDG_RUNTIME_DIR"); base != "" {
		return filepath.Join(base, name)
	}
	if cache, err := os.UserCacheDir(); err == nil {
		own := filepath.Join(cache, "hearth")
		if path := filepath.Join(own, name); len(path) <= longestSocket && os.MkdirAll(own, 0o700) == nil && os.Chmod(own, 0o700) == nil {
			return path
		}
	}
	return filepath.Join(dir, ".window.sock") // the profile is the user's own; if that is too long, nobody listens
}

// claimInstance reports whether this is the first start with a profile. If not,
// the running one has been asked to show its window and the link.
func claimInstance(ctx context.Context, dir, link string) (*instance, bool) {
	path := socketPath(dir)
	answer := raise(path, link)
	for until := time.Now().Add(endPatience); answer == farewell && time.Now().Before(until) && ctx.Err() == nil; answer = raise(path, link) {
		select {
		case <-time.After(endPoll):
		case <-ctx.Done():
		}
	}
	if answer == greeting {
		return nil, false
	}
	_ = os.Remove(path) // left by one that crashed: nobody answered on it
	l, err := net.Listen("unix", path)
	if err != nil {
		return &instance{}, true // a second start will say that the profile is open
	}
	_ = os.Chmod(path, 0o600) // the folder is the user's own, see socketPath; this is a second lock
	return &instance{listener: l}, true
}

// raise asks a running program to come to the front and returns its answer, "" if
// there is none.
func raise(path, link string) string {
	c, err := net.DialTimeout("unix", path, instanceTimeout)
	if err != nil {
		return ""
	}
	defer c.Close() // the answer has been read
	_ = c.SetDeadline(time.Now().Add(instanceTimeout))
	if _, err := io.WriteString(c, strings.ReplaceAll(link, "\n", " ")+"\n"); err != nil {
		return ""
	}
	answer, err := bufio.NewReader(io.LimitReader(c, 64)).ReadString('\n')
	if err != nil {
		return ""
	}
	return strings.TrimSpace(answer)
}

// serve answers further starts until close; show is called with their link and
// says whether the window came to the front.
func (i *instance) serve(show func(link string) bool) {
	if i.listener == nil {
		return
	}
	for {
		c, err := i.listener.Accept()
		if err != nil {
			return // closed
		}
		_ = c.SetDeadline(time.Now().Add(instanceTimeout))
		link, err := bufio.NewReader(io.LimitReader(c, 8192)).ReadString('\n')
		if err == nil {
			answer := farewell
			if show(strings.TrimSpace(link)) {
				answer = greeting
			}
			_ = c.SetDeadline(time.Now().Add(instanceTimeout))
			_, _ = io.WriteString(c, answer+"\n") // if it does not arrive, the other says the profile is open
		}
		_ = c.Close()
	}
}

// close ends serve.
func (i *instance) close() {
	i.once.Do(func() {
		if i.listener != nil {
			_ = i.listener.Close() // removes the socket as well
		}
	})
}
