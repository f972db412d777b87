package proxy

import (
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// Bounds of what is on its way in one direction. A narrow link holds little: a
// proxy that swallows a megabyte would let answers queue behind it.
const (
	readBytes   = 16 << 10
	queueChunks = 4
)

// carry moves one direction: a reader gives every chunk its time, a writer keeps
// to it. It returns when either end is closed. The end of a stream is passed on
// behind everything that was read before it.
func (c *pair) carry(p *Proxy, to, from net.Conn, way func(*Conditions) *Way) {
	queue := make(chan chunk, queueChunks)
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(queue)
		c.read(p, from, way, queue)
	})
	if c.write(p, to, way, queue) != nil {
		c.reset()
	} else if t, ok := to.(*net.TCPConn); ok {
		_ = t.CloseWrite()
	}
	reading.Wait()
}

func (c *pair) read(p *Proxy, from net.Conn, way func(*Conditions) *Way, queue chan<- chunk) {
	var last time.Time
	lost := false
	for {
		if c.whileStalled(p, way) != nil {
			return
		}
		data := make([]byte, readBytes)
		n, err := from.Read(data)
		if n > 0 {
			now, _ := p.conditions()
			w := way(&now)
			if lost = lost || w.Discard; !lost {
				due := time.Now().Add(w.Latency)
				if w.Jitter > 0 {
					due = due.Add(rand.N(w.Jitter)) //nolint:gosec // not a secret
				}
				if due.Before(last) {
					due = last
				}
				last = due
				select {
				case queue <- chunk{data[:n], due}:
				case <-c.ended:
					return
				}
			}
		}
		if err != nil {
			if lost {
				<-c.ended // who hears nothing does not hear the end either
			}
			return
		}
	}
}

// whileStalled waits until the direction is not stalled.
func (c *pair) whileStalled(p *Proxy, way func(*Conditions) *Way) error {
	for {
		now, changed := p.conditions()
		if !way(&now).Stall {
			return nil
		}
		select {
		case <-changed:
		case <-c.ended:
			return errEnded
		}
	}
}

func (c *pair) write(p *Proxy, to net.Conn, way func(*Conditions) *Way, queue <-chan chunk) error {
	for {
		var next chunk
		var open bool
		select {
		case next, open = <-queue:
		case <-c.ended:
			return errEnded
		}
		if !open {
			return nil
		}
		if err := c.wait(time.Until(next.due)); err != nil {
			return err
		}
		for len(next.data) > 0 {
			if err := c.whileStalled(p, way); err != nil {
				return err
			}
			now, _ := p.conditions()
			w := way(&now)
			n := len(next.data)
			if w.Slice > 0 {
				n = min(n, w.Slice)
			}
			if w.Rate > 0 { // ten times a second
				n = min(n, max(1, w.Rate/10))
				if err := c.wait(time.Second * time.Duration(n) / time.Duration(w.Rate)); err != nil {
					return err
				}
			}
			if _, err := to.Write(next.data[:n]); err != nil {
				return err
			}
			next.data = next.data[n:]
		}
	}
}

func (c *pair) wait(d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-c.ended:
		return errEnded
	}
}
