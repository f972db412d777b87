package server

import (
	"testing"
	"testing/synctest"
	"time"

	"hearth/net/wire"
)

// TestGoodbyePromptly: a connection that has said nothing yet delays nobody's
// goodbye.
func TestGoodbyePromptly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		a := w.person()
		silent, err := w.connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		begin := time.Now()
		stopped := make(chan struct{})
		go func() { defer close(stopped); w.stop() }()
		expect[*wire.Goodbye](a)
		if d := time.Since(begin); d > time.Second {
			t.Errorf("the goodbye came %v after the server began to stop", d)
		}
		_ = a.ws.CloseNow()
		_ = silent.Close()
		<-stopped
	})
}
