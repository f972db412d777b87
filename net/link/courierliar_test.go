package link

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"hearth/chat"
	"hearth/net/wire"
)

// lyingFiles is a courier of a server whose files are served as the test likes.
func lyingFiles(t *testing.T, handle http.HandlerFunc) *Courier {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	client := s.Client()
	client.CheckRedirect = neverRedirect
	c := &Courier{http: client, base: s.URL, token: "t", piece: 4}
	t.Cleanup(c.Close)
	return c
}

// TestLyingOffsets: a server that never has what was sent is not sent it for ever.
func TestLyingOffsets(t *testing.T) {
	content := []byte("0123456789abcdef")
	for name, lie := range map[string]func(n int) (status int, offset string){
		"always the start":      func(int) (int, string) { return http.StatusNoContent, "0" },
		"there and back":        func(n int) (int, string) { return http.StatusNoContent, strconv.Itoa(4 * (n % 2)) },
		"always a conflict":     func(n int) (int, string) { return http.StatusConflict, strconv.Itoa(n % 3) },
		"behind the end":        func(int) (int, string) { return http.StatusNoContent, "17" },
		"below the start":       func(int) (int, string) { return http.StatusNoContent, "-1" },
		"no number":             func(int) (int, string) { return http.StatusNoContent, "lots" },
		"nothing":               func(int) (int, string) { return http.StatusNoContent, "" },
		"somewhere else":        func(int) (int, string) { return http.StatusTemporaryRedirect, "0" },
		"more than numbers":     func(int) (int, string) { return http.StatusNoContent, strings.Repeat("9", 30) },
		"as much as it can say": func(int) (int, string) { return http.StatusInternalServerError, strings.Repeat("0", 1000) },
	} {
		requests := 0
		c := lyingFiles(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				w.Header().Set(wire.HeaderOffset, "0")
				w.WriteHeader(http.StatusCreated)
				return
			}
			requests++
			status, offset := lie(requests)
			w.Header().Set(wire.HeaderOffset, offset)
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(status)
		})
		if err := c.Send(t.Context(), bytes.NewReader(content), 16, sha256.Sum256(content), func(int64) {}); err == nil {
			t.Errorf("%s: it was sent", name)
		}
		if requests > 4*mostStuck {
			t.Errorf("%s: %d requests", name, requests)
		}
	}
}

// TestLyingContents: of an answer no more is taken than was asked for, and nothing of
// one that is no answer to it. Whether it is the content its taker sees.
func TestLyingContents(t *testing.T) {
	part := func(from string) func(w http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Content-Range", "bytes "+from+"-15/16")
			w.WriteHeader(http.StatusPartialContent)
		}
	}
	for name, c := range map[string]struct {
		head func(w http.ResponseWriter)
		body io.Reader
		want int64
		ok   bool
	}{
		"endless":         {part("4"), endless{}, 12, true},
		"too short":       {part("4"), strings.NewReader("short"), 5, false},
		"another part":    {part("0"), endless{}, 0, false},
		"all of it":       {func(w http.ResponseWriter) { w.WriteHeader(http.StatusOK) }, endless{}, 0, false},
		"a page of words": {func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) }, endless{}, 0, false},
		"somewhere else": {func(w http.ResponseWriter) {
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(http.StatusFound)
		}, strings.NewReader(""), 0, false},
	} {
		k := lyingFiles(t, func(w http.ResponseWriter, _ *http.Request) {
			c.head(w)
			_, _ = io.Copy(w, c.body) // until nobody listens
		})
		var got bytes.Buffer
		n, err := k.Fetch(t.Context(), chat.NewRoomID(), chat.Hash{1}, 4, 16, &got)
		if n != c.want || int64(got.Len()) != n || (err == nil) != c.ok {
			t.Errorf("%s: %d bytes (%d), %v", name, n, got.Len(), err)
		}
		if name == "a page of words" && (!errors.Is(err, ErrNoContent) || len(err.Error()) > 500) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// endless is a body without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
