package profile

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"hearth/chat"
	"hearth/internal/safefile"
)

const (
	groupsDir   = "groups"
	accountFile = "account.json"
	storeFile   = "store.db"
	vaultFile   = "vault"
	filesFolder = "files"
	// replacedFile names the folder that took this one's place.
	replacedFile = "replaced_by"
	// asideFile names the database that was put aside and has not been taken over.
	asideFile = "taking_over"
	// discarded begins the name of a folder that is being removed.
	discarded = ".discarded-"

	accountFormat = 1
)

// Errors of groups.
var (
	// ErrNewer: written by a newer version of the program.
	ErrNewer = errors.New("this profile was written by a newer version of Hearth")
	// ErrDamaged: an account.json that is not what was written.
	ErrDamaged = errors.New("the account file is damaged")
	// ErrLost: there is a store, but no account.json that says whose. It is a kind of
	// ErrDamaged.
	ErrLost = fmt.Errorf("%w: it is missing", ErrDamaged)
	// ErrExists: there is a folder for this device already.
	ErrExists = errors.New("this group is in the profile already")
)

// Mode says where a group's secrets lie.
type Mode string

// The modes.
const (
	ModeKeyring Mode = "keyring" // the system's keyring
	ModeVault   Mode = "vault"   // a file sealed by a passphrase
	ModeMemory  Mode = "memory"  // this session only; the folder is useless afterwards
)

// Account is account.json: what must be known before the store is open.
type Account struct {
	Server    chat.ServerID  `json:"server"`              // as first met; names the secrets and the store
	Pin       chat.ServerID  `json:"pin,omitzero"`        // the identity that must answer, if it has succeeded Server
	Addresses []string       `json:"addresses"`           // host:port, in the order to try
	Bound     bool           `json:"bound"`               // the link promised bound logins
	Authority string         `json:"authority,omitempty"` // PEM: whose certificates of this server count, instead of the system's
	Verified  bool           `json:"verified"`            // the identity came by an invite or was compared
	Account   chat.AccountID `json:"account,omitzero"`
	Device    chat.DeviceID  `json:"device"`
	Name      string         `json:"name"` // login name
	Display   string         `json:"display"`
	Group     string         `json:"group"`
	Secrets   Mode           `json:"secrets"`
	Hosted    bool           `json:"hosted,omitzero"` // the bundled server of this profile serves it
	Created   int64          `json:"created"`         // this computer's clock, milliseconds; set by Begin
	Complete  bool           `json:"complete"`        // the server has registered the device
	Stored    bool           `json:"stored,omitzero"` // the store was made: one that is missing is lost
	// Keyed: a recovery key was made on the way in, which is in memory only: whoever goes
	// on with it after a crash does not have it.
	Keyed bool `json:"keyed,omitzero"`
}

// accountJSON is the file with its format.
type accountJSON struct {
	Format int `json:"format"`
	Account
}

// Group is the folder of one group.
type Group struct {
	dir    string   // fixed after Begin or Groups
	before []string // fixed after Begin or Groups; see Before
	since  int64    // likewise: when the first of it and of those was made

	mu      sync.Mutex
	account Account // guarded by mu; equals the file
}

// Broken is a folder whose account.json cannot be read.
type Broken struct {
	ID  string // the folder's name
	Err error  // ErrNewer, ErrDamaged or of the system, with the path
}

// Groups returns the groups of the profile, oldest first, half-made ones
// included; one that replaced others is as old as they are. A folder whose account.json cannot be read is left alone and
// reported in the error beside the groups that can.
func (p *Profile) Groups() ([]*Group, error) {
	groups, broken, err := p.Scan()
	failures := []error{err}
	for _, b := range broken {
		failures = append(failures, b.Err)
	}
	return groups, errors.Join(failures...)
}

// Scan is Groups with each folder that cannot be read by itself. Folders with neither
// account.json nor a store, and folders that were being discarded, hold nothing of value
// and are skipped; so are those that another has replaced.
func (p *Profile) Scan() (groups []*Group, broken []Broken, err error) {
	entries, err := os.ReadDir(filepath.Join(p.dir, groupsDir))
	if err != nil {
		return nil, nil, err
	}
	after := map[string][]string{} // those that a folder has replaced
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if p.replaced(e.Name()) {
			by := p.replacedBy(e.Name())
			after[by] = append(after[by], e.Name())
			continue
		}
		g := &Group{dir: filepath.Join(p.dir, groupsDir, e.Name())}
		g.account, err = readAccount(g.dir)
		switch {
		case errors.Is(err, os.ErrNotExist) && !g.stored():
		case errors.Is(err, os.ErrNotExist):
			broken = append(broken, Broken{e.Name(), &fs.PathError{Op: "read", Path: filepath.Join(g.dir, accountFile), Err: ErrLost}})
		case err != nil:
			broken = append(broken, Broken{e.Name(), &fs.PathError{Op: "read", Path: filepath.Join(g.dir, accountFile), Err: err}})
		default:
			groups = append(groups, g)
		}
	}
	for _, g := range groups {
		g.descend(after)
	}
	slices.SortStableFunc(groups, func(a, b *Group) int { return cmp.Compare(a.since, b.since) })
	return groups, broken, nil
}

// descend notes what the folder has replaced, and since when there has been any of them.
func (g *Group) descend(after map[string][]string) {
	g.before, g.since = slices.Clone(after[g.ID()]), g.account.Created
	for i := 0; i < len(g.before); i++ {
		was := g.before[i]
		if a, err := readAccount(filepath.Join(filepath.Dir(g.dir), was)); err == nil && a.Created > 0 {
			g.since = min(g.since, a.Created)
		}
		for _, older := range after[was] {
			if !slices.Contains(g.before, older) {
				g.before = append(g.before, older)
			}
		}
	}
}

// Before returns the ids of the folders that this one has replaced, as far as the scan
// that found it knows: the same account, signed in to before.
func (g *Group) Before() []string { return g.before }

// Newer returns the newest of some groups that came later and is the same account on the
// same server, by the identity that each has been shown to follow; nil if none is. There
// is one only where a program ended before it could note what has replaced what, or
// could not tell.
func (g *Group) Newer(all []*Group) (newest *Group) {
	a := g.Account()
	least := a.Created
	for _, other := range all {
		b := other.Account()
		if a.Complete && b.Complete && a.Account == b.Account && cmp.Or(a.Pin, a.Server) == cmp.Or(b.Pin, b.Server) && b.Created > least {
			newest, least = other, b.Created
		}
	}
	return newest
}

// stored reports whether there is a database, or a part of one.
func (g *Group) stored() bool {
	_, err := os.Stat(g.StorePath())
	return err == nil
}

// Replace notes that the folder with id old, which stays as it is, gives way to g
// as soon as g is complete: the same account, signed in to once more.
func (p *Profile) Replace(old string, g *Group) error {
	if old == g.ID() || old != filepath.Base(old) {
		return errors.New("a folder cannot replace itself, nor one outside the profile")
	}
	path := filepath.Join(p.dir, groupsDir, old, replacedFile)
	return safefile.Write(path, []byte(g.ID()+"\n"), 0o600)
}

// replacedBy returns the id of the folder that shall take the place of another;
// "" if none.
func (p *Profile) replacedBy(id string) string {
	by, err := os.ReadFile(filepath.Join(p.dir, groupsDir, id, replacedFile))
	if err != nil {
		return ""
	}
	return filepath.Base(strings.TrimSpace(string(by)))
}

// replaced reports whether a complete folder has taken the place of another.
func (p *Profile) replaced(id string) bool {
	by := p.replacedBy(id)
	if by == "" || by == id {
		return false
	}
	a, err := readAccount(filepath.Join(p.dir, groupsDir, by))
	return err == nil && a.Complete
}

// DiscardAll removes the folder with an id, as Group.Discard does, whatever its
// account.json says, and those it has replaced. It returns the accounts of them all,
// as far as they can be read: their secrets are elsewhere.
func (p *Profile) DiscardAll(id string) (gone []Account, err error) {
	if id == "" || id != filepath.Base(id) || strings.HasPrefix(id, ".") {
		return nil, errors.New("that is no folder of a group")
	}
	all, err := p.withReplaced(id)
	// Those that were replaced go first: what a crash leaves must not come back.
	for _, name := range slices.Backward(all) {
		g := &Group{dir: filepath.Join(p.dir, groupsDir, name)}
		if a, e := readAccount(g.dir); e == nil {
			gone = append(gone, a)
		}
		err = errors.Join(err, g.Discard())
	}
	return gone, err
}

// AccountsOf returns the accounts that DiscardAll would, and removes nothing.
func (p *Profile) AccountsOf(id string) (accounts []Account) {
	all, _ := p.withReplaced(id) // what cannot be read has no account to tell of
	for _, name := range all {
		if a, err := readAccount(filepath.Join(p.dir, groupsDir, name)); err == nil {
			accounts = append(accounts, a)
		}
	}
	return accounts
}

// withReplaced returns a folder's id, and those that it has replaced, newest first.
func (p *Profile) withReplaced(id string) (all []string, err error) {
	all = []string{id}
	for i := 0; i < len(all); i++ {
		entries, e := os.ReadDir(filepath.Join(p.dir, groupsDir))
		err = errors.Join(err, e)
		for _, e := range entries {
			if name := e.Name(); e.IsDir() && !slices.Contains(all, name) && p.replacedBy(name) == all[i] {
				all = append(all, name)
			}
		}
	}
	return all, err
}

func readAccount(dir string) (Account, error) {
	data, err := os.ReadFile(filepath.Join(dir, accountFile))
	if err != nil {
		return Account{}, err
	}
	var a accountJSON
	if err := json.Unmarshal(data, &a); err != nil {
		return Account{}, ErrDamaged
	}
	switch {
	case a.Format > accountFormat:
		return Account{}, ErrNewer
	case a.Format < 1 || a.Device.String() != filepath.Base(dir) || a.Server.IsZero() || len(a.Addresses) == 0:
		return Account{}, ErrDamaged
	case a.Complete && a.Account.Account.IsZero():
		return Account{}, ErrDamaged
	}
	switch a.Secrets {
	case ModeKeyring, ModeVault, ModeMemory:
		return a.Account, nil
	}
	return Account{}, ErrDamaged
}

// Begin makes the folder of a new group; Created is set and Complete unset.
func (p *Profile) Begin(a Account) (*Group, error) {
	a.Complete, a.Created = false, time.Now().UnixMilli()
	dir := filepath.Join(p.dir, groupsDir, a.Device.String())
	if _, err := os.Stat(filepath.Join(dir, accountFile)); err == nil {
		return nil, ErrExists
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	g := &Group{dir: dir}
	if err := g.write(a); err != nil {
		return nil, err
	}
	return g, safefile.SyncDir(filepath.Dir(dir))
}

// write replaces account.json and then what is held of it.
func (g *Group) write(a Account) error {
	data, err := json.MarshalIndent(accountJSON{Format: accountFormat, Account: a}, "", "  ")
	if err != nil {
		return err
	}
	a.Addresses = slices.Clone(a.Addresses)
	if err := safefile.Write(filepath.Join(g.dir, accountFile), append(data, '\n'), 0o600); err != nil {
		return err
	}
	g.account = a
	return nil
}

// ID returns the folder's name.
func (g *Group) ID() string { return filepath.Base(g.dir) }

// Dir returns the folder.
func (g *Group) Dir() string { return g.dir }

// Account returns what is known.
func (g *Group) Account() Account {
	g.mu.Lock()
	defer g.mu.Unlock()
	a := g.account
	a.Addresses = slices.Clone(a.Addresses)
	return a
}

// Complete records that the server knows the device as a's account.
func (g *Group) Complete(a Account) error {
	if a.Account.IsZero() {
		return errors.New("a complete group has an account")
	}
	a.Complete = true
	return g.replace(a)
}

// Update replaces account.json, for example with new addresses. Whether it is
// complete stays.
func (g *Group) Update(a Account) error {
	g.mu.Lock()
	a.Complete = g.account.Complete
	g.mu.Unlock()
	return g.replace(a)
}

// replace writes a; server, device and time of creation stay as they are.
func (g *Group) replace(a Account) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	a.Server, a.Device, a.Created = g.account.Server, g.account.Device, g.account.Created
	return g.write(a)
}

// StorePath returns the path of the database.
func (g *Group) StorePath() string { return filepath.Join(g.dir, storeFile) }

// FilesPath returns the folder of contents (package shelf); not made here.
func (g *Group) FilesPath() string { return filepath.Join(g.dir, filesFolder) }

// VaultPath returns the path of the vault.
func (g *Group) VaultPath() string { return filepath.Join(g.dir, vaultFile) }

// asideTime is the form of the time in the names of databases that were put aside.
const asideTime = "20060102-150405.000"

// AsideLife is how long a database that was put aside is kept.
const AsideLife = 30 * 24 * time.Hour

// Aside renames the database, which must be closed, to store.db.<reason>-<time>
// so that a new one can be made, and returns the new path; "" if there is none.
// Nothing is deleted; see Tidy. Until TakenOver, NotTakenOver says where it is: what
// only it has must get into the new one, whenever the program ends on the way.
func (g *Group) Aside(reason string) (string, error) {
	if _, err := os.Lstat(g.StorePath()); errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	to := g.StorePath() + "." + reason + "-" + time.Now().UTC().Format(asideTime)
	if err := safefile.Write(filepath.Join(g.dir, asideFile), []byte(filepath.Base(to)+"\n"), 0o600); err != nil {
		return "", err
	}
	if err := os.Rename(g.StorePath(), to); err != nil {
		return "", errors.Join(err, g.TakenOver())
	}
	return to, safefile.SyncDir(g.dir)
}

// NotTakenOver returns the database that Aside has put aside and that has not been
// taken over; "" if there is none.
func (g *Group) NotTakenOver() string {
	name, err := os.ReadFile(filepath.Join(g.dir, asideFile))
	base := strings.TrimSpace(string(name))
	if err != nil || !strings.HasPrefix(base, storeFile+".") || base != filepath.Base(base) {
		return ""
	}
	path := filepath.Join(g.dir, base)
	if _, err := os.Lstat(path); err != nil {
		return "" // the program ended before it was put aside, or it is gone
	}
	return path
}

// TakenOver notes that the new database has what only the one put aside had.
func (g *Group) TakenOver() error {
	err := os.Remove(filepath.Join(g.dir, asideFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// asideSince returns when a file was put aside, by its name, or was copied before a
// migration, by the file; false if it is neither.
func asideSince(path string) (at time.Time, ok bool) {
	reason, text, ok := strings.Cut(strings.TrimPrefix(filepath.Base(path), storeFile+"."), "-")
	if !ok {
		return at, false
	}
	if reason == "format" {
		info, err := os.Lstat(path)
		if err != nil {
			return at, false
		}
		return info.ModTime(), true
	}
	at, err := time.Parse(asideTime, text)
	return at, err == nil
}

// Tidy removes databases that were put aside, or copied before a migration, AsideLife
// before now, and returns their paths: what was deleted since is in them still. now is
// to be a time that this machine's clock alone does not decide.
func (g *Group) Tidy(now time.Time) (removed []string, err error) {
	files, err := filepath.Glob(g.StorePath() + ".*-*")
	for _, path := range files {
		at, ok := asideSince(path)
		if !ok || now.Sub(at) < AsideLife {
			continue
		}
		if e := os.Remove(path); e != nil {
			err = errors.Join(err, e)
			continue
		}
		removed = append(removed, path)
	}
	return removed, err
}

// Discard removes the folder and everything in it. A crash in between leaves a
// hidden remainder that Groups does not see, and the next Open removes.
func (g *Group) Discard() error {
	hidden := filepath.Join(filepath.Dir(g.dir), discarded+g.ID())
	if err := os.RemoveAll(hidden); err != nil {
		return err
	}
	if err := os.Rename(g.dir, hidden); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.RemoveAll(hidden)
}
