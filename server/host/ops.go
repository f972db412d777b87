package host

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"hearth/chat"
	"hearth/internal/safefile"
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
	ExpiresMS int64 `json:"expires_ms"`
}

// ops is the operator's listener: health, metrics, invites. Loopback only.
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
		return nil, listenError(err, addr)
	}
	if ap, err := netip.ParseAddrPort(l.Addr().String()); err != nil || !ap.Addr().Unmap().IsLoopback() {
		return nil, errors.Join(personal(nil, "--ops %s: only an address of this machine itself (127.0.0.1 or ::1) is accepted", addr), l.Close())
	}
	o := &ops{h: h, listener: l, token: rand.Text(), path: filepath.Join(h.config.Dir, opsFile)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", o.livez)
	mux.HandleFunc("GET /readyz", o.readyz)
	mux.Handle("GET /metrics", promhttp.HandlerFor(h.server.Metrics(), promhttp.HandlerOpts{}))
	mux.HandleFunc("POST /invite", o.invite)
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
	if err := o.h.server.Ready(); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	_, _ = io.WriteString(w, "ok\n")
}

func (o *ops) invite(w http.ResponseWriter, r *http.Request) {
	got, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || subtle.ConstantTimeCompare([]byte(got), []byte(o.token)) != 1 {
		http.Error(w, "the token in "+opsFile+" is wanted", http.StatusUnauthorized)
		return
	}
	var req inviteRequest
	if err := json.NewDecoder(io.LimitReader(r.Body, 1024)).Decode(&req); err != nil || req.Uses < 1 || req.ExpiresMS < 1 {
		http.Error(w, "uses and expires_ms are wanted", http.StatusBadRequest)
		return
	}
	link, err := o.h.Invite(r.Context(), req.Uses, time.Duration(req.ExpiresMS)*time.Millisecond)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = io.WriteString(w, link.String())
}

// InviteFor makes an invite of the server in a folder, whether it runs or not.
// public are addresses for the link if it does not run.
func InviteFor(ctx context.Context, c Config, uses int, life time.Duration) (chat.Link, error) {
	if _, err := os.Stat(filepath.Join(c.Dir, boltstore.FileName)); err != nil {
		return chat.Link{}, personal(err, "there is no server in %s; start one first", c.Dir)
	}
	link, err := askRunning(ctx, c.Dir, inviteRequest{Uses: uses, ExpiresMS: life.Milliseconds()})
	if err == nil {
		return link, nil
	}
	h, openErr := Open(ctx, c)
	if openErr != nil {
		return chat.Link{}, openErr
	}
	link, err = h.Invite(ctx, uses, life)
	return link, errors.Join(err, h.Close(ctx))
}

// askRunning asks the server that runs on the folder.
func askRunning(ctx context.Context, dir string, req inviteRequest) (chat.Link, error) {
	b, err := os.ReadFile(filepath.Join(dir, opsFile))
	if err != nil {
		return chat.Link{}, err
	}
	var at opsAddress
	if err := json.Unmarshal(b, &at); err != nil {
		return chat.Link{}, err
	}
	body, err := json.Marshal(req)
	if err != nil {
		return chat.Link{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+at.Address+"/invite", strings.NewReader(string(body)))
	if err != nil {
		return chat.Link{}, err
	}
	r.Header.Set("Authorization", "Bearer "+at.Token)
	client := &http.Client{Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		return chat.Link{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 8192))
	if err != nil {
		return chat.Link{}, err
	}
	if resp.StatusCode != http.StatusOK {
		return chat.Link{}, fmt.Errorf("the running server answered %s: %s", resp.Status, strings.TrimSpace(string(text)))
	}
	return chat.ParseLink(string(text))
}
