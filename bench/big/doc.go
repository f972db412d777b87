// Package big makes the group that benchmarks of the client are about: a real
// server's data and a real client's profile that both hold a million messages, in
// twenty rooms of eight people. It owns a folder under the system's temporary one
// where what takes a minute to make is kept for the next run; it must never be used
// for anything but measuring, because the keys of what it makes lie beside it.
package big
