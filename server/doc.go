// Package server is the bundled server: it admits devices, orders rooms, and
// feeds every connection. It owns sessions, rooms and limits; what lies on disk
// belongs to server/storage. It must never acknowledge or broadcast what is not
// on disk, and never let one connection wait for another.
//
// # Goroutines and owners
//
//   - Each listener has an accept loop (net/http's).
//   - Each connection has a reader, which also answers requests, and once it is
//     ready a writer. The HTTP handler returns after the upgrade.
//   - A room with work to do has one goroutine that owns its order, members and
//     duplicate detection; it ends when nothing waits. See room.
//   - One sweeper evicts connections that are silent, get no further or whose
//     proof has come to the end of its life; it records when devices were seen,
//     forgets rooms and rates nobody needs, and probes the disk.
//
// What a session has of a room is a feed: live, or behind at a sequence. The
// writer reads pages for feeds that are behind; that is both catching up and
// lagging. See feed.
//
// Who may do what stands in two tables: rules for rooms, requests for connections.
// See rules.go.
//
// The hub is a mutex around maps, never held during I/O. Order of locks: room
// before session, hub last; no two of one kind.
package server
