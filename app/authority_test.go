package app

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"
)

// certificatePEM makes a certificate that has signed itself.
func certificatePEM(t *testing.T, name string, ca bool) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().AddDate(1, 0, 0), IsCA: ca, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// TestParseAuthority: certificates of authorities and nothing else.
func TestParseAuthority(t *testing.T) {
	ca, leaf := certificatePEM(t, "Works CA", true), certificatePEM(t, "leaf", false)
	got, err := parseAuthority(append([]byte("a comment\n"), ca...))
	if err != "" || got.view.Name != "Works CA" || got.view.Count != 1 || len(got.view.Fingerprint) != 79 || got.text != string(ca) {
		t.Fatalf("%+v, %v", got, err)
	}
	again, err := parseAuthority([]byte(got.text))
	if err != "" || again.view != got.view {
		t.Errorf("read again: %v", err)
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")})
	block, _ := pem.Decode(ca)
	if binary, err := parseAuthority(block.Bytes); err != "" || binary.text != string(ca) {
		t.Errorf("in binary form: %v", err)
	}
	damaged := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")})
	for _, test := range []struct {
		what string
		file []byte
		want AuthorityFault
	}{
		{"nothing", nil, AuthorityNone},
		{"text", []byte("hello"), AuthorityNone},
		{"a leaf", leaf, AuthorityLeaf},
		{"a leaf behind", append(bytes.Clone(ca), leaf...), AuthorityLeaf},
		{"a key behind", append(bytes.Clone(ca), key...), AuthorityForeign},
		{"damaged", damaged, AuthorityDamaged},
		{"too many", bytes.Repeat(ca, mostAuthorities+1), AuthorityMany},
		{"too large", append(bytes.Clone(ca), strings.Repeat("x", largestAuthority)...), AuthorityLarge},
	} {
		if got, err := parseAuthority(test.file); err != test.want || got != nil || authorityFaults[err] == "" {
			t.Errorf("%s: %q, want %q", test.what, err, test.want)
		}
	}
}

// FuzzAuthority: what is accepted is kept and read again as the same.
func FuzzAuthority(f *testing.F) {
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		got, err := parseAuthority(file)
		if err != "" {
			return
		}
		again, err := parseAuthority([]byte(got.text))
		if err != "" || again.view != got.view {
			t.Errorf("%+v, then %+v, %v", got.view, again, err)
		}
	})
}

// TestAuthorityIsKept: the authority that was given is kept with the group, and replaced
// by another or removed; who knows the server's identity connects as before.
func TestAuthorityIsKept(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		p := w.member("bob").run().live()
		var failed *Failed
		if _, err := p.SetAuthority(t.Context(), []byte("no")); !errors.As(err, &failed) || failed.Wrong != AuthorityNone {
			t.Errorf("nonsense: %v", err)
		}
		for _, name := range []string{"First", "Second"} {
			if v, err := p.SetAuthority(t.Context(), certificatePEM(t, name, true)); err != nil || v.Name != name {
				t.Fatal(v, err)
			}
			p.live()
			p.quit()
			p.run().live()
			if v := p.View().Group.Authority; v.Name != name || v.Count != 1 {
				t.Errorf("after a restart: %+v", v)
			}
		}
		if err := p.RemoveAuthority(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.live()
		p.quit()
		p.run().live()
		if v := p.View().Group.Authority; v != (AuthorityView{}) {
			t.Errorf("removed, after a restart: %+v", v)
		}
		p.quit()
	})
}
