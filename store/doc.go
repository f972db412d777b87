// Package store is the client's own database: one bbolt file per group holding
// rooms, events, the outbox, drafts and settings, every value sealed. It owns
// the file, its layout and the rules that must hold after a crash at any
// instruction (see docs/storage.md). The server's data is package
// server/storage.
//
// It must never know the network or a toolkit, never interpret a body, never
// delete or rename a file it cannot read (that is the person's decision, taken
// through package app), and never put message text or a secret into an error or
// a log.
//
// # Promises
//
//   - A method that writes has returned nil only when the change is on disk.
//   - Apply is atomic: the events of a batch, the cursors behind them, the
//     outbox entries they resolve and the counters change together or not at
//     all. Everything at or below a cursor is present or declared empty.
//   - An outbox entry leaves only when its event is stored, when the person
//     discards it, or when it is replaced by an edited one.
//   - Unread is a pure function of read marker, log, reader and who is ignored; the counter kept
//     beside the cursor always equals Unread computed from scratch.
//
// # Layout
//
// Names of buckets, rooms, message ids and settings are keyed hashes (tag below),
// so that the file tells a thief the number and the size of records and little
// else. Records are in record.go and state.go; docs/storage.md has the whole.
//
//	hearth            in the clear: kind and format of the file (package boltkit)
//	client            in the clear: by which hash the right key is known
//	tag(meta)         "owner", "info", "epoch", "checked"
//	tag(rooms)        tag(room) → counters of the room
//	tag(states)       tag(room) → state of the room
//	tag(drafts)       tag(room) → what was begun there and not sent
//	tag(events)       tag(room) → bucket: sequence (8 bytes, big-endian) → event
//	tag(gaps)         tag(room) → bucket: first sequence → end, reason, chain
//	tag(strays)       tag(room) → bucket: number → event that a server has lost
//	tag(outbox)       order (8 bytes, big-endian) → entry
//	tag(mids)         tag(message id) → order of its entry
//	tag(settings)     tag(key) → key and value
//	tag(search)       tag(room) → bucket: block of the log → filter of what occurs in it
//	tag(files)        tag(room) → bucket: sequence → contents that the message names
//
// A sealed value is: format of the record (1 byte), nonce (24 random bytes),
// XChaCha20-Poly1305 ciphertext. Associated data is bucket path, key and format,
// so that no value can be moved to another place.
//
// # Goroutines
//
// The one goroutine is boltkit's committer, which runs every write, one after
// another, and ends in Close. Reads run on the caller's goroutine.
package store
