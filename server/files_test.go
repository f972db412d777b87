package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/net/wire"
	"hearth/server/blob"
)

// courier sends and fetches contents for a connection.
type courier struct {
	c     *raw
	http  *http.Client
	token string
}

func newCourier(c *raw) *courier {
	c.t.Helper()
	transport := &http.Transport{DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		nc, err := c.w.connect(ctx)
		if err != nil {
			return nil, err
		}
		conn := tls.Client(nc, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13})
		return conn, conn.HandshakeContext(ctx)
	}}
	c.t.Cleanup(transport.CloseIdleConnections)
	grant, ok := c.answer(c.ask(&wire.FilesToken{})).(*wire.FilesGrant)
	if !ok {
		c.t.Fatal("no token")
	}
	return &courier{c: c, http: &http.Client{Transport: transport}, token: base64.RawURLEncoding.EncodeToString(grant.Token)}
}

// do makes a request and returns its answer with the whole body.
func (k *courier) do(method, path string, body []byte, header ...string) (*http.Response, []byte) {
	k.c.t.Helper()
	r, err := http.NewRequestWithContext(k.c.t.Context(), method, "https://"+k.c.w.address+wire.FilesPath+path, bytes.NewReader(body))
	if err != nil {
		k.c.t.Fatal(err)
	}
	if k.token != "" {
		r.Header.Set("Authorization", "Bearer "+k.token)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := k.http.Do(r)
	if err != nil {
		k.c.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		k.c.t.Fatal(err)
	}
	return resp, got
}

func (k *courier) wants(status int, method, path string, body []byte, header ...string) *http.Response {
	k.c.t.Helper()
	resp, got := k.do(method, path, body, header...)
	if resp.StatusCode != status {
		k.c.t.Fatalf("%s %s: %s %q, want %d", method, path, resp.Status, got, status)
	}
	return resp
}

func spell(content []byte) string {
	h := sha256.Sum256(content)
	return base64.RawURLEncoding.EncodeToString(h[:])
}

func (k *courier) create(content []byte) *http.Response {
	k.c.t.Helper()
	return k.wants(http.StatusCreated, http.MethodPost, "", nil, wire.HeaderLength, strconv.Itoa(len(content)), wire.HeaderContent, spell(content))
}

func (k *courier) piece(status int, content []byte, from, to int) *http.Response {
	k.c.t.Helper()
	part := content[from:to]
	return k.wants(status, http.MethodPatch, "/"+spell(content), part, wire.HeaderOffset, strconv.Itoa(from), wire.HeaderPiece, spell(part))
}

func (k *courier) upload(content []byte) {
	k.c.t.Helper()
	k.create(content)
	k.piece(http.StatusNoContent, content, 0, len(content))
}

func naming(content []byte) string {
	raw, _ := json.Marshal(chat.Text{Files: []chat.File{{Hash: sha256.Sum256(content), Size: int64(len(content)), Name: "a.bin", Type: "application/octet-stream"}}})
	return string(raw)
}

// keeping returns options of a server that keeps files.
func keeping(t *testing.T, change func(*chat.Limits)) Options {
	t.Helper()
	l := roomy()
	if change != nil {
		change(&l)
	}
	files, err := blob.Open(t.TempDir(), blob.Limits{Piece: l.PieceBytes, Uploads: l.UploadsPerAccount, Total: int64(l.FilesMiB) << 20})
	if err != nil {
		t.Fatal(err)
	}
	return Options{Limits: l, Files: files}
}

// TestFile is the way of a file: pieces, a break, the message, and a reader who
// may and one who may not.
func TestFile(t *testing.T) {
	w := newWorld(t, nil, keeping(t, nil))
	ann, ben, eve := w.person(), w.person(), w.person()
	private := chat.NewRoomID()
	ann.say(private, chat.KindRoomCreate, `{"name":"private","access":"closed","history":"all"}`)
	a, b, e := newCourier(ann), newCourier(ben), newCourier(eve)
	content := bytes.Repeat([]byte("0123456789"), 20_000)
	path := "/" + spell(content)

	// Nothing may name it yet.
	if got := ann.refused(ann.post(private, chat.KindMessage, naming(content))); got.Code != chat.CodeFileGone || got.Path != "/body/files/0/hash" {
		t.Errorf("%v", got)
	}
	a.create(content)
	if got := a.piece(http.StatusNoContent, content, 0, 65_000).Header.Get(wire.HeaderOffset); got != "65000" {
		t.Errorf("offset %q", got)
	}
	if got := a.piece(http.StatusConflict, content, 0, 65_000).Header.Get(wire.HeaderOffset); got != "65000" {
		t.Errorf("a repeated piece is told %q", got)
	}
	// A break: another connection, another token, the same upload.
	ann = ann.again()
	a = newCourier(ann)
	if got := a.wants(http.StatusOK, http.MethodHead, path, nil); got.Header.Get(wire.HeaderOffset) != "65000" || got.Header.Get(wire.HeaderLength) != "200000" {
		t.Errorf("%v", got.Header)
	}
	b.wants(http.StatusNotFound, http.MethodHead, path, nil) // of others nobody learns anything
	a.piece(http.StatusNoContent, content, 65_000, 200_000)
	wrong := bytes.Replace([]byte(naming(content)), []byte(`"size":200000`), []byte(`"size":1`), 1)
	if got := ann.refused(ann.post(private, chat.KindMessage, string(wrong))); got.Code != chat.CodeBadValue || got.Path != "/body/files/0/size" {
		t.Errorf("%v", got)
	}
	ann.say(private, chat.KindMessage, naming(content))

	in := path + "?room=" + private.String()
	if resp, got := a.do(http.MethodGet, in, nil); !bytes.Equal(got, content) || resp.Header.Get("X-Content-Type-Options") != "nosniff" ||
		resp.Header.Get("Content-Type") != "application/octet-stream" || resp.Header.Get("Content-Disposition") != "attachment" {
		t.Errorf("%s, %d bytes, %v", resp.Status, len(got), resp.Header)
	}
	if resp, got := a.do(http.MethodGet, in, nil, "Range", "bytes=10-19"); resp.StatusCode != http.StatusPartialContent || string(got) != "0123456789" {
		t.Errorf("%s %q", resp.Status, got)
	}
	// Who is not in the room gets nothing, whatever they know; nor by another room,
	// nor by naming it.
	e.wants(http.StatusNotFound, http.MethodGet, in, nil)
	e.wants(http.StatusNotFound, http.MethodGet, path+"?room="+w.general.String(), nil)
	if got := eve.refused(eve.post(w.general, chat.KindMessage, naming(content))); got.Code != chat.CodeFileGone {
		t.Errorf("%v", got)
	}
	// A member may read it, and pass it on without sending it again.
	ann.say(private, chat.KindJoin, `{"account":"`+ben.account.String()+`"}`)
	b.wants(http.StatusOK, http.MethodGet, in, nil)
	ben.say(w.general, chat.KindMessage, naming(content))
	e.wants(http.StatusOK, http.MethodGet, path+"?room="+w.general.String(), nil)
}

// TestFileRefused: what is wrong is said, nothing is kept, and the next request is
// served.
func TestFileRefused(t *testing.T) {
	w := newWorld(t, nil, keeping(t, func(l *chat.Limits) {
		l.FileMiB, l.AccountFilesMiB, l.FilesMiB, l.PieceBytes, l.UploadsPerAccount = 1, 1, 1, 1000, 2
	}))
	ann := w.person()
	k := newCourier(ann)
	content := bytes.Repeat([]byte("x"), 1500)
	length, hash := wire.HeaderLength, wire.HeaderContent
	offset, sum := wire.HeaderOffset, wire.HeaderPiece
	path, one := "/"+spell(content), spell(content[:1])
	k.create(content)
	for _, c := range []struct {
		name         string
		status       int
		method, path string
		body         []byte
		header       []string
	}{
		{"no length", 400, "POST", "", nil, []string{hash, spell(content)}},
		{"a negative length", 400, "POST", "", nil, []string{length, "-1", hash, spell(content)}},
		{"no hash", 400, "POST", "", nil, []string{length, "1"}},
		{"half a hash", 400, "POST", "", nil, []string{length, "1", hash, "AAAA"}},
		{"too large", 413, "POST", "", nil, []string{length, "1048577", hash, one}},
		{"more than there is room for", 507, "POST", "", nil, []string{length, "1048000", hash, one}},
		{"another length", 460, "POST", "", nil, []string{length, "1", hash, spell(content)}},
		{"GET of nothing", 405, "GET", "", nil, nil},
		{"a path that is no hash", 400, "GET", "/x", nil, nil},
		{"a path above", 400, "GET", "/..%2f..%2fhearth.db", nil, nil},
		{"PUT", 405, "PUT", path, nil, nil},
		{"an unknown upload", 404, "PATCH", "/" + one, content[:1], []string{offset, "0", sum, one}},
		{"no offset", 400, "PATCH", path, content[:1], []string{sum, one}},
		{"a negative offset", 400, "PATCH", path, content[:1], []string{offset, "-1", sum, one}},
		{"the wrong offset", 409, "PATCH", path, content[:1], []string{offset, "1", sum, one}},
		{"no checksum", 400, "PATCH", path, content[:1], []string{offset, "0"}},
		{"the wrong checksum", 460, "PATCH", path, content[:2], []string{offset, "0", sum, one}},
		{"a piece too large", 413, "PATCH", path, content[:1001], []string{offset, "0", sum, spell(content[:1001])}},
		{"no room", 400, "GET", path, nil, nil},
		{"a room that is none", 400, "GET", path + "?room=x", nil, nil},
		{"a room nobody knows", 404, "GET", path + "?room=" + chat.NewRoomID().String(), nil, nil},
		{"a content nobody named", 404, "GET", path + "?room=" + w.general.String(), nil, nil},
		{"a browser", 403, "GET", path, nil, []string{"Origin", "https://example.org"}},
		{"another's token", 401, "HEAD", path, nil, []string{"Authorization", "Bearer " + one}},
		{"no token", 401, "HEAD", path, nil, []string{"Authorization", ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp, got := k.do(c.method, c.path, c.body, c.header...)
			if resp.StatusCode != c.status {
				t.Errorf("%s %q, want %d", resp.Status, got, c.status)
			}
			if at := k.wants(http.StatusOK, http.MethodHead, path, nil).Header.Get(offset); at != "0" {
				t.Errorf("the upload is at %s", at)
			}
		})
	}
	k.create([]byte("second"))
	k.wants(http.StatusTooManyRequests, http.MethodPost, "", nil, length, "1", hash, one)
	k.wants(http.StatusNoContent, http.MethodDelete, "/"+spell([]byte("second")), nil)
	k.piece(http.StatusNoContent, content, 0, 1000)
	k.piece(http.StatusNoContent, content, 1000, 1500)
	// What is announced as something else is thrown away.
	lie := []byte("lie")
	k.create(lie)
	k.wants(wire.StatusChecksum, http.MethodPatch, "/"+spell(lie), []byte("lio"), offset, "0", sum, spell([]byte("lio")))
	k.wants(http.StatusNotFound, http.MethodHead, "/"+spell(lie), nil)
	// What events name counts as theirs.
	ann.say(w.general, chat.KindMessage, naming(content))
	k.wants(http.StatusInsufficientStorage, http.MethodPost, "", nil, length, strconv.Itoa(1<<20-1000), hash, one)
}

// TestFilesDiskFull: what a full disk does not take is refused for now, before and
// between pieces, and goes on from where it was; a quota is refused for good.
func TestFilesDiskFull(t *testing.T) {
	o := keeping(t, func(l *chat.Limits) { l.FileMiB, l.AccountFilesMiB, l.PieceBytes = 1, 1, 1000 })
	var full, tight atomic.Bool // what the next look at the disk finds
	o.DiskFull, o.FilesFull = full.Load, tight.Load
	w := newWorld(t, nil, o)
	k := newCourier(w.person())
	content, other := bytes.Repeat([]byte("x"), 1500), []byte("other")
	k.create(content)
	k.piece(http.StatusNoContent, content, 0, 1000)
	full.Store(true)
	w.server.full.Store(true)
	for name, resp := range map[string]*http.Response{
		"an upload": k.wants(http.StatusInsufficientStorage, http.MethodPost, "", nil, wire.HeaderLength, "5", wire.HeaderContent, spell(other)),
		"a piece":   k.piece(http.StatusInsufficientStorage, content, 1000, 1500),
	} {
		if after := resp.Header.Get("Retry-After"); after != "15" {
			t.Errorf("%s on a full disk: again after %q", name, after)
		}
	}
	full.Store(false)
	tight.Store(true)
	w.server.full.Store(false)
	w.server.tight.Store(true)
	k.piece(http.StatusInsufficientStorage, content, 1000, 1500)
	resp, text := k.do(http.MethodPost, "", nil, wire.HeaderLength, "5", wire.HeaderContent, spell(other))
	if after := resp.Header.Get("Retry-After"); resp.StatusCode != http.StatusInsufficientStorage || after != "15" || !strings.Contains(string(text), "messages are still taken") {
		t.Errorf("an upload with space for messages only: %s %q, again after %q", resp.Status, text, after)
	}
	if w.server.Warning() == "" {
		t.Error("the operator is not told")
	}
	k.c.say(w.general, chat.KindMessage, `{"text":"there is space for this"}`)
	tight.Store(false)
	w.server.tight.Store(false)
	if warning := w.server.Warning(); warning != "" {
		t.Errorf("with space again: %s", warning)
	}
	k.piece(http.StatusNoContent, content, 1000, 1500)
	resp = k.wants(http.StatusInsufficientStorage, http.MethodPost, "", nil, wire.HeaderLength, "1048576", wire.HeaderContent, spell(other))
	if after := resp.Header.Get("Retry-After"); after != "" {
		t.Errorf("a quota: again after %q", after)
	}
}

// TestFileTokens: a token ends with its connection and is good for nothing else.
func TestFileTokens(t *testing.T) {
	w := newWorld(t, nil, keeping(t, nil))
	ann := w.person()
	k := newCourier(ann)
	k.create([]byte("a"))
	path := "/" + spell([]byte("a"))
	k.wants(http.StatusOK, http.MethodHead, path, nil)
	for range grantsPerSession { // the oldest gives way
		newCourier(ann)
	}
	k.wants(http.StatusUnauthorized, http.MethodHead, path, nil)
	k = newCourier(ann)
	k.wants(http.StatusOK, http.MethodHead, path, nil)
	_ = ann.ws.CloseNow()
	testkit.Eventually(t, "the end of a token with its connection", func() bool {
		resp, _ := k.do(http.MethodHead, path, nil)
		return resp.StatusCode == http.StatusUnauthorized
	})
	if got := newWorld(t, nil, Options{}).person().refused(&wire.FilesToken{}); got.Code != chat.CodeForbidden {
		t.Errorf("a server without files: %v", got)
	}
}
