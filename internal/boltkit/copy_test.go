package boltkit

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// slowFile is a file on a disk that others keep busy.
type slowFile struct {
	sync  time.Duration
	bytes int
}

func (f *slowFile) Write(p []byte) (int, error) {
	f.bytes += len(p)
	return len(p), nil
}

func (f *slowFile) Sync() error {
	time.Sleep(f.sync)
	return nil
}

// TestCopyRests: a copy leaves the disk to others three times as long as it uses it
// itself, but not for longer than a few seconds, however long the disk takes, and not
// at all once nobody wants it any more.
func TestCopyRests(t *testing.T) {
	const pieces = 4
	for name, test := range map[string]struct{ sync, want time.Duration }{
		"quick":  {10 * time.Millisecond, pieces * 40 * time.Millisecond},
		"slow":   {time.Second, pieces * 4 * time.Second},
		"slower": {time.Minute, pieces * (time.Minute + 3*time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &slowFile{sync: test.sync}
				w := &pacedWriter{ctx: t.Context(), f: f, rests: true}
				begin := time.Now()
				n, err := w.Write(make([]byte, pieces*copyPiece))
				if err != nil || n != pieces*copyPiece || f.bytes != n {
					t.Fatalf("%d bytes of %d, %v", n, f.bytes, err)
				}
				if took := time.Since(begin); took != test.want {
					t.Errorf("it took %v, want %v", took, test.want)
				}
				ctx, cancel := context.WithCancel(t.Context())
				w.ctx = ctx
				stop := time.AfterFunc(test.sync, cancel) // while it rests
				defer stop.Stop()
				begin = time.Now()
				if n, err := w.Write(make([]byte, 2*copyPiece)); err == nil || n != copyPiece {
					t.Errorf("after its end %d bytes were written, %v", n, err)
				}
				if took := time.Since(begin); took != test.sync {
					t.Errorf("its end took %v, want %v", took, test.sync)
				}
			})
		})
	}
}
