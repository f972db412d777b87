// Package secret keeps the two secrets of a device: the seed of its private key
// and the key of its database. It owns where they lie (the system's keyring, a
// file sealed by a passphrase, or memory), their binary form, and what each way
// of failing means.
//
// It must never write a secret unsealed to disk, never print one, and never
// delete anything because a keyring failed: "the keyring cannot be asked" is not
// "logged out". A deletion happens only through Delete.
//
// # Items
//
// Both are named from the start, before the server has assigned an account: by
// the server's fingerprint and the device id, which follows from the key alone.
//
//	service "Hearth", user "<fingerprint>/<device id>/device"     item 1
//	service "Hearth", user "<fingerprint>/<device id>/database"   item 2
//
// Item 1 is, base64url-encoded: magic "hd", format 1 (1 byte), server
// fingerprint (32), account id (16, zero before registration), device id (16),
// seed (32), first 8 bytes of the SHA-256 of all that. Item 2: magic "hk", format
// 1, key (32), the same kind of sum. The sums tell a truncated item from a good
// one; macOS once cut values silently.
package secret
