package server

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"hearth/net/wire"
)

// FuzzTransfer: whatever a request about contents says, it wants one thing of the
// table or is refused with a status, and hashes and numbers have one spelling each.
func FuzzTransfer(f *testing.F) {
	hash := spell([]byte("x"))
	f.Add("POST", wire.FilesPath, "", "5", hash, "Bearer "+hash)
	f.Add("PATCH", wire.FilesPath+"/"+hash, "", "0", hash, "Bearer x")
	f.Add("HEAD", wire.FilesPath+"/"+hash, "room=x", "-1", hash+"=", "")
	f.Add("PATCH", wire.FilesPath+"0", "", "0", hash, "Bearer x")
	f.Add("GET", wire.FilesPath+"/../x", "room", "1e3", hash[:42]+"\n", "bearer")
	f.Fuzz(func(t *testing.T, method, path, query, number, text, token string) {
		r := &http.Request{Method: method, URL: &url.URL{Path: path, RawQuery: query}, Header: http.Header{"Authorization": {token}}}
		kind, bad := transferOf(r)
		if bad == nil {
			if _, ok := transfers[kind]; !ok || !underFiles(r) {
				t.Fatalf("%s %q wants %q", method, path, kind)
			}
		} else if bad.status < 400 || bad.text == "" {
			t.Fatalf("%s %q: %+v", method, path, bad)
		}
		if h, ok := parseHash(text); ok && base64.RawURLEncoding.EncodeToString(h[:]) != text {
			t.Fatalf("%q has another spelling", text)
		}
		if n, ok := parseBytes(number); ok && (n < 0 || n > wire.MaxNumber || len(number) < len(strconv.FormatInt(n, 10))) {
			t.Fatalf("%q is %d", number, n)
		}
		if tok, ok := bearer(r); ok && tok == token2(t, token) {
			return
		} else if ok {
			t.Fatalf("%q is another token", token)
		}
	})
}

// token2 reads a token in another way.
func token2(t *testing.T, header string) (tok [32]byte) {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(header[len("Bearer "):])
	if err != nil {
		t.Fatal(err)
	}
	copy(tok[:], raw)
	return tok
}
