package link

import "syscall"

// What the network says, by the numbers Windows really uses: the names that
// package syscall shares with other systems stand for invented values there.
const (
	errnoRefused         = syscall.Errno(10061) // WSAECONNREFUSED
	errnoReset           = syscall.Errno(10054) // WSAECONNRESET
	errnoAborted         = syscall.Errno(10053) // WSAECONNABORTED
	errnoNetUnreachable  = syscall.Errno(10051) // WSAENETUNREACH
	errnoNetDown         = syscall.Errno(10050) // WSAENETDOWN
	errnoHostUnreachable = syscall.Errno(10065) // WSAEHOSTUNREACH
	errnoTimedOut        = syscall.Errno(10060) // WSAETIMEDOUT
)
