package host

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"hearth/chat"
	"hearth/internal/safefile"
	"hearth/server/storage"
	"hearth/server/storage/boltstore"
)

// opsFile tells other programs of the same user where the operator's listener is.
const opsFile = "ops.json"

// opsAddress is the content of opsFile.
type opsAddress struct {
	Address string `json:"address"`
	Token   string `json:"token"` // who can read the file may operate the server
}

// inviteRequest asks the running server for an invite.
type inviteRequest struct {
	Uses      int   `json:"uses"`
	ExpiresMS int64 `json:"expires_ms"` // 0: the usual
}

// backupRequest asks the running server for a copy of its data.
type backupRequest struct {
	To string `json:"to"` // absolute
}

// ops is the operator's listener: health, metrics, invites, resets, backups. Loopback only.
type ops struct {
	h        *Host
	listener net.Listener
	http     *http.Server
	token    string
	path     string
}

func openOps(ctx context.Context, h *Host) (*ops, error) {
	addr := h.config.Ops
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, listenError(err, addr, "--ops")
	}
	if ap, err := netip.ParseAddrPort(l.Addr().String()); err != nil || !ap.Addr().Unmap().IsLoopback() {
		return nil, errors.Join(personal(KindRequest, nil, "--ops %s: only an address of this machine itself (127.0.0.1 or ::1) is accepted", addr), l.Close())
	}
	o := &ops{h: h, listener: l, token: rand.Text(), path: filepath.Join(h.config.Dir, opsFile)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", o.livez)
	mux.HandleFunc("GET /readyz", o.readyz)
	mux.Handle("GET /metrics", promhttp.HandlerFor(prometheus.Gatherers{h.server.Metrics(), h.meters.registry}, promhttp.HandlerOpts{}))
	mux.HandleFunc("POST /invite", o.guarded(o.invite))
	mux.HandleFunc("POST /reset", o.guarded(o.reset))
	mux.HandleFunc("POST /account", o.guarded(o.account))
	mux.HandleFunc("POST /people", o.guarded(o.people))
	mux.HandleFunc("POST /backup", o.guarded(o.backup))
	o.http = &http.Server{Handler: local(mux), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, MaxHeaderBytes: 8 << 10}
	b, err := json.Marshal(opsAddress{Address: l.Addr().String(), Token: o.token})
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	if err := safefile.Write(o.path, b, 0o600); err != nil {
		return nil, errors.Join(storeError(err, h.config.Dir), l.Close())
	}
	return o, nil
}

// local refuses what a web page could make a browser send here.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		ip, perr := netip.ParseAddr(host)
		if len(r.Header.Values("Origin")) > 0 || err != nil || host != "localhost" && (perr != nil || !ip.IsLoopback()) {
			http.Error(w, "this machine only", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (o *ops) serve() { _ = o.http.Serve(o.listener) } // ends by close

func (o *ops) close() error {
	err := os.Remove(o.path)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, o.http.Close())
}

func (o *ops) livez(w http.ResponseWriter, _ *http.Request) {
	if !o.h.server.Live() {
		http.Error(w, "not turning", http.StatusServiceUnavailable)
		return
	}
	_, _ = io.WriteString(w, "ok\n")
}

func (o *ops) readyz(w http.ResponseWriter, _ *http.Request) {
	err := o.h.server.Ready()
	if err == nil && o.h.certs.left() < 24*time.Hour {
		err = errors.New("the certificate is about to expire")
	}
	if err == nil && o.h.harmed.Load() {
		err = errors.New("stored data are damaged; see the log")
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	text := "ok"
	if warning := o.h.server.Warning(); warning != "" {
		text += ": " + warning
	}
	_, _ = io.WriteString(w, text+"\n")
}

// guarded asks for the token.
func (o *ops) guarded(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		got, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok || subtle.ConstantTimeCompare([]byte(got), []byte(o.token)) != 1 {
			http.Error(w, "the token in "+opsFile+" is wanted", http.StatusUnauthorized)
			return
		}
		next(w, r)
	}
}

// opsAnswer is the answer to a request that came as far as being tried.
type opsAnswer struct {
	Value any    `json:"value,omitempty"`
	Kind  Kind   `json:"kind,omitempty"`  // of the error
	Error string `json:"error,omitempty"` // in words
}

func (o *ops) answer(w http.ResponseWriter, value any, err error) {
	a := opsAnswer{Value: value}
	if err != nil {
		a.Error = err.Error()
		var reason *Error
		if errors.As(err, &reason) {
			a.Kind = reason.Kind
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(a); err != nil {
		o.h.log.Debug("Answering the operator failed", "err", err)
	}
}

func (o *ops) invite(w http.ResponseWriter, r *http.Request) {
	var req inviteRequest
	if err := json.NewDecoder(io.LimitReader(r.Body, 1024)).Decode(&req); err != nil || req.Uses < 1 || req.ExpiresMS < 0 {
		http.Error(w, "uses and expires_ms are wanted", http.StatusBadRequest)
		return
	}
	link, err := o.h.Invite(r.Context(), req.Uses, time.Duration(req.ExpiresMS)*time.Millisecond)
	o.answer(w, link.String(), err)
}

// backup writes a copy where the operator wants it. Who has the token may write
// wherever the server may.
func (o *ops) backup(w http.ResponseWriter, r *http.Request) {
	var req backupRequest
	if err := json.NewDecoder(io.LimitReader(r.Body, 16<<10)).Decode(&req); err != nil || !filepath.IsAbs(req.To) {
		http.Error(w, "an absolute path is wanted", http.StatusBadRequest)
		return
	}
	report, err := o.h.Backup(r.Context(), req.To)
	o.answer(w, report, err)
}

// InviteFor makes an invite of the server in a folder, whether it runs or not. A
// life of 0 is the usual one. The limits are those of the running server or, where
// none runs, of c.
func InviteFor(ctx context.Context, c Config, uses int, life time.Duration) (chat.Link, error) {
	if err := hasServer(c.Dir); err != nil {
		return chat.Link{}, err
	}
	var text string
	limited, cancel := context.WithTimeout(ctx, inviteWait)
	defer cancel()
	err := askRunning(limited, c.Dir, "/invite", inviteRequest{Uses: uses, ExpiresMS: life.Milliseconds()}, &text)
	switch {
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return chat.Link{}, personal(KindInUse, err, "the server that runs on %s did not make the invite within %v; its log may say why", c.Dir, inviteWait)
	case err == nil:
		return chat.ParseLink(text)
	case errors.Is(err, errNotRunning):
		return inviteOffline(ctx, c, uses, life)
	}
	return chat.Link{}, err
}

// hasServer refuses a folder that never had a server.
func hasServer(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, boltstore.FileName)); errors.Is(err, fs.ErrPermission) {
		return personal(KindFolder, err, "%s cannot be looked into; run this as the user that the server runs as", dir)
	} else if err != nil {
		return personal(KindAbsent, err, "there is no server in %s; start one first", dir)
	}
	return nil
}

// errNotRunning says that no server answers for the folder.
var errNotRunning = errors.New("no server runs on this folder")

// inviteOffline makes an invite while no server runs.
func inviteOffline(ctx context.Context, c Config, uses int, life time.Duration) (link chat.Link, err error) {
	if c.Limits == (chat.Limits{}) {
		c.Limits = chat.DefaultLimits()
	}
	life = inviteLife(life, c.Limits)
	if err := checkInvite(uses, life, c.Limits); err != nil {
		return chat.Link{}, err
	}
	err = offline(ctx, c, func(store storage.Store, at chat.Link) (err error) {
		link, err = makeInvite(ctx, store, at, storage.Invite{Uses: uses}, life)
		return err
	})
	return link, err
}

// offline opens the data alone for do: no port is taken, and the link names where
// the server was reached last.
func offline(ctx context.Context, c Config, do func(store storage.Store, at chat.Link) error) (err error) {
	store, err := openStopped(ctx, c, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	identity, err := loadIdentity(ctx, c.Dir, store)
	if err != nil {
		return storeError(err, c.Dir)
	}
	link := chat.Link{Bound: len(c.BehindProxy) == 0 && !rememberedUnbound(ctx, store)}
	if link.Server, err = identity.id(); err != nil {
		return err
	}
	for _, p := range c.Public {
		addr, err := chat.ParseAddress(p)
		if err != nil {
			return personal(KindRequest, err, "--public %s: %v", p, err)
		}
		link.Addresses = append(link.Addresses, addr)
	}
	if len(link.Addresses) == 0 {
		link.Addresses, err = rememberedAddresses(ctx, store)
	}
	if err != nil || len(link.Addresses) == 0 {
		return personal(KindAbsent, err, "the server in %s has never served: start it, or say where it will be reached with --public", c.Dir)
	}
	return do(store, link)
}

func rememberAddresses(ctx context.Context, store storage.Store, addresses []string, unbound bool) error {
	data, err := json.Marshal(addresses)
	if err != nil {
		return err
	}
	if unbound != rememberedUnbound(ctx, store) {
		value := "0"
		if unbound {
			value = "1"
		}
		if err := store.SetSetting(ctx, unboundSetting, []byte(value)); err != nil {
			return err
		}
	}
	if old, err := store.Setting(ctx, addressesSetting); err == nil && string(old) == string(data) {
		return nil
	}
	return store.SetSetting(ctx, addressesSetting, data)
}

func rememberedUnbound(ctx context.Context, store storage.Store) bool {
	value, err := store.Setting(ctx, unboundSetting)
	return err == nil && string(value) == "1"
}

func rememberedAddresses(ctx context.Context, store storage.Store) (addresses []string, err error) {
	data, err := store.Setting(ctx, addressesSetting)
	if err != nil {
		return nil, err
	}
	return addresses, json.Unmarshal(data, &addresses)
}

// Occupied reports whether a server runs on the data in dir. On Windows it says no: there
// nothing moves a folder that one has files open in.
func Occupied(dir string) bool {
	path := filepath.Join(dir, boltstore.FileName)
	_, err := os.Stat(path)
	return err == nil && runtime.GOOS != "windows" && held(path)
}

// Unused reports whether the server in c.Dir never had an account, so that nothing in its
// data is worth keeping. Of one that runs or cannot be read it says no.
func Unused(ctx context.Context, c Config) bool {
	if hasServer(c.Dir) != nil || Occupied(c.Dir) {
		return false
	}
	store, err := openStopped(ctx, c, true)
	if err != nil {
		return false
	}
	accounts, err := store.Accounts(ctx)
	return errors.Join(err, store.Close()) == nil && len(accounts) == 0
}

// inviteWait is how long a running server may take for an invite.
const inviteWait = 15 * time.Second

// liveWait is how long a running server has to show that it turns.
const liveWait = 5 * time.Second

// askRunning asks the server that runs on the folder; errNotRunning if none does. The
// lock on the data says whether one does: ops.json may be left over from a kill, and
// another program may have the port by now. A server that is there and does not answer
// is an error of its own; only what it has begun to work on takes as long as it takes.
func askRunning(ctx context.Context, dir, path string, req, value any) error {
	if !held(filepath.Join(dir, boltstore.FileName)) {
		return errNotRunning
	}
	b, err := os.ReadFile(filepath.Join(dir, opsFile))
	var at opsAddress
	if err != nil || json.Unmarshal(b, &at) != nil {
		return errNotRunning
	}
	client := &http.Client{Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}}
	if err := awake(ctx, client, at, dir); err != nil {
		return err
	}
	body, err := json.Marshal(req)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+at.Address+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+at.Token)
	resp, err := client.Do(r)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return errNotRunning // the file is left over from a kill
	}
	defer resp.Body.Close()
	a := opsAnswer{Value: value}
	if resp.StatusCode != http.StatusOK {
		return errNotRunning // another program has the port now
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&a); err != nil {
		return errNotRunning
	}
	if a.Error != "" {
		return personal(a.Kind, nil, "%s", a.Error)
	}
	return nil
}

// awake returns nil if something answers at the operator's address, errNotRunning if
// nothing listens there. What answers, the request itself will show.
func awake(ctx context.Context, client *http.Client, at opsAddress, dir string) error {
	limited, cancel := context.WithTimeout(ctx, liveWait)
	defer cancel()
	r, err := http.NewRequestWithContext(limited, http.MethodGet, "http://"+at.Address+"/livez", http.NoBody)
	if err != nil {
		return errNotRunning // no address
	}
	resp, err := client.Do(r)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case limited.Err() != nil && runtime.GOOS == "windows":
		return errNotRunning // opening the data will tell: see held
	case limited.Err() != nil:
		return personal(KindInUse, err, "a server has the data in %s, but did not answer within %v at %s; try again, or end it (its log says more) and repeat this without it",
			dir, liveWait, at.Address)
	case err != nil:
		return errNotRunning
	}
	return resp.Body.Close()
}
