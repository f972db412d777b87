// Package blob keeps the contents of files that messages name: by their SHA-256,
// in a folder of their own, and the uploads that are not complete yet. It owns
// that folder. It knows nothing of rooms and rights: whoever calls it has decided
// who may do what, and says which contents are still needed.
//
// What it acknowledges is on disk: a piece of an upload is synced before its
// offset counts, content has its final name only when all of it hashes to that
// name. A crash leaves at most pieces that were never acknowledged, which the
// next offset cuts off.
package blob
