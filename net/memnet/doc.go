// Package memnet is a network in memory for tests: listeners and connections
// that behave like TCP over one machine, and lines that can be cut, stalled in
// either direction, delayed and sliced. It owns no real socket and no goroutine;
// everything waits on channels and timers, so it works inside testing/synctest
// bubbles (make the Network inside the bubble). Only tests may use it.
//
// Like TCP, a direction has a buffer: writing into a stalled line succeeds until
// the buffer is full, and what was written arrives when the line moves again.
// The standard library's pipe has none, and a stalled peer would look like a
// stalled write there.
package memnet
