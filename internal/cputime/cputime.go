// Package cputime tells how much processor time this process has used: what its work
// takes, whatever else the machine does meanwhile.
package cputime

import "time"

// All is the time in user and in system mode; 0 where the system does not tell.
func All() time.Duration {
	user, system := used()
	return user + system
}

// User is the time outside the system's calls.
func User() time.Duration {
	user, _ := used()
	return user
}
