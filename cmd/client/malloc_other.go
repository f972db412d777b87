//go:build !linux || !cgo

package main

// strictMalloc does nothing here: see malloc_glibc.go.
func strictMalloc() {}

// trimMalloc does nothing here: see malloc_glibc.go.
func trimMalloc() {}
