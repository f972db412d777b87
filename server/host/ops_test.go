package host

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearth/internal/testkit"
)

func writeOps(t *testing.T, dir string, at opsAddress) {
	t.Helper()
	b, err := json.Marshal(at)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, opsFile), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// call makes one request of the operator's listener.
func (h *Host) call(t *testing.T, method, path, body string, change func(*http.Request)) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+h.ops.listener.Addr().String()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestHealth(t *testing.T) {
	h := start(t, config(t, testkit.Dir(t)))
	if code, text := h.call(t, "GET", "/livez", "", nil); code != http.StatusOK || text != "ok\n" {
		t.Errorf("/livez: %d %q", code, text)
	}
	testkit.Eventually(t, "readiness", func() bool {
		code, _ := h.call(t, "GET", "/readyz", "", nil)
		return code == http.StatusOK
	})
	code, text := h.call(t, "GET", "/metrics", "", nil)
	if code != http.StatusOK || !strings.Contains(text, "# TYPE hearth_") {
		t.Errorf("/metrics: %d %.200q", code, text)
	}
	for _, path := range []string{"/", "/invite"} {
		if code, _ := h.call(t, "GET", path, "", nil); code == http.StatusOK {
			t.Errorf("GET %s succeeded", path)
		}
	}
}

// TestReadyNeedsCertificate: a server whose certificate is about to expire says so.
func TestReadyNeedsCertificate(t *testing.T) {
	h := start(t, config(t, testkit.Dir(t)))
	testkit.Eventually(t, "readiness", func() bool {
		code, _ := h.call(t, "GET", "/readyz", "", nil)
		return code == http.StatusOK
	})
	h.certs.mu.Lock()
	h.certs.expires = time.Now().Add(23 * time.Hour)
	h.certs.mu.Unlock()
	if code, text := h.call(t, "GET", "/readyz", "", nil); code != http.StatusServiceUnavailable || !strings.Contains(text, "certificate") {
		t.Errorf("/readyz: %d %q", code, text)
	}
}

// TestOpsGuarded: who cannot read ops.json, or is a web page, gets nothing.
func TestOpsGuarded(t *testing.T) {
	h := start(t, config(t, testkit.Dir(t)))
	const ask = `{"uses":1,"expires_ms":1000}`
	token := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+h.ops.token) }
	for name, test := range map[string]struct {
		body   string
		change func(*http.Request)
		want   int
	}{
		"right":            {ask, token, http.StatusOK},
		"no token":         {ask, nil, http.StatusUnauthorized},
		"wrong token":      {ask, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+strings.Repeat("A", 26)) }, http.StatusUnauthorized},
		"empty token":      {ask, func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") }, http.StatusUnauthorized},
		"a page":           {ask, func(r *http.Request) { token(r); r.Header.Set("Origin", "http://127.0.0.1") }, http.StatusForbidden},
		"another name":     {ask, func(r *http.Request) { token(r); r.Host = "rebound.example.org:80" }, http.StatusForbidden},
		"no JSON":          {"uses=1", token, http.StatusBadRequest},
		"no uses":          {`{"uses":0,"expires_ms":1000}`, token, http.StatusBadRequest},
		"negative life":    {`{"uses":1,"expires_ms":-1}`, token, http.StatusBadRequest},
		"more than a body": {strings.Repeat(" ", 2000) + ask, token, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			code, text := h.call(t, "POST", "/invite", test.body, test.change)
			if code != test.want {
				t.Errorf("%d %q, want %d", code, text, test.want)
			}
			if code != http.StatusOK && strings.Contains(text, "hearth://") {
				t.Error("an invite was given away")
			}
		})
	}
	invites, err := h.store.Invites(t.Context())
	if err != nil || len(invites) != 1 {
		t.Errorf("%d invites were made, want 1 (%v)", len(invites), err)
	}
}

func TestOpsFile(t *testing.T) {
	c := config(t, testkit.Dir(t))
	h := start(t, c)
	path := filepath.Join(c.Dir, opsFile)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	stop(t, h)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}
