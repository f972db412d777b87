// Package profile is a person's folder: settings readable before any unlock, and
// one folder per group with what is known about the account. It owns the names
// and the order in which files come into being. It must never hold a secret and
// never remove a folder except through Group.Discard.
//
// # Layout
//
//	<profile>/                     0700
//	  settings.json                theme, language, window size
//	  groups/<id>/account.json     server, account, device, mode of the secrets
//	  groups/<id>/store.db         package store
//	  groups/<id>/vault            package secret, mode vault only
//	  server/                      data of the bundled server
//
// The id of a group is its device id: known from the start, and a second account
// on the same server gets a second folder.
//
// # Joining, crash-safe
//
//  1. secret.NewBundle makes the keys.
//  2. Profile.Begin writes account.json with Complete false.
//  3. The bundle is saved (keyring or vault), which reads it back.
//  4. The server registers the device.
//  5. Group.Complete writes account.json with the account and Complete true.
//
// A crash in between leaves a group with Complete false. If its secrets cannot be
// loaded it never reached the server: Discard. If they can, the device proves
// itself: the server knows it (the answer was lost: Complete) or not (Discard,
// and delete the bundle). No step leaves a registered device without a key.
package profile

import (
	"hearth/chat"
)

// Mode says where a group's secrets lie.
type Mode string

// The modes.
const (
	ModeKeyring Mode = "keyring" // the system's keyring
	ModeVault   Mode = "vault"   // a file sealed by a passphrase
	ModeMemory  Mode = "memory"  // this session only; the folder is useless afterwards
)

// Profile is one person's folder.
type Profile struct{}

// Path returns the folder that --profile means: a text with a path separator is
// a folder, anything else a name below the user's configuration folder; ""
// means "default".
func Path(nameOrDir string) (string, error) { return "", nil }

// Open makes the folder if there is none and returns it.
func Open(dir string) (*Profile, error) { return &Profile{}, nil }

// Dir returns the folder.
func (p *Profile) Dir() string { return "" }

// ServerDir returns the folder of the bundled server's data; not made here.
func (p *Profile) ServerDir() string { return "" }

// Account is account.json: what must be known before the store is open.
type Account struct {
	Server    chat.ServerID  `json:"server"`
	Addresses []string       `json:"addresses"` // host:port, in the order to try
	Bound     bool           `json:"bound"`     // the link promised bound logins
	Verified  bool           `json:"verified"`  // the identity came by an invite or was compared
	Account   chat.AccountID `json:"account,omitzero"`
	Device    chat.DeviceID  `json:"device"`
	Name      string         `json:"name"` // login name
	Display   string         `json:"display"`
	Group     string         `json:"group"`
	Secrets   Mode           `json:"secrets"`
	Hosted    bool           `json:"hosted,omitzero"` // the bundled server of this profile serves it
	Created   int64          `json:"created"`         // this computer's clock, milliseconds
	Complete  bool           `json:"complete"`        // the server has registered the device
}

// Group is the folder of one group.
type Group struct{}

// Groups returns the groups of the profile, oldest first, half-made ones
// included. A folder whose account.json cannot be read is left alone and
// reported in the error beside the groups that can.
func (p *Profile) Groups() ([]*Group, error) { return nil, nil }

// Begin makes the folder of a new group; a.Complete is forced to false.
func (p *Profile) Begin(a Account) (*Group, error) { return nil, nil }

// ID returns the folder's name.
func (g *Group) ID() string { return "" }

// Account returns what is known.
func (g *Group) Account() Account { return Account{} }

// Complete records that the server knows the device.
func (g *Group) Complete(a Account) error { return nil }

// Update replaces account.json, for example with new addresses. Server, device
// and completeness stay.
func (g *Group) Update(a Account) error { return nil }

// StorePath returns the path of the database.
func (g *Group) StorePath() string { return "" }

// VaultPath returns the path of the vault.
func (g *Group) VaultPath() string { return "" }

// Aside renames the database to store.db.damaged-<time> so that a new one can be
// made, and returns the new name. Nothing is deleted.
func (g *Group) Aside(suffix string) (string, error) { return "", nil }

// Discard removes the folder and everything in it.
func (g *Group) Discard() error { return nil }
