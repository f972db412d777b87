// Package wire is the protocol: the only place where the bytes that cross the
// network are defined. Client and server both import it and define none of
// their own. docs/protocol.md tells the same with reasons; the golden frames in
// testdata change only together with a version.
//
// # Version history
//
//	1  first version (subprotocol token "hearth.1")
//
// # Transport
//
// A WebSocket (RFC 6455) over TLS 1.3, ALPN http/1.1, path Path, no compression.
// Every frame is one text message holding one JSON object (RFC 8259, UTF-8).
// The member "t" names the frame's type. A request of the client carries "id",
// a number it has not used on this connection; the one answer to it (an ack, a
// reply or an error) carries the same number as "re". Unknown members are
// ignored; unknown types from the server are skipped by the client, unknown
// types from the client are answered with unknown_type.
//
// # Spelling of values
//
//	identifiers          26 characters of lower-case base32 (RFC 4648, no padding)
//	server fingerprint   52 characters of the same
//	hashes, keys, salts,
//	nonces, signatures   base64url without padding
//	heads digest         16 hexadecimal digits
//	times                milliseconds since 1970-01-01 UTC, by the server's clock
//	durations            milliseconds, in members ending in _ms
//	numbers              integers from 0 to 2^53 − 1
//	event bodies         a JSON string; its UTF-8 bytes are the body, byte for
//	                     byte, and what the salted body hash is taken over
//
// # Flow
//
//	server → hello            who I am, nonce, limits, proof by the identity key
//	client   checks the pin and the proof before it sends anything
//	client → invite.check     optional: what would this invite admit me to?
//	client → auth             a device that is known; or
//	         login.begin      a new device of an account: SCRAM-SHA-256-PLUS over
//	         login.finish     a password stretched with argon2id; or
//	         register         a new account through an invite; or
//	         reset            a new password and device through an invite for an account
//	server → ready
//	client → sync             my cursors
//	server → sync.started     per room: head, and whether the cursor fits
//	server → events, void     the backlog of each room in pages, then what is new
//	server → live             every room's backlog is sent; heads at that moment
//	both                      send → ack; hb → hb.ok; requests and answers
//	server → goodbye          before it closes on purpose
//
// For each room the server sends contiguous sequences: the first after the
// cursor, and each next one by events or declared empty by void. An event is
// acknowledged and sent to anybody only after it is on the server's disk.
package wire

// Version is the newest protocol version this package speaks, MinVersion the oldest.
const (
	Version    = 1
	MinVersion = 1
)

// Path is the one HTTP path that upgrades to a WebSocket.
const Path = "/hearth"

// HeaderChallenge is the header of the upgrade in which a client whose link promises
// no bound logins challenges the server: NonceLength random bytes, base64url. The
// proof of an unbound greeting is over them.
const HeaderChallenge = "Hearth-Challenge"

// Subprotocol is the WebSocket subprotocol token of version 1.
const Subprotocol = "hearth.1"

// SubprotocolPrefix begins the token of every version.
const SubprotocolPrefix = "hearth."
