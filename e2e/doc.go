// Package e2e tests the whole system: real programs, real disks, real sockets.
// It owns nothing but its tests, which carry the build tag "e2e" and take the
// programs from the folder HEARTH_BIN or build them. It must never reach into the
// packages it tests: what it cannot see from outside it does not check.
package e2e
