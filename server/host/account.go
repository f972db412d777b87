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

// ChangeAccount suspends the account with this login name, lets it in again, or deletes
// it for good. Its connections have ended or end within a second.
func (h *Host) ChangeAccount(ctx context.Context, name string, change AccountChange) error {
	id, err := accountNamed(ctx, h.store, name)
	if err != nil {
		return err
	}
	switch change {
	case AccountSuspend, AccountUnsuspend:
		err = h.server.Suspend(ctx, id, change == AccountSuspend)
	case AccountDelete, AccountErase:
		err = h.server.DeleteAccount(ctx, id, change == AccountErase)
	}
	return changed(name, err)
}

// SuspendedAccount is an account that is shut out until it is let in again.
type SuspendedAccount struct {
	Name    string `json:"name"`
	Display string `json:"display"`
}

// Suspended lists the accounts that are suspended, in the order of their login names.
func (h *Host) Suspended(ctx context.Context) ([]SuspendedAccount, error) {
	return suspendedIn(ctx, h.store)
}

func suspendedIn(ctx context.Context, store storage.Store) ([]SuspendedAccount, error) {
	all, err := store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	list := []SuspendedAccount{}
	for i := range all {
		if a := &all[i]; a.Disabled && a.Deletion == storage.DeletionNone {
			list = append(list, SuspendedAccount{Name: a.Name, Display: a.Display})
		}
	}
	slices.SortFunc(list, func(a, b SuspendedAccount) int { return strings.Compare(a.Name, b.Name) })
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
	o.answer(w, nil, o.h.ChangeAccount(r.Context(), req.Name, req.Change))
}

func (o *ops) suspended(w http.ResponseWriter, r *http.Request) {
	list, err := o.h.Suspended(r.Context())
	o.answer(w, list, err)
}

// SuspendedOf lists the suspended accounts of the server in a folder, whether it runs or
// not.
func SuspendedOf(ctx context.Context, c Config) (list []SuspendedAccount, err error) {
	err = asked(ctx, c, "/suspended", struct{}{}, &list, func(store storage.Store) error {
		list, err = suspendedIn(ctx, store)
		return err
	})
	return list, err
}

// ChangeAccountOf changes an account of the server in a folder, whether it runs or not.
// Where it does not, what the rooms are told of a deletion waits for its next start.
func ChangeAccountOf(ctx context.Context, c Config, name string, change AccountChange) error {
	var none any
	return asked(ctx, c, "/account", accountRequest{Name: name, Change: change}, &none, func(store storage.Store) error {
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
