package server

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/net/wire"
	"hearth/server/blob"
)

// Sending and fetching contents: HTTP requests beside the WebSockets, on the same
// port (docs/adr/0024). A request acts for the session whose token it carries and
// can do nothing once that session has ended.

const (
	grantLife        = 15 * time.Minute
	grantsPerSession = 4
	transfersAtOnce  = 2                // of one session
	transfersOfOne   = 4                // of one account
	pieceTimeout     = 30 * time.Second // for a piece to arrive
)

// token opens the door to the contents for one session.
type token [32]byte

// grant is a token that lives.
type grant struct {
	session *session
	expires time.Time
}

// grants are the tokens that live. They exist in memory only.
type grants struct {
	mu    sync.Mutex
	table map[token]grant        // guarded by mu
	busy  map[*session]int       // guarded by mu: transfers under way
	whose map[chat.AccountID]int // guarded by mu: the same, by account
}

func newGrants() *grants {
	return &grants{table: map[token]grant{}, busy: map[*session]int{}, whose: map[chat.AccountID]int{}}
}

// give makes a token; the oldest of a session's gives way.
func (g *grants) give(s *session, now time.Time) token {
	var t token
	_, _ = rand.Read(t[:]) // never fails
	g.mu.Lock()
	defer g.mu.Unlock()
	n := 0
	var oldest token
	for have, x := range g.table {
		switch {
		case x.session.ctx.Err() != nil || !now.Before(x.expires):
			delete(g.table, have)
		case x.session == s:
			if n++; n == 1 || x.expires.Before(g.table[oldest].expires) {
				oldest = have
			}
		}
	}
	if n >= grantsPerSession {
		delete(g.table, oldest)
	}
	g.table[t] = grant{session: s, expires: now.Add(grantLife)}
	return t
}

// state says in which state the connection is that a token was given to.
func (g *grants) state(t token, now time.Time) (*session, SessionState) {
	g.mu.Lock()
	defer g.mu.Unlock()
	x, ok := g.table[t]
	switch {
	case !ok || !now.Before(x.expires) || x.session.ctx.Err() != nil:
		return nil, SessionStranger
	case x.session.expelled.Load():
		return x.session, SessionRemoved
	}
	return x.session, SessionReady
}

// enter begins a transfer; false if the session, or its account, has enough under way.
// leave ends it.
func (g *grants) enter(s *session) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.busy[s] >= transfersAtOnce || g.whose[s.account] >= transfersOfOne {
		return false
	}
	g.busy[s]++
	g.whose[s.account]++
	return true
}

func (g *grants) leave(s *session) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.busy[s]--; g.busy[s] <= 0 {
		delete(g.busy, s)
	}
	if g.whose[s.account]--; g.whose[s.account] <= 0 {
		delete(g.whose, s.account)
	}
}

func (s *session) onFilesToken(r *wire.FilesToken) *chat.Error {
	if s.srv.o.Files == nil {
		return chat.Errorf(chat.CodeForbidden, "/t", "this server keeps no files")
	}
	t := s.srv.grants.give(s, time.Now())
	s.send(&wire.FilesGrant{Rep: wire.Rep{Re: r.ID}, Token: t[:], ExpiresMS: grantLife.Milliseconds()})
	return nil
}

// files answers a request about contents.
func (s *Server) files(w http.ResponseWriter, r *http.Request, c *conn) {
	if s.o.Files == nil {
		http.NotFound(w, r)
		return
	}
	if !s.begin() || s.draining.Load() {
		comeBack(w, time.Second)
		return
	}
	defer s.end()
	t, ok := bearer(r)
	if !ok {
		w.Header().Set("Connection", "close")
		http.Error(w, "a token is wanted", http.StatusUnauthorized)
		return
	}
	owner, state := s.grants.state(t, time.Now())
	kind, bad := transferOf(r)
	switch {
	case bad == nil && !AdmittedTransfer(kind, state), bad != nil && state != SessionReady:
		w.Header().Set("Connection", "close")
		http.Error(w, "the token is not known (any more)", http.StatusUnauthorized)
		return
	case !s.grants.enter(owner):
		comeBack(w, time.Second)
		return
	}
	defer s.grants.leave(owner)
	c.hush() // not a stranger
	carry(r.Context(), owner.together.sent, max(requestBytes, min(r.ContentLength, int64(s.o.Limits.PieceBytes))))
	transfer := &transfer{srv: s, session: owner, w: w, r: r, kind: kind}
	if bad == nil {
		bad = transfer.serve()
	}
	if bad != nil {
		bad.answer(w)
	}
}

// transferOf says what a request wants.
func transferOf(r *http.Request) (Transfer, *httpError) {
	rest, named := strings.CutPrefix(r.URL.Path, wire.FilesPath)
	wrong := func(allow string) *httpError {
		return &httpError{status: http.StatusMethodNotAllowed, text: allow + " only", allow: allow}
	}
	switch {
	case !named || rest == "/" || rest != "" && rest[0] != '/':
		return "", &httpError{status: http.StatusNotFound, text: "nothing is here"}
	case rest == "" && r.Method == http.MethodPost:
		return TransferCreate, nil
	case rest == "":
		return "", wrong("POST")
	}
	switch r.Method {
	case http.MethodGet:
		return TransferFetch, nil
	case http.MethodHead:
		if r.URL.Query().Has("room") {
			return TransferFetch, nil
		}
		return TransferState, nil
	case http.MethodPatch:
		return TransferPiece, nil
	case http.MethodDelete:
		return TransferCancel, nil
	}
	return "", wrong("HEAD, GET, PATCH, DELETE")
}

func bearer(r *http.Request) (t token, ok bool) {
	text, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if !found || err != nil || len(raw) != len(t) {
		return t, false
	}
	return token(raw), true
}

// transfer is one request about a content.
type transfer struct {
	srv     *Server
	session *session
	kind    Transfer
	w       http.ResponseWriter
	r       *http.Request
}

// httpError is a refusal in words of HTTP.
type httpError struct {
	status int
	text   string
	offset *int64 // how much is on disk, if that helps
	allow  string // the methods that are understood
	after  time.Duration
}

func (e *httpError) answer(w http.ResponseWriter) {
	if e.offset != nil {
		w.Header().Set(wire.HeaderOffset, strconv.FormatInt(*e.offset, 10))
	}
	if e.allow != "" {
		w.Header().Set("Allow", e.allow)
	}
	if e.after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(e.after.Seconds())))
	}
	http.Error(w, e.text, e.status)
}

func badRequest(text string) *httpError { return &httpError{status: http.StatusBadRequest, text: text} }

func (t *transfer) serve() *httpError {
	if t.kind == TransferCreate {
		return t.create()
	}
	h, ok := parseHash(strings.TrimPrefix(t.r.URL.Path, wire.FilesPath+"/"))
	if !ok {
		return badRequest("the path does not end in a hash")
	}
	switch t.kind {
	case TransferState:
		return t.state(h)
	case TransferPiece:
		return t.piece(h)
	case TransferCancel:
		return t.cancel(h)
	}
	return t.fetch(h)
}

// parseHash reads the one spelling of a hash: base64 knows several of the same bytes.
func parseHash(text string) (h chat.Hash, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != len(h) || base64.RawURLEncoding.EncodeToString(raw) != text {
		return h, false
	}
	return chat.Hash(raw), true
}

// parseBytes reads a number of bytes: digits, and no more than every language holds
// exactly.
func parseBytes(text string) (int64, bool) {
	n, err := strconv.ParseUint(text, 10, 64)
	return int64(n), err == nil && n <= wire.MaxNumber //nolint:gosec // bounded
}

// create begins an upload, or says how far it is.
func (t *transfer) create() *httpError {
	l := t.srv.o.Limits
	length, ok := parseBytes(t.r.Header.Get(wire.HeaderLength))
	if !ok {
		return badRequest(wire.HeaderLength + " is not a number of bytes")
	}
	if length > int64(l.FileMiB)<<20 {
		return &httpError{status: http.StatusRequestEntityTooLarge, text: "a file has at most " + strconv.Itoa(l.FileMiB) + " MiB"}
	}
	h, ok := parseHash(t.r.Header.Get(wire.HeaderContent))
	if !ok {
		return badRequest(wire.HeaderContent + " is not a hash")
	}
	if t.srv.full.Load() || t.srv.tight.Load() {
		return t.diskFull()
	}
	if _, err := t.srv.o.Files.Find(t.session.account, h); err != nil {
		if e := t.affords(length); e != nil {
			return e
		}
	}
	u, err := t.srv.o.Files.Create(t.session.account, h, length)
	if err != nil {
		return t.trouble(err)
	}
	t.tell(u)
	t.w.WriteHeader(http.StatusCreated)
	return nil
}

// offeredPerUpload times as many contents as there may be unfinished uploads may an
// account have uploaded and not said.
const offeredPerUpload = 32

// affords checks whether an account may upload so much more: what its messages name
// and what it has uploaded, or announced, and not said count together.
func (t *transfer) affords(length int64) *httpError {
	ctx, files, account := t.r.Context(), t.srv.o.Files, t.session.account
	named, err := t.srv.store.NamedBytes(ctx, account)
	if err != nil {
		return t.trouble(err)
	}
	most := int64(t.srv.o.Limits.AccountFilesMiB) << 20
	mostOffered := offeredPerUpload * t.srv.o.Limits.UploadsPerAccount
	held, done := files.Held(account)
	if named+held+length > most || len(done) >= mostOffered {
		for _, h := range done { // what was said meanwhile counts twice; it may be named without having been uploaded
			readable, err := t.srv.mayRead(ctx, account, h)
			if err == nil && readable {
				err = files.Forget(account, h)
			}
			if err != nil {
				return t.trouble(err)
			}
		}
		held, done = files.Held(account)
	}
	switch {
	case named+held+length > most:
		return &httpError{status: http.StatusInsufficientStorage, text: "your files would be more than " + strconv.FormatInt(most>>20, 10) + " MiB"}
	case len(done) >= mostOffered:
		return &httpError{status: http.StatusTooManyRequests, text: "too many files that no message names", after: time.Minute}
	}
	return nil
}

func (t *transfer) tell(u blob.Upload) {
	t.w.Header().Set(wire.HeaderOffset, strconv.FormatInt(u.Offset, 10))
	t.w.Header().Set(wire.HeaderLength, strconv.FormatInt(u.Length, 10))
}

// state says how far an upload is.
func (t *transfer) state(h chat.Hash) *httpError {
	u, err := t.srv.o.Files.Find(t.session.account, h)
	if err != nil {
		return t.trouble(err)
	}
	t.tell(u)
	t.w.WriteHeader(http.StatusOK)
	return nil
}

// pieces lends the space that one takes until it is on disk: who uploads as fast as they
// can would else have the whole process tidy up its memory all the time.
var pieces = sync.Pool{New: func() any { return new([]byte) }}

// piece takes a part of a content.
func (t *transfer) piece(h chat.Hash) *httpError {
	offset, ok := parseBytes(t.r.Header.Get(wire.HeaderOffset))
	if !ok {
		return badRequest(wire.HeaderOffset + " is not a number of bytes")
	}
	sum, ok := parseHash(t.r.Header.Get(wire.HeaderPiece))
	if !ok {
		return badRequest(wire.HeaderPiece + " is not a hash")
	}
	most := int64(t.srv.o.Limits.PieceBytes)
	if t.r.ContentLength < 0 {
		return &httpError{status: http.StatusLengthRequired, text: "a piece says how many bytes it has"}
	}
	if t.r.ContentLength > most {
		return &httpError{status: http.StatusRequestEntityTooLarge, text: "a piece has at most " + strconv.FormatInt(most, 10) + " bytes"}
	}
	if t.srv.full.Load() || t.srv.tight.Load() {
		return t.diskFull()
	}
	if err := http.NewResponseController(t.w).SetReadDeadline(time.Now().Add(pieceTimeout)); err != nil {
		return t.trouble(err)
	}
	lent := pieces.Get().(*[]byte)
	defer pieces.Put(lent)
	*lent = slices.Grow((*lent)[:0], int(t.r.ContentLength))
	data := (*lent)[:t.r.ContentLength]
	if _, err := io.ReadFull(t.r.Body, data); err != nil {
		return &httpError{status: http.StatusRequestTimeout, text: "the piece did not come whole"}
	}
	// It may have taken long to come. Whoever hung up behind it has sent it all the same.
	switch err := t.lives(context.WithoutCancel(t.r.Context()), new(time.Time)); {
	case errors.Is(err, errEnded):
		return &httpError{status: http.StatusUnauthorized, text: "the token is not known (any more)"}
	case err != nil:
		return t.trouble(err)
	}
	u, err := t.srv.o.Files.Append(t.session.account, h, offset, data, sum)
	if err != nil {
		e := t.trouble(err)
		if errors.Is(err, blob.ErrOffset) {
			e.offset = &u.Offset
		}
		return e
	}
	t.tell(u)
	t.w.WriteHeader(http.StatusNoContent)
	return nil
}

func (t *transfer) cancel(h chat.Hash) *httpError {
	if err := t.srv.o.Files.Cancel(t.session.account, h); err != nil {
		return t.trouble(err)
	}
	t.w.WriteHeader(http.StatusNoContent)
	return nil
}

// fetch gives a content to somebody who is in the room that it was said in. What
// is not there and what is not theirs look the same.
func (t *transfer) fetch(h chat.Hash) *httpError {
	none := &httpError{status: http.StatusNotFound, text: "nothing of this room's"}
	var room chat.RoomID
	if room.UnmarshalText([]byte(t.r.URL.Query().Get("room"))) != nil {
		return badRequest("room is not an id")
	}
	named, err := t.srv.namedFor(t.r.Context(), transfers[t.kind].room, t.session.account, room, h)
	if err != nil {
		return t.trouble(err)
	}
	if !named {
		return none
	}
	f, err := t.srv.o.Files.Open(h)
	if errors.Is(err, blob.ErrNotFound) {
		return none
	}
	if err != nil {
		return t.trouble(err)
	}
	defer func() { _ = f.Close() }()
	head := t.w.Header()
	head.Set("Content-Type", "application/octet-stream")
	head.Set("Content-Disposition", "attachment")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Cache-Control", "private, no-store")
	if strings.Contains(t.r.Header.Get("Range"), ",") {
		t.r.Header.Del("Range") // many small parts cost more than the whole
	}
	watched := &watchedContent{ReadSeeker: f, t: t, room: room, hash: h, looked: time.Now()}
	paced := &carried{ReadSeeker: watched, ctx: t.r.Context(), of: t.session.together.fetched}
	http.ServeContent(t.w, t.r, "", time.Time{}, paced)
	paced.settle()
	return nil
}

// trouble words an error for a program; the log has what it was.
func (t *transfer) trouble(err error) *httpError {
	switch {
	case errors.Is(err, blob.ErrNotFound):
		return &httpError{status: http.StatusNotFound, text: err.Error()}
	case errors.Is(err, blob.ErrOffset):
		return &httpError{status: http.StatusConflict, text: err.Error()}
	case errors.Is(err, blob.ErrPiece), errors.Is(err, blob.ErrContent):
		return &httpError{status: wire.StatusChecksum, text: err.Error()}
	case errors.Is(err, blob.ErrTooLarge):
		return &httpError{status: http.StatusRequestEntityTooLarge, text: err.Error()}
	case errors.Is(err, blob.ErrBusy):
		return &httpError{status: http.StatusLocked, text: err.Error(), after: time.Second}
	case errors.Is(err, blob.ErrTooMany):
		return &httpError{status: http.StatusTooManyRequests, text: err.Error(), after: time.Minute}
	case boltkit.IsNoSpace(err):
		return t.diskFull()
	case errors.Is(err, blob.ErrQuota):
		return &httpError{status: http.StatusInsufficientStorage, text: "there is no room for files on the server"}
	}
	t.session.log.Error("A file could not be served", "err", err)
	return &httpError{status: http.StatusInternalServerError, text: "the server could not do it"}
}

// diskRetry is when to offer a content again to a disk that was full: the sweeper looks
// at it every five seconds.
const diskRetry = 15 * time.Second

// diskFull refuses what may succeed later: unlike a quota, a full disk is somebody's to
// mend, and Retry-After tells the one from the other.
func (t *transfer) diskFull() *httpError {
	if now := time.Now().UnixMilli(); now-t.srv.fullSaid.Load() > time.Minute.Milliseconds() {
		t.srv.fullSaid.Store(now)
		t.srv.log.Warn("Files are refused: the disk is full", "messages_too", t.srv.full.Load())
	}
	text := "the server's disk is full"
	if !t.srv.full.Load() && t.srv.tight.Load() {
		text = "the server's disk is nearly full: files are refused, messages are still taken"
	}
	return &httpError{status: http.StatusInsufficientStorage, text: text, after: diskRetry}
}

// offered checks the files of a message before it is stored: the author must have
// uploaded each content, or be able to read it somewhere, and the sizes must be
// true.
func (s *Server) offered(ctx context.Context, account chat.AccountID, files []chat.File) *chat.Error {
	for i := range files {
		f := &files[i]
		path := pathOf("/body/files", i)
		if e := s.offeredOne(ctx, account, f.Hash, f.Size, path); e != nil {
			return e
		}
		if f.Thumb == nil {
			continue
		}
		if e := s.offeredOne(ctx, account, f.Thumb.Hash, f.Thumb.Size, path+"/thumb"); e != nil {
			return e
		}
	}
	return nil
}

func (s *Server) offeredOne(ctx context.Context, account chat.AccountID, h chat.Hash, size int64, path string) *chat.Error {
	absent := chat.Errorf(chat.CodeFileGone, path+"/hash", "this content was not uploaded, or too long ago")
	if s.o.Files == nil {
		return absent
	}
	if !s.o.Files.Offered(account, h) {
		readable, err := s.mayRead(ctx, account, h)
		if err != nil {
			return chat.Errorf(chat.CodeInternal, "", "the server could not look it up")
		}
		if !readable || s.o.Files.Touch(h) != nil {
			return absent
		}
	}
	if n, err := s.o.Files.Size(h); err != nil || n != size {
		return chat.Errorf(chat.CodeBadValue, path+"/size", "not the size of this content")
	}
	return nil
}

// sweepEvery is how often contents that nothing names are looked for.
const sweepEvery = time.Hour

// sweepFiles removes what no event names (any more) and uploads that nobody went on
// with. It may take long and runs beside everything else, once at a time.
func (s *Server) sweepFiles() {
	if s.o.Files == nil || s.sweeping.Swap(true) {
		return
	}
	if !s.begin() {
		return
	}
	go func() {
		defer s.end()
		defer s.sweeping.Store(false)
		n, err := s.o.Files.Sweep(func(h chat.Hash) (bool, error) { return s.store.NamedAnywhere(s.ctx, h) })
		switch {
		case err != nil && s.ctx.Err() == nil:
			s.log.Error("Files that nothing names could not be removed", "err", err)
		case n > 0:
			s.log.Info("Files that nothing names were removed", "count", n)
		}
	}()
}
