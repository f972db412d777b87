// Package bidi owns the order in which mixed left-to-right and right-to-left writing
// is drawn: Unicode's bidirectional algorithm (UAX #9) for one paragraph or one line.
//
// Embeddings and overrides are not known here: what people write is freed of them
// before it is shown (package linkguard). Isolates are known, because our own
// sentences wrap names into them.
//
// It must never measure or draw, and it allocates nothing for text of one direction.
package bidi
