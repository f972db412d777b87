// Package app is the client core: everything Hearth's client does, without a
// window. It is not Fyne's app package and imports no toolkit; the window
// (package ui), the command-line client (cmd/cli) and the tests are its equal
// users.
//
// It owns the profile, the unlocking of secrets, the store, the link to the
// server, and one loop that is the only writer of the client's state. It must
// never block its loop on the network, the keyring or a reader of its events.
//
// The contract is three files: command.go (what may be asked), event.go (what is
// told) and view.go (what is shown). A subscriber first gets the present state,
// then changes; changes merge while nobody looks, so a slow window costs nothing.
package app
