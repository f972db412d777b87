package host

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"testing"
	"testing/synctest"
	"time"
)

// TestCertificateRenewal lives through a year: clients never see a leaf that is
// expired or about to, and always one that the identity vouches for.
func TestCertificateRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(27 * 365 * 24 * time.Hour) // a bubble begins in 2000
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		c, err := newCertificates(&identity{key: key})
		if err != nil {
			t.Fatal(err)
		}
		var last []byte
		renewed := 0
		for range 365 {
			cert, err := c.certificate()
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(cert.Certificate[0], last) {
				renewed++
				last = cert.Certificate[0]
			}
			checkLeaf(t, cert.Certificate, key)
			if c.left() < leafRenew {
				t.Fatalf("only %v left", c.left())
			}
			time.Sleep(24 * time.Hour)
		}
		// 90 days each, renewed when 30 are left: one a start, then every 60 days.
		if renewed != 7 {
			t.Errorf("%d certificates in a year", renewed)
		}
	})
}

func checkLeaf(t *testing.T, chain [][]byte, key ed25519.PrivateKey) {
	t.Helper()
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil {
		t.Fatal(err)
	}
	root, err := x509.ParseCertificate(chain[1])
	if err != nil {
		t.Fatal(err)
	}
	if public, ok := root.PublicKey.(ed25519.PublicKey); !ok || !public.Equal(key.Public()) {
		t.Fatal("the root is not the identity's")
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	// A client's clock may be behind by up to an hour when it has just been issued.
	for _, at := range []time.Time{time.Now(), time.Now().Add(-59 * time.Minute)} {
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: at}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCertificateAfterSleep: a machine that slept through the certificate's life
// presents a new one to the first connection.
func TestCertificateAfterSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(27 * 365 * 24 * time.Hour) // a bubble begins in 2000
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		c, err := newCertificates(&identity{key: key})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(leafLife + time.Hour)
		if c.left() > 0 {
			t.Error("an expired certificate is called valid")
		}
		cert, err := c.certificate()
		if err != nil {
			t.Fatal(err)
		}
		checkLeaf(t, cert.Certificate, key)
	})
}

// TestCertificateOfWrongClock: a certificate that was made while the machine's clock was
// ahead is not valid yet once that is set right, and gives way.
func TestCertificateOfWrongClock(t *testing.T) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c, err := newCertificates(&identity{key: key})
	if err != nil {
		t.Fatal(err)
	}
	wrong := time.Now().Round(0).AddDate(1, 0, 0)
	if c.current, err = c.issue(wrong); err != nil {
		t.Fatal(err)
	}
	c.expires = wrong.Add(leafLife)
	cert, err := c.certificate()
	if err != nil {
		t.Fatal(err)
	}
	checkLeaf(t, cert.Certificate, key)
}
