// Package profile is a person's folder: settings readable before any unlock, and
// one folder per group with what is known about the account. It owns the names
// and the order in which files come into being. It must never hold a secret and
// never remove a folder except through Group.Discard, DiscardAll, RemoveEnded and
// DropServer.
//
// # Layout
//
//	<profile>/                     0700
//	  settings.json                theme, language, window size
//	  groups/<id>/account.json     server, account, device, mode of the secrets
//	  groups/<id>/store.db         package store
//	  groups/<id>/vault            package secret, mode vault only
//	  groups/<id>/files/           package shelf
//	  groups/<id>/replaced_by      id of the folder that took its place, see Replace
//	  groups/<id>/taking_over      name of the database that was put aside, see Aside
//	  server/                      data of the bundled server
//	  server-ended-<id>/           the same of a group that is being removed, see EndServer
//	  server-unused/               the same of a server that nobody came to, see DropServer
//	  server-kept-<id>/            the same of a group that is hosted here no more, see KeepServer
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
// found (secret.KindNotFound, not merely unreachable) it never got to the server:
// Discard. If they can, the device tries to prove itself: the server knows it
// (the answer was lost: Complete) or not (Discard, and delete the bundle). No
// step leaves a registered device without a key.
package profile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// DefaultName is the profile of who names none.
const DefaultName = "default"

// ErrBadName reports a profile name that cannot be a folder's.
var ErrBadName = errors.New("a profile's name has letters, digits, dots, dashes and underscores only, and does not begin with a dot")

const maxNameBytes = 64

// Path returns the folder that --profile means: a text with a path separator is
// a folder, anything else a name below the user's configuration folder; ""
// means DefaultName.
func Path(nameOrDir string) (string, error) {
	if strings.ContainsRune(nameOrDir, '/') || strings.ContainsRune(nameOrDir, filepath.Separator) {
		return filepath.Abs(nameOrDir)
	}
	if nameOrDir == "" {
		nameOrDir = DefaultName
	}
	if !validName(nameOrDir) {
		return "", ErrBadName
	}
	config, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find the folder for settings: %w", err)
	}
	return filepath.Join(config, "hearth", "profiles", nameOrDir), nil
}

func validName(name string) bool {
	if name[0] == '.' || len(name) > maxNameBytes {
		return false
	}
	for _, r := range name {
		ok := r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !ok {
			return false
		}
	}
	return true
}

// Profile is one person's folder. It holds no lock: the database of a group is
// what keeps two programs apart.
type Profile struct {
	dir  string   // fixed after Open
	made []string // fixed after Open: folders that were not there, outermost first
}

// Open makes the folder if there is none and returns it.
func Open(dir string) (*Profile, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	groups := filepath.Join(dir, groupsDir)
	made := absent(groups)
	if err := os.MkdirAll(groups, 0o700); err != nil {
		return nil, err
	}
	removeDiscarded(groups)
	_ = os.RemoveAll(filepath.Join(dir, unusedServer))
	return &Profile{dir: dir, made: made}, nil
}

// removeDiscarded removes what a crash left of folders that were being removed. What
// cannot be removed now is tried again at the next start.
func removeDiscarded(groups string) {
	left, _ := filepath.Glob(filepath.Join(groups, discarded+"*")) // the pattern is good
	for _, dir := range left {
		_ = os.RemoveAll(dir)
	}
}

// absent lists what MkdirAll would make, outermost first.
func absent(dir string) (list []string) {
	for {
		if _, err := os.Lstat(dir); !errors.Is(err, os.ErrNotExist) || filepath.Dir(dir) == dir {
			slices.Reverse(list)
			return list
		}
		list = append(list, dir)
		dir = filepath.Dir(dir)
	}
}

// Close takes back the folders that Open made and that hold nothing: looking at a
// profile that does not exist leaves none behind.
func (p *Profile) Close() {
	for _, dir := range slices.Backward(p.made) {
		if os.Remove(dir) != nil {
			return // something lies in it
		}
	}
}

// Dir returns the folder.
func (p *Profile) Dir() string { return p.dir }

// ServerDir returns the folder of the bundled server's data; not made here.
func (p *Profile) ServerDir() string { return filepath.Join(p.dir, "server") }

// endedPrefix begins the name of a bundled server's folder that is being removed; behind
// it stands the id of the folder of the group that it served.
const endedPrefix = "server-ended-"

// keptPrefix begins the name of a bundled server's folder that the person wanted to keep;
// behind it stands the id of the folder of the group that it served.
const keptPrefix = "server-kept-"

// KeepServer puts the bundled server's data aside, under a name by which nothing here
// serves them until TakeServer, and returns where they are. Nothing here removes them.
func (p *Profile) KeepServer(group string) (string, error) {
	to := p.KeptDir(group)
	return to, os.Rename(p.ServerDir(), to)
}

// KeptDir is where KeepServer puts the data of the server of a group.
func (p *Profile) KeptDir(group string) string { return filepath.Join(p.dir, keptPrefix+group) }

// TakeServer makes what KeepServer has put aside the bundled server's data again. Where
// there are others it fails, and nothing has changed.
func (p *Profile) TakeServer(group string) error {
	return os.Rename(p.KeptDir(group), p.ServerDir())
}

// unusedServer is the name of a bundled server's folder that is being removed because it
// never had an account.
const unusedServer = "server-unused"

// DropServer removes the bundled server's data: of one that never had an account, which
// the caller has made sure of. A crash leaves all of it or what Open removes.
func (p *Profile) DropServer() error {
	to := filepath.Join(p.dir, unusedServer)
	if err := errors.Join(os.RemoveAll(to), os.Rename(p.ServerDir(), to)); err != nil {
		return err
	}
	return os.RemoveAll(to)
}

// HasKept reports whether KeepServer was called for a group.
func (p *Profile) HasKept(group string) bool {
	_, err := os.Stat(p.KeptDir(group))
	return err == nil
}

// EndServer notes that the bundled server's data, and the folder of the group that it
// served, are to go: the server's folder takes another name, under which nothing serves it,
// and which it returns.
func (p *Profile) EndServer(group string) (string, error) {
	to := filepath.Join(p.dir, endedPrefix+group)
	err := os.Rename(p.ServerDir(), to)
	if errors.Is(err, os.ErrNotExist) {
		return to, nil // and nothing is there to go
	}
	return to, err
}

// Ended lists the groups of EndServer that RemoveEnded has not seen yet.
func (p *Profile) Ended() (groups []string) {
	left, _ := filepath.Glob(filepath.Join(p.dir, endedPrefix+"*")) // the pattern is good
	for _, dir := range left {
		groups = append(groups, strings.TrimPrefix(filepath.Base(dir), endedPrefix))
	}
	return groups
}

// RemoveEnded removes what is left of the server that served a group whose folder is gone.
func (p *Profile) RemoveEnded(group string) error {
	return os.RemoveAll(filepath.Join(p.dir, endedPrefix+filepath.Base(group)))
}
