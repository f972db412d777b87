// Package fault lets the fault programme (docs/reliability.md) kill a program
// at a named place and switch bugs on that were planted on purpose. It owns the
// names of the places and of the bugs, and nothing else.
//
// In ordinary builds everything here is constant: [Point] does nothing, [Bug]
// is false, [Clock] and [Wait] return what they are given, and the compiler leaves out what
// hangs on them. Only the build tag chaos makes them work, from the environment:
//
//	HEARTH_KILL=name[:n][+d],…  SIGKILL to itself at the n-th passing of a place,
//	                         after standing there for d
//	HEARTH_BUG=name,…        these bugs and injectors are on
//	HEARTH_WAIT=d            attempts to connect are no further apart
//	HEARTH_DAY=d             so long is a day of those that messages are kept
//	HEARTH_CLOCK=d           the wall clock steps about by up to ±d each second
//
// It must never decide anything by itself, nor be asked for anything that a
// person's build could notice.
package fault
