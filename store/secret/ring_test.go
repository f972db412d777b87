package secret

import (
	"errors"
	"sync"

	zkeyring "github.com/zalando/go-keyring"
)

// fakeRing is a keyring in memory that can be made to fail or to block.
type fakeRing struct {
	mu     sync.Mutex
	items  map[string]string
	err    error               // answered to everything, if set
	change func(string) string // what Get makes of a stored item
	block  chan struct{}       // questions wait for it to close, if set
	calls  int
	panics bool
}

func newFakeRing() *fakeRing { return &fakeRing{items: map[string]string{}} }

func (r *fakeRing) enter() (block chan struct{}, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	if r.panics {
		panic("interface conversion")
	}
	return r.block, r.err
}

func (r *fakeRing) question(do func() error) error {
	block, err := r.enter()
	if block != nil {
		<-block
	}
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return do()
}

func (r *fakeRing) Get(service, user string) (text string, err error) {
	err = r.question(func() error {
		var ok bool
		if text, ok = r.items[service+"|"+user]; !ok {
			return zkeyring.ErrNotFound
		}
		if r.change != nil {
			text = r.change(text)
		}
		return nil
	})
	return text, err
}

func (r *fakeRing) Set(service, user, secret string) error {
	return r.question(func() error {
		r.items[service+"|"+user] = secret
		return nil
	})
}

func (r *fakeRing) Delete(service, user string) error {
	return r.question(func() error {
		if _, ok := r.items[service+"|"+user]; !ok {
			return zkeyring.ErrNotFound
		}
		delete(r.items, service+"|"+user)
		return nil
	})
}

func (r *fakeRing) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

var errFromRing = errors.New("failed to unlock correct collection '/org/freedesktop/secrets/collection/login'")
