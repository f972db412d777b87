package server

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
	"hearth/server/storage/memstore"
)

// The table of bad requests about contents: what may be wrong with each header, path
// and method, and what each is answered.

// badNumbers are values of a header that is a number of bytes.
var badNumbers = []string{
	"", "x", "-1", "+1", "1.5", "1e3", "0x10", "1_000", "1 000", "1,5", "٣", "9007199254740992", "9223372036854775808", "18446744073709551616",
	strings.Repeat("1", 400), "NaN", "null", "true", `"1"`,
}

// badHashes are values that are no hash, made of one that is.
func badHashes(good string) []string {
	last := strings.IndexByte(base64Alphabet, good[len(good)-1])
	return []string{
		"", "x", good[:42], good + "A", good + "=", "A" + good, strings.Repeat("A", 44), strings.Repeat("+", 43), strings.Repeat("/", 43), strings.Repeat("!", 43),
		good[:len(good)-1] + base64Alphabet[last^1:][:1], // another spelling of the same bytes
		strings.Repeat("é", 22), "sha256 " + good, strings.Repeat("0", 64),
	}
}

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// badTransfer is a request that is refused, and how.
type badTransfer struct {
	name         string
	status       int
	text         string // the answer says this
	method, path string
	body         []byte
	header       []string
}

// badTransfers are all, about an upload of content that is at its beginning, and one
// that is done, said in the room and readable.
func badTransfers(w *world, content, done []byte) (all []badTransfer) {
	one, path, readable := spell(content[:1]), "/"+spell(content), "/"+spell(done)+"?room="+w.general.String()
	add := func(status int, text, method, path string, body []byte, header ...string) {
		name := fmt.Sprint(method, " ", path, " ", header)
		all = append(all, badTransfer{fmt.Sprintf("%.120s", name), status, text, method, path, body, header})
	}
	const length, hash, offset, sum = wire.HeaderLength, wire.HeaderContent, wire.HeaderOffset, wire.HeaderPiece
	for _, bad := range badNumbers {
		add(400, length+" is not a number of bytes", "POST", "", nil, length, bad, hash, one)
		add(400, offset+" is not a number of bytes", "PATCH", path, content[:1], offset, bad, sum, one)
	}
	for _, bad := range badHashes(one) {
		add(400, hash+" is not a hash", "POST", "", nil, length, "1", hash, bad)
		add(400, sum+" is not a hash", "PATCH", path, content[:1], offset, "0", sum, bad)
	}
	for _, bad := range badHashes(spell(content)) {
		if strings.ContainsAny(bad, " !é+/") || bad == "" {
			continue
		}
		for _, method := range []string{"HEAD", "PATCH", "DELETE"} {
			add(400, "the path does not end in a hash", method, "/"+bad, nil, offset, "0", sum, one)
		}
		add(400, "the path does not end in a hash", "GET", "/"+bad+"?room="+w.general.String(), nil)
	}
	for _, strange := range []string{path + "/", path + "/x", path + "%0a", path + "%00", "/..", "/..%2f..%2fhearth.db", "//" + spell(content), "/%2e%2e/contents"} {
		add(400, "the path does not end in a hash", "HEAD", strange, nil)
	}
	add(404, "nothing is here", "HEAD", "/", nil)
	add(404, "nothing is here", "POST", "/", nil)
	for _, method := range []string{"GET", "HEAD", "PATCH", "DELETE", "PUT", "OPTIONS", "TRACE", "post", "MKCOL"} {
		add(405, "POST only", method, "", nil)
	}
	for _, method := range []string{"POST", "PUT", "OPTIONS", "TRACE", "get", "patch", "COPY"} {
		add(405, "HEAD, GET, PATCH, DELETE only", method, path, nil)
	}
	for _, at := range []string{"1", "999", "1500", "1501", "9007199254740991"} {
		add(409, "not the offset", "PATCH", path, content[:1], offset, at, sum, one)
	}
	add(460, "announced", "POST", "", nil, length, "1499", hash, spell(content))
	add(460, "announced", "POST", "", nil, length, "0", hash, spell(content))
	add(413, "at most 1 MiB", "POST", "", nil, length, "1048577", hash, one)
	add(413, "at most 1 MiB", "POST", "", nil, length, "9007199254740991", hash, one)
	add(429, "too many unfinished uploads", "POST", "", nil, length, "1", hash, spell([]byte("a third")))
	add(460, "does not have the hash", "PATCH", path, content[:2], offset, "0", sum, one)
	add(460, "does not have the hash", "PATCH", path, nil, offset, "0", sum, one)
	add(413, "at most 1000 bytes", "PATCH", path, content[:1001], offset, "0", sum, spell(content[:1001]))
	add(404, "no such file or upload", "PATCH", "/"+one, content[:1], offset, "0", sum, one)
	add(404, "no such file or upload", "HEAD", "/"+one, nil)
	for _, room := range []string{"", "?room=", "?room=x", "?room=" + strings.ToUpper(w.general.String()), "?room=" + w.general.String() + "a", "?ROOM=" + w.general.String(), "?room=%00"} {
		add(400, "room is not an id", "GET", "/"+spell(done)+room, nil)
	}
	add(404, "nothing of this room's", "GET", "/"+spell(done)+"?room="+chat.NewRoomID().String(), nil)
	add(404, "nothing of this room's", "GET", path+"?room="+w.general.String(), nil) // not whole
	add(404, "nothing of this room's", "GET", "/"+one+"?room="+w.general.String(), nil)
	for _, r := range []string{"bytes=100-", "bytes=7-3", "bytes=a-b", "bytes=-", "lines=0-1", "0-1", "bytes=--1", "bytes=9223372036854775808-"} {
		add(416, "invalid range", "GET", readable, nil, "Range", r)
	}
	for _, token := range []string{"", "Bearer ", "Bearer " + one, "bearer x", "Basic eDp4", "Bearer " + strings.Repeat("A", 500), one} {
		for _, method := range []string{"GET", "HEAD", "PATCH", "DELETE", "PUT"} {
			add(401, "token", method, path, nil, "Authorization", token)
		}
		add(401, "token", "POST", "", nil, "Authorization", token, length, "1", hash, one)
	}
	add(403, "browsers are not admitted", "GET", readable, nil, "Origin", "null")
	return all
}

// TestBadTransfers: every bad request about contents gets exactly the refusal it
// should; the upload is where it was, the next request of every kind succeeds, the
// WebSocket lives, and nothing of what is stored has changed (I14).
func TestBadTransfers(t *testing.T) {
	o := keeping(t, func(l *chat.Limits) {
		l.FileMiB, l.AccountFilesMiB, l.FilesMiB, l.PieceBytes, l.UploadsPerAccount = 1, 1, 1, 1000, 2
	})
	w := newWorld(t, nil, o)
	ann, ben := w.person(), w.person()
	k, foreign := newCourier(ann), newCourier(ben)
	content, done, third := bytes.Repeat([]byte("x"), 1500), []byte("0123456789"), []byte("another's")
	k.upload(done)
	ann.say(w.general, chat.KindMessage, naming(done))
	k.create(content)
	k.create([]byte("a second"))
	foreign.create(third)
	before, used := stateHash(t, w.store), o.Files.Used()
	path, readable := "/"+spell(content), "/"+spell(done)+"?room="+w.general.String()
	all := badTransfers(w, content, done)
	for _, c := range all {
		resp, got := k.do(c.method, c.path, c.body, c.header...)
		said := string(got)
		if resp.StatusCode != c.status || c.method != http.MethodHead && c.method != "" && !strings.Contains(said, c.text) {
			t.Errorf("%s: %s %q, want %d %q", c.name, resp.Status, said, c.status, c.text)
		}
		if resp.StatusCode == http.StatusConflict && resp.Header.Get(wire.HeaderOffset) != "0" {
			t.Errorf("%s: told the offset %q", c.name, resp.Header.Get(wire.HeaderOffset))
		}
		if at := k.wants(http.StatusOK, http.MethodHead, path, nil).Header.Get(wire.HeaderOffset); at != "0" {
			t.Fatalf("%s: the upload is at %s", c.name, at)
		}
	}
	// Of others' uploads nobody learns anything, and nobody ends them.
	k.wants(http.StatusNotFound, http.MethodHead, "/"+spell(third), nil)
	k.wants(http.StatusNotFound, http.MethodPatch, "/"+spell(third), third, wire.HeaderOffset, "0", wire.HeaderPiece, spell(third))
	k.wants(http.StatusNoContent, http.MethodDelete, "/"+spell(third), nil)
	foreign.wants(http.StatusOK, http.MethodHead, "/"+spell(third), nil)
	if ann.answer(ann.ask(&wire.Heartbeat{})).Type() != wire.TypeHeartbeatOK {
		t.Error("the WebSocket is not well")
	}
	if stateHash(t, w.store) != before || o.Files.Used() != used {
		t.Errorf("something has changed; %d bytes are used, %d before", o.Files.Used(), used)
	}
	if len(all) < 150 {
		t.Errorf("only %d cases", len(all))
	}
	// Right ones, and of parts no more than the whole.
	k.piece(http.StatusNoContent, content, 0, 1000)
	k.piece(http.StatusNoContent, content, 1000, 1500)
	for spec, want := range map[string]string{"bytes=0-0": "0", "bytes=5-": "56789", "bytes=-3": "789", "bytes=8-999": "89", "bytes=0-0,2-2,4-4": string(done)} {
		if _, got := k.do(http.MethodGet, readable, nil, "Range", spec); string(got) != want {
			t.Errorf("%s: %q", spec, got)
		}
	}
	if resp, _ := k.do(http.MethodPut, readable, nil); resp.Header.Get("Allow") == "" {
		t.Error("not said which methods there are")
	}
	t.Log(len(all), "bad requests")
}

// TestAbortedBody: a piece that breaks off, or says nothing of its length, leaves the
// upload as it was, and the next one is taken.
func TestAbortedBody(t *testing.T) {
	w := newWorld(t, nil, keeping(t, nil))
	k := newCourier(w.person())
	content := bytes.Repeat([]byte("y"), 5000)
	k.create(content)
	head := "PATCH " + wire.FilesPath + "/" + spell(content) + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + k.token + "\r\n" +
		wire.HeaderOffset + ": 0\r\n" + wire.HeaderPiece + ": " + spell(content) + "\r\n"
	for name, c := range map[string]struct {
		more   string
		status int // 0: the line is cut without waiting
	}{
		"cut off":          {"Content-Length: 5000\r\n\r\n" + string(content[:4999]), 0},
		"nothing of it":    {"Content-Length: 5000\r\n\r\n", 0},
		"half closed":      {"Content-Length: 5000\r\n\r\n" + string(content[:10]), http.StatusRequestTimeout},
		"chunked":          {"Transfer-Encoding: chunked\r\n\r\n5\r\nyyyyy\r\n0\r\n\r\n", http.StatusLengthRequired},
		"two lengths":      {"Content-Length: 5000\r\nContent-Length: 4\r\n\r\nyyyy", http.StatusBadRequest},
		"negative":         {"Content-Length: -1\r\n\r\n", http.StatusBadRequest},
		"length and chunk": {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", http.StatusLengthRequired},
		"more than it has": {"Content-Length: 5\r\n\r\nyyyyyyyyyyyyyyyyyyyyy", wire.StatusChecksum},
	} {
		nc, err := w.connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		conn := tls.Client(nc, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13})
		if _, err := io.WriteString(conn, head+c.more); err != nil {
			t.Fatal(name, err)
		}
		if c.status != 0 {
			_ = conn.CloseWrite()
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || resp.StatusCode != c.status {
				t.Errorf("%s: %v %v, want %d", name, resp, err, c.status)
			}
		}
		_ = conn.Close()
		if at := k.wants(http.StatusOK, http.MethodHead, "/"+spell(content), nil).Header.Get(wire.HeaderOffset); at != "0" {
			t.Fatalf("%s: the upload is at %s", name, at)
		}
	}
	// However many broke off, whoever comes now is served: nothing is held.
	k.piece(http.StatusNoContent, content, 0, 5000)
	if at := k.wants(http.StatusOK, http.MethodHead, "/"+spell(content), nil).Header.Get(wire.HeaderOffset); at != strconv.Itoa(len(content)) {
		t.Errorf("the upload is at %s", at)
	}
}

// TestUploadsCost: what is announced and never sent is bounded, for one account and
// for all, and what is cancelled gives its place back.
func TestUploadsCost(t *testing.T) {
	o := keeping(t, func(l *chat.Limits) {
		l.FileMiB, l.AccountFilesMiB, l.FilesMiB, l.UploadsPerAccount = 1, 1, 2, 4
	})
	w := newWorld(t, nil, o)
	k := newCourier(w.person())
	var begun []string
	announce := func(n int) int {
		name := fmt.Sprint("upload ", len(begun))
		resp, _ := k.do(http.MethodPost, "", nil, wire.HeaderLength, strconv.Itoa(n), wire.HeaderContent, spell([]byte(name)))
		if resp.StatusCode == http.StatusCreated {
			begun = append(begun, name)
		}
		return resp.StatusCode
	}
	var got []int
	for range 6 {
		got = append(got, announce(400<<10))
	}
	if want := []int{201, 201, 507, 507, 507, 507}; !slices.Equal(got, want) {
		t.Errorf("announcing more than an account may have: %v, want %v", got, want)
	}
	for _, name := range begun {
		k.wants(http.StatusNoContent, http.MethodDelete, "/"+spell([]byte(name)), nil)
	}
	if o.Files.Used() != 0 {
		t.Errorf("%d bytes are held after all was cancelled", o.Files.Used())
	}
	// What was sent and never said counts like what was said, and no longer than it.
	ann := k.c
	first, second, third := bytes.Repeat([]byte("1"), 400<<10), bytes.Repeat([]byte("2"), 400<<10), bytes.Repeat([]byte("3"), 400<<10)
	send := func(content []byte) {
		k.create(content)
		for at := 0; at < len(content); at += o.Limits.PieceBytes {
			k.piece(http.StatusNoContent, content, at, min(len(content), at+o.Limits.PieceBytes))
		}
	}
	refused := func() {
		t.Helper()
		k.wants(http.StatusInsufficientStorage, http.MethodPost, "", nil, wire.HeaderLength, strconv.Itoa(len(third)), wire.HeaderContent, spell(third))
	}
	send(first)
	send(second)
	refused()
	said := ann.say(w.general, chat.KindMessage, naming(first)).Seq
	refused()
	k.create(second) // it is there already
	ann.say(w.general, chat.KindMessage, naming(second))
	ann.say(w.general, chat.KindDelete, fmt.Sprintf(`{"seq":%d}`, said))
	newCourier(w.person()).create([]byte("others have room"))
	send(third)
}

// TestOfferedMany: an account cannot leave uploads behind without end, however small.
func TestOfferedMany(t *testing.T) {
	o := keeping(t, func(l *chat.Limits) { l.UploadsPerAccount = 1 })
	const mostOffered = offeredPerUpload
	w := newWorld(t, nil, o)
	ann := w.person()
	content := func(i int) []byte { return fmt.Append(nil, i) }
	for i := range mostOffered {
		c := content(i)
		h := chat.Hash(sha256.Sum256(c))
		if _, err := o.Files.Create(ann.account, h, int64(len(c))); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Files.Append(ann.account, h, 0, c, h); err != nil {
			t.Fatal(err)
		}
	}
	k := newCourier(ann)
	more := []byte("one more")
	k.wants(http.StatusTooManyRequests, http.MethodPost, "", nil, wire.HeaderLength, "8", wire.HeaderContent, spell(more))
	ann.say(w.general, chat.KindMessage, naming(content(7)))
	k.upload(more) // the right to name what is said is no longer remembered
	if _, done := o.Files.Held(ann.account); len(done) != mostOffered {
		t.Errorf("%d are remembered", len(done))
	}
	ann.say(w.general, chat.KindMessage, naming(content(7)))
}

// lookups is a store whose devices are looked up as a test says, once it says so.
type lookups struct {
	storage.Store
	first atomic.Pointer[func(context.Context) error]
}

func (l *lookups) Device(ctx context.Context, id chat.DeviceID) (storage.Device, error) {
	if do := l.first.Load(); do != nil {
		if err := (*do)(ctx); err != nil {
			return storage.Device{}, err
		}
	}
	return l.Store.Device(ctx, id)
}

// TestPieceLookedUp: only who may not go on is told so. Whose device could not be looked up
// is not taken for one that was removed, and who hung up behind a whole piece has sent it.
func TestPieceLookedUp(t *testing.T) {
	store := &lookups{Store: memstore.New()}
	w := newWorld(t, store, keeping(t, nil))
	k := newCourier(w.person())
	content := bytes.Repeat([]byte("y"), 5000)
	k.create(content)
	broken := func(context.Context) error { return errors.New("the disk does not answer") }
	store.first.Store(&broken)
	k.piece(http.StatusInternalServerError, content, 0, 5000)
	cancelled := func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond): // longer than to notice who hangs up
			return nil
		}
	}
	store.first.Store(&cancelled)
	nc, err := w.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	conn := tls.Client(nc, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13})
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "PATCH "+wire.FilesPath+"/"+spell(content)+" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+k.token+"\r\n"+
		wire.HeaderOffset+": 0\r\n"+wire.HeaderPiece+": "+spell(content)+"\r\nContent-Length: 5000\r\n\r\n"+string(content)); err != nil {
		t.Fatal(err)
	}
	_ = conn.CloseWrite()
	if resp, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || resp.StatusCode != http.StatusNoContent {
		t.Errorf("%v %v, want %d", resp, err, http.StatusNoContent)
	}
	revoked := func(context.Context) error { return storage.ErrNotFound }
	store.first.Store(&revoked)
	other := bytes.Repeat([]byte("z"), 10)
	k.create(other)
	k.piece(http.StatusUnauthorized, other, 0, 10)
}
