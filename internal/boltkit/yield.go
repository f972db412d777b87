package boltkit

import "runtime"

// Yield is for a task that runs beside a server at work: one processor at most,
// and that only when nobody else wants it.
func Yield() {
	runtime.GOMAXPROCS(1)
	beNice()
}
