package main

import (
	"bufio"
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

// greeting is what a first start answers, so that a second one can tell it from
// anything else that may sit on the socket.
const greeting = "hearth-window-1"

// instanceTimeout bounds the talk between two starts.
const instanceTimeout = 2 * time.Second

// socketPath is short whatever the profile's path is: sockets allow some hundred
// bytes only.
func socketPath(dir string) string {
	base := os.Getenv("XDG_RUNTIME_DIR")
	if base == "" {
		base = os.TempDir()
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	sum := sha256.Sum256([]byte(dir))
	return filepath.Join(base, "hearth-"+hex.EncodeToString(sum[:8])+".sock")
}

// claimInstance reports whether this is the first start with a profile. If not,
// the running one has been asked to show its window and the link.
func claimInstance(dir, link string) (*instance, bool) {
	path := socketPath(dir)
	if raise(path, link) {
		return nil, false
	}
	_ = os.Remove(path) // left by one that crashed: nobody answered on it
	l, err := net.Listen("unix", path)
	if err != nil {
		return &instance{}, true // a second start will say that the profile is open
	}
	_ = os.Chmod(path, 0o600) // the folder is the user's own; this is a second lock
	return &instance{listener: l}, true
}

// raise asks a running program to come to the front.
func raise(path, link string) bool {
	c, err := net.DialTimeout("unix", path, instanceTimeout)
	if err != nil {
		return false
	}
	defer c.Close() // the answer has been read
	_ = c.SetDeadline(time.Now().Add(instanceTimeout))
	if _, err := io.WriteString(c, strings.ReplaceAll(link, "\n", " ")+"\n"); err != nil {
		return false
	}
	answer, err := bufio.NewReader(io.LimitReader(c, 64)).ReadString('\n')
	return err == nil && strings.TrimSpace(answer) == greeting
}

// serve answers further starts until close; show is called with their link.
func (i *instance) serve(show func(link string)) {
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
			show(strings.TrimSpace(link))
			_, _ = io.WriteString(c, greeting+"\n") // if it does not arrive, the other says the profile is open
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
