// Package host makes a server out of a folder: identity, certificates, storage,
// listeners, the first room, and the owner's invite. hearth-server and "Host a
// group here" in the window both run it. It owns the data folder while it is
// open, and must never change or lose an identity: clients pin it.
//
// The folder:
//
//	identity.pem   the identity key, PKCS #8, readable by the owner only
//	hearth.db      everything else, see docs/storage.md
//	ops.json       while it runs: where the operator's listener is, and a token
package host
