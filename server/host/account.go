package host

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"hearth/chat"
	"hearth/internal/names"
	"hearth/server/storage"
)

// AccountChange is what the operator does with an account. The words cross the
// operator's listener.
type AccountChange string

// Changes of accounts.
const (
	AccountSuspend   AccountChange = "suspend"
	AccountUnsuspend AccountChange = "unsuspend"
	AccountDelete    AccountChange = "delete"
	AccountErase     AccountChange = "erase" // deletes it, and everything it wrote
)

// known reports whether there is such a change.
func (c AccountChange) known() bool {
	switch c {
	case AccountSuspend, AccountUnsuspend, AccountDelete, AccountErase:
		return true
	}
	return false
}

// accountRequest asks the running server for a change of an account.
type accountRequest struct {
	Name   string        `json:"name"`
	Change AccountChange `json:"change"`
}

// Heir is somebody who became an owner of rooms beside whom was suspended: nobody else
// owned them.
type Heir struct {
	Name    string `json:"name"`
	Display string `json:"display"`
	Rooms   int    `json:"rooms"`
}

// ChangeAccount suspends the account with this login name, lets it in again, or deletes
// it for good. Its connections have ended or end within a second. Of a suspension it
// returns who owns rooms from now on that only the account did.
func (h *Host) ChangeAccount(ctx context.Context, name string, change AccountChange) ([]Heir, error) {
	id, err := accountNamed(ctx, h.store, name)
	if err != nil {
		return nil, err
	}
	var heirs []chat.AccountID
	switch change {
	case AccountSuspend, AccountUnsuspend:
		heirs, err = h.server.Suspend(ctx, id, change == AccountSuspend)
	case AccountDelete, AccountErase:
		err = h.server.DeleteAccount(ctx, id, change == AccountErase)
	}
	if h.config.Changed != nil {
		h.config.Changed()
	}
	return h.heirs(ctx, heirs), changed(name, err)
}

// heirs tells of those who became owners, one for each room, by their names.
func (h *Host) heirs(ctx context.Context, each []chat.AccountID) (list []Heir) {
	rooms := map[chat.AccountID]int{}
	for _, id := range each {
		rooms[id]++
	}
	for id, n := range rooms {
		a, err := h.store.Account(ctx, id)
		if err != nil {
			continue // deleted meanwhile
		}
		list = append(list, Heir{Name: a.Name, Display: a.Display, Rooms: n})
	}
	slices.SortFunc(list, func(a, b Heir) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Person is somebody's account, for whoever runs the server.
type Person struct {
	Account   chat.AccountID `json:"account"`
	Name      string         `json:"name"` // login name
	Display   string         `json:"display"`
	Owner     bool           `json:"owner"`     // the group belongs to them
	Suspended bool           `json:"suspended"` // until they are let in again
}

// People lists the accounts of the server that are not deleted, in the order of their
// login names.
func (h *Host) People(ctx context.Context) ([]Person, error) { return peopleIn(ctx, h.store) }

func peopleIn(ctx context.Context, store storage.Store) ([]Person, error) {
	all, err := store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	list := []Person{}
	for i := range all {
		if a := &all[i]; a.Deletion == storage.DeletionNone {
			list = append(list, Person{Account: a.ID, Name: a.Name, Display: a.Display, Owner: a.Owner, Suspended: a.Disabled})
		}
	}
	slices.SortFunc(list, func(a, b Person) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// accountNamed finds an account that is not deleted by its login name.
func accountNamed(ctx context.Context, store storage.Store, name string) (chat.AccountID, error) {
	normal, err := names.Normalize(name)
	if err != nil {
		return chat.AccountID{}, personal(KindRequest, err, "%q is no login name: %v", name, err)
	}
	a, err := store.AccountByName(ctx, normal)
	if err != nil || a.Deletion == storage.DeletionErased {
		return chat.AccountID{}, changed(normal, errors.Join(err, storage.ErrNotFound))
	}
	return a.ID, nil
}

func changed(name string, err error) error {
	if errors.Is(err, storage.ErrNotFound) {
		return personal(KindAbsent, err, "nobody here has the login name %s", name)
	}
	return err
}

func (o *ops) account(w http.ResponseWriter, r *http.Request) {
	var req accountRequest
	if err := json.NewDecoder(io.LimitReader(r.Body, 4096)).Decode(&req); err != nil || req.Name == "" || !req.Change.known() {
		http.Error(w, "a name and a change are wanted", http.StatusBadRequest)
		return
	}
	heirs, err := o.h.ChangeAccount(r.Context(), req.Name, req.Change)
	o.answer(w, heirs, err)
}

func (o *ops) people(w http.ResponseWriter, r *http.Request) {
	list, err := o.h.People(r.Context())
	o.answer(w, list, err)
}

// PeopleOf lists the accounts of the server in a folder that are not deleted, whether it
// runs or not.
func PeopleOf(ctx context.Context, c Config) (list []Person, err error) {
	err = asked(ctx, c, "/people", struct{}{}, &list, func(store storage.Store) error {
		list, err = peopleIn(ctx, store)
		return err
	})
	return list, err
}

// ChangeAccountOf changes an account of the server in a folder, whether it runs or not.
// Where it does not, running is false: what the rooms are told of a deletion, and who owns
// those of somebody who is suspended, waits for its next start.
func ChangeAccountOf(ctx context.Context, c Config, name string, change AccountChange) (heirs []Heir, running bool, err error) {
	running = true
	err = asked(ctx, c, "/account", accountRequest{Name: name, Change: change}, &heirs, func(store storage.Store) error {
		running = false
		id, err := accountNamed(ctx, store, name)
		if err != nil {
			return err
		}
		switch change {
		case AccountSuspend, AccountUnsuspend:
			err = store.SetDisabled(ctx, id, change == AccountSuspend)
		case AccountDelete, AccountErase:
			err = store.DeleteAccount(ctx, id, nil, change == AccountErase, time.Now().UnixMilli())
		}
		return changed(name, err)
	})
	return heirs, running, err
}

// asked has the server in a folder answer, or does the same with its data if it does not
// run.
func asked(ctx context.Context, c Config, path string, req, answer any, do func(store storage.Store) error) error {
	if err := hasServer(c.Dir); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, inviteWait)
	defer cancel()
	err := askRunning(limited, c.Dir, path, req, answer)
	switch {
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return personal(KindInUse, err, "the server that runs on %s did not answer within %v; its log may say why", c.Dir, inviteWait)
	case !errors.Is(err, errNotRunning):
		return err
	}
	return stopped(ctx, c, do)
}

// stopped opens the data of a server that does not run.
func stopped(ctx context.Context, c Config, do func(store storage.Store) error) (err error) {
	store, err := openStopped(ctx, c, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return do(store)
}
