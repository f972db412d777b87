// Package sim is the deterministic simulation: one seed is one run. It puts real
// client cores over real files and a real server over a real database into a
// testing/synctest bubble, joins them by a network in memory, and lets the seed
// choose what people do and what breaks. Then everything is healed, and the
// invariants of docs/protocol.md are checked on the records of all of them.
//
// The seed decides actions, delays, crash points and faults; time is that of the
// bubble. What it does not decide is the order in which the Go scheduler runs
// goroutines that are ready at the same instant, nor random ids and keys: a
// failing seed repeats the same story, nearly always with the same end.
//
// Everything is in test files; the package has no code of its own and must never
// get any that a program could import.
package sim
