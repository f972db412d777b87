package linktest

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"
)

// Issue makes the chain leaf, root that a server of this identity shows.
func Issue(t testing.TB, identity ed25519.PrivateKey) tls.Certificate {
	t.Helper()
	root := template(1, "root", 50)
	root.IsCA, root.KeyUsage = true, x509.KeyUsageCertSign
	rootDER := sign(t, root, root, identity.Public(), identity)
	key := leafKey(t)
	leaf := template(2, "leaf", 1)
	leaf.KeyUsage, leaf.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	return tls.Certificate{Certificate: [][]byte{sign(t, leaf, root, &key.PublicKey, identity), rootDER}, PrivateKey: key}
}

// Authority is a certificate authority that everybody but Hearth trusts.
type Authority struct {
	root *x509.Certificate
	der  []byte
	key  *ecdsa.PrivateKey
}

// NewAuthority makes one.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{root: template(1, "Public CA", 50), key: leafKey(t)}
	a.root.IsCA, a.root.KeyUsage = true, x509.KeyUsageCertSign
	a.der = sign(t, a.root, a.root, &a.key.PublicKey, a.key)
	return a
}

// Pool trusts the authority.
func (a *Authority) Pool(t testing.TB) *x509.CertPool {
	t.Helper()
	root, err := x509.ParseCertificate(a.der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(root)
	return pool
}

// Issue makes a certificate that is valid for a host name in every browser.
func (a *Authority) Issue(t testing.TB, host string) tls.Certificate {
	t.Helper()
	key := leafKey(t)
	leaf := template(2, host, 1)
	leaf.DNSNames, leaf.KeyUsage, leaf.ExtKeyUsage = []string{host}, x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	if ip := net.ParseIP(host); ip != nil {
		leaf.DNSNames, leaf.IPAddresses = nil, []net.IP{ip}
	}
	return tls.Certificate{Certificate: [][]byte{sign(t, leaf, a.root, &key.PublicKey, a.key), a.der}, PrivateKey: key}
}

func template(serial int64, name string, years int) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true,
		NotBefore: time.Now().AddDate(0, 0, -1), NotAfter: time.Now().AddDate(years, 0, 0),
	}
}

func sign(t testing.TB, c, parent *x509.Certificate, public, key any) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, c, parent, public, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func leafKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Succeeded makes the chain of an identity that has succeeded others: keys[0]
// answers, and each is vouched for by the next.
func Succeeded(t testing.TB, keys ...ed25519.PrivateKey) tls.Certificate {
	t.Helper()
	leafSigner := leafKey(t)
	leaf := template(2, "leaf", 1)
	leaf.KeyUsage, leaf.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	root := template(1, "identity", 50)
	root.IsCA, root.KeyUsage = true, x509.KeyUsageCertSign
	c := tls.Certificate{Certificate: [][]byte{sign(t, leaf, root, &leafSigner.PublicKey, keys[0])}, PrivateKey: leafSigner}
	for i, key := range keys {
		by := key // the oldest vouches for itself
		if i+1 < len(keys) {
			by = keys[i+1]
		}
		c.Certificate = append(c.Certificate, sign(t, root, root, key.Public(), by))
	}
	return c
}
