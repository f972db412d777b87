// Package boltstore keeps a server's data in one bbolt file. It owns the file
// hearth.db of a data folder, its layout (docs/storage.md has every byte) and the
// index in memory over the newest part of it. It must never acknowledge before a
// sync, never decode a body, and never let a transaction or a byte of the mapped
// file out.
//
// # Journal and archive
//
// Messages of all rooms arrive in one journal: records in the order of arrival,
// so that a commit changes the last page of one bucket however many rooms take
// part. That is what makes a durable acknowledgement cheap. What the journal
// holds is indexed in memory: places, heads, device counters, message ids.
//
// When the journal has reached a bound it is frozen and a fresh one begins. The
// archiver moves the frozen one, room by room in small pieces that ride along
// with the commits of new messages, into its permanent order (events by room and
// sequence, message ids, heads), then drops it in one step. Until that step the
// frozen journal is the truth and what has been moved is only a copy; a crash
// leaves nothing to repair, the moving begins again.
//
//	room log = archive (events) ‖ frozen journal ‖ active journal
//
// A record of the journal holds everything that must be durable with a message:
// event, message id, content hash, chain, device counters. Head, counters and the
// index of message ids follow from the journal and the archive. Only what changes
// rarely is written in its final place at once: rooms' states and the lists of
// who is in which room.
//
// # Goroutines
//
// The package starts none of its own. The committer of internal/boltkit is the
// only writer, of the file and of the index; the archiver is a chain of requests
// to it. Readers take a copy of the index's part they need, then open a read
// transaction: a record that has left the journal by then is found in the archive.
package boltstore
