//go:build linux && cgo

package main

/*
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
static void strictMalloc(void) {
	// As soon as one of these is set, glibc leaves off raising both by itself.
	mallopt(M_MMAP_THRESHOLD, 256 * 1024);
	mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
}
static void trimMalloc(void) { malloc_trim(0); }
#else
static void strictMalloc(void) {}
static void trimMalloc(void) {}
#endif
*/
import "C"

// strictMalloc keeps large pieces of memory of C, which are mostly pictures for the
// screen, out of the heap of C: there the small ones between them would keep what is
// free from going back to the system. Without it that heap reached 60 MB in minutes.
func strictMalloc() { C.strictMalloc() }

// trimMalloc gives what is free in the heap of C back to the system.
func trimMalloc() { C.trimMalloc() }
