package server

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"hearth/net/wire"
)

// TestPingLater: what the WebSocket library answers by itself still goes out after
// the writer has been quiet for longer than its deadline.
func TestPingLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		a := w.person()
		a.answer(a.ask(&wire.Heartbeat{})) // the writer has written
		ended := make(chan struct{})
		go func() { // a reader, so that pongs are seen
			defer close(ended)
			_, _, _ = a.ws.Read(t.Context())
		}()
		for range 3 {
			time.Sleep(writeTimeout + time.Second)
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			if err := a.ws.Ping(ctx); err != nil {
				t.Errorf("a WebSocket ping after a long silence: %v", err)
			}
			cancel()
		}
		_ = a.ws.CloseNow()
		<-ended
	})
}
