//go:build !linux

package main

// checkDisplay: these systems always have one.
func checkDisplay() error { return nil }

// noCoreDumps: these systems write none by default.
func noCoreDumps() {}
