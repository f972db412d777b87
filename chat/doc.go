// Package chat holds the nouns of Hearth: identifiers, events, rooms, limits and
// error codes. It owns what these words mean and the rules that both ends of a
// connection must compute identically (envelope hash, chain, folding a log into
// a room's state). It imports only the standard library and does no I/O.
//
// # Glossary
//
//   - Server identity: an Ed25519 key made when a server is installed. Its
//     fingerprint (ServerID) is the SHA-256 of its public key info.
//   - Epoch: 128 random bits stored in the server's database. It changes only
//     when history may have been lost or rewound (restore, repair).
//   - Account: a person on one server. Device: one installation of a client; it
//     owns an Ed25519 key and belongs to one account.
//   - Room: an append-only log of events with its own sequence 1, 2, 3 …
//   - Event: one entry of a room's log: an envelope plus a body.
//   - Envelope: room, sequence, kind, author, device, message id, server time
//     and the salted hash of the body.
//   - Body: opaque bytes whose meaning is given by the event's kind.
//   - MID: message id, 128 random bits chosen once by the client that sends.
//   - Chain: running hash over the envelopes of a room, see Chain.
//   - Position: epoch and sequence, a place in a room's log.
//   - Head: the newest sequence of a room. Cursor: the newest sequence a client
//     has applied. Void: sequences declared to hold nothing for this reader.
//   - dseq: a device's own counter of accepted events in one room, for order only.
//
// Words with fixed meanings elsewhere: a command is what the user interface
// asks, an event of package app is what the core reports, a frame is what
// crosses the network, a session is one live connection on the server and a
// link is the client's end of it.
package chat
