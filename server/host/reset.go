package host

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"hearth/chat"
	"hearth/internal/names"
	"hearth/server/storage"
)

// resetLife is how long a link for a new password lives.
const resetLife = 24 * time.Hour

// resetRequest asks the running server for a link for a new password.
type resetRequest struct {
	Name string `json:"name"`
}

// Reset makes a link by which the person with this login name chooses a new
// password, once, within a day. The one made for them before ends. Whoever makes it
// can sign in as that person by using it, and that person's devices are told.
func (h *Host) Reset(ctx context.Context, name string) (chat.Link, error) {
	return makeReset(ctx, h.store, h.Link(), name)
}

func makeReset(ctx context.Context, store storage.Store, at chat.Link, name string) (chat.Link, error) {
	normal, err := names.Normalize(name)
	if err != nil {
		return chat.Link{}, personal(KindRequest, err, "%q is no login name: %v", name, err)
	}
	a, err := store.AccountByName(ctx, normal)
	switch {
	case err == nil && a.Disabled && a.Deletion == storage.DeletionNone:
		return chat.Link{}, personal(KindRequest, nil, "%s is suspended: let them in again first (unsuspend)", normal)
	case errors.Is(err, storage.ErrNotFound), err == nil && a.Disabled:
		return chat.Link{}, personal(KindAbsent, err, "nobody here has the login name %s", normal)
	case err != nil:
		return chat.Link{}, err
	}
	return makeInvite(ctx, store, at, storage.Invite{Uses: 1, For: a.ID}, resetLife)
}

func (o *ops) reset(w http.ResponseWriter, r *http.Request) {
	var req resetRequest
	if err := json.NewDecoder(io.LimitReader(r.Body, 4096)).Decode(&req); err != nil || req.Name == "" {
		http.Error(w, "a name is wanted", http.StatusBadRequest)
		return
	}
	link, err := o.h.Reset(r.Context(), req.Name)
	if err == nil {
		o.h.log.Info("Link for a new password made")
	}
	o.answer(w, link.String(), err)
}

// ResetFor makes a link for a new password on the server in a folder, whether it
// runs or not.
func ResetFor(ctx context.Context, c Config, name string) (link chat.Link, err error) {
	if err := hasServer(c.Dir); err != nil {
		return chat.Link{}, err
	}
	var text string
	limited, cancel := context.WithTimeout(ctx, inviteWait)
	defer cancel()
	err = askRunning(limited, c.Dir, "/reset", resetRequest{Name: name}, &text)
	switch {
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return chat.Link{}, personal(KindInUse, err, "the server that runs on %s did not make the link within %v; its log may say why", c.Dir, inviteWait)
	case err == nil:
		return chat.ParseLink(text)
	case !errors.Is(err, errNotRunning):
		return chat.Link{}, err
	}
	err = offline(ctx, c, func(store storage.Store, at chat.Link) (err error) {
		link, err = makeReset(ctx, store, at, name)
		return err
	})
	return link, err
}
