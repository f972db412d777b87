// Package proxy is a TCP proxy that is a bad network on demand: slow, jittery,
// narrow, in slices of a byte, stalled, half-open, reset, a black hole. It owns
// the connections it accepts and those it opens for them. It must never look at
// what it carries, nor reorder, repeat or lose bytes in the middle of a stream
// that goes on: TCP does not, and programs may rely on it. FreeAddress finds addresses
// for the servers behind it.
package proxy
