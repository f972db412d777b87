package main

import (
	"errors"

	"hearth/server/host"
)

// usageError is a mistake in the command line or the configuration.
type usageError struct{ error }

// Unwrap returns the mistake.
func (e usageError) Unwrap() error { return e.error }

// Exit codes; docs/server.md lists them, and service managers act on them.
const (
	exitOK       = 0
	exitOther    = 1
	exitUsage    = 2
	exitFolder   = 3
	exitInUse    = 4
	exitDamaged  = 5
	exitNewer    = 6
	exitSpace    = 7
	exitAddress  = 8
	exitIdentity = 9
	exitStopped  = 10
	exitAbsent   = 11
	exitCert     = 12
)

var exitOf = map[host.Kind]int{
	host.KindRequest: exitUsage, host.KindFolder: exitFolder, host.KindInUse: exitInUse, host.KindDamaged: exitDamaged,
	host.KindNewer: exitNewer, host.KindSpace: exitSpace, host.KindAddress: exitAddress, host.KindIdentity: exitIdentity,
	host.KindStopped: exitStopped, host.KindAbsent: exitAbsent, host.KindCert: exitCert,
}

// exitCode returns the code for how a command ended.
func exitCode(err error) int {
	var reason *host.Error
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, new(usageError)):
		return exitUsage
	case errors.As(err, &reason):
		if code, ok := exitOf[reason.Kind]; ok {
			return code
		}
	}
	return exitOther
}
