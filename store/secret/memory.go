package secret

import (
	"context"
	"sync"
)

// Memory keeps bundles until the program ends.
type Memory struct {
	mu      sync.Mutex
	bundles map[Ref]Bundle // guarded by mu
}

// NewMemory returns an empty Memory.
func NewMemory() *Memory { return &Memory{bundles: map[Ref]Bundle{}} }

// Load implements Store.
func (m *Memory) Load(_ context.Context, ref Ref) (Bundle, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.bundles[ref]
	if !ok {
		return Bundle{}, &Error{Kind: KindNotFound, Op: "load"}
	}
	return b, nil
}

// Save implements Store.
func (m *Memory) Save(_ context.Context, b Bundle) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bundles[b.Ref()] = b
	return nil
}

// Delete implements Store.
func (m *Memory) Delete(_ context.Context, ref Ref) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.bundles, ref)
	return nil
}
