//go:build !windows

package link

import "syscall"

// What the network says.
const (
	errnoRefused         = syscall.ECONNREFUSED
	errnoReset           = syscall.ECONNRESET
	errnoAborted         = syscall.ECONNABORTED
	errnoNetUnreachable  = syscall.ENETUNREACH
	errnoNetDown         = syscall.ENETDOWN
	errnoHostUnreachable = syscall.EHOSTUNREACH
	errnoTimedOut        = syscall.ETIMEDOUT
)
