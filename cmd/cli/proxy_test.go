package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// proxyCommand puts a proxy that ends TLS before the script's server, which must be
// stopped and is started behind it, and writes the certificate of the proxy's authority
// to a file. PROXY is then the server's link, and BOUND one that promises that nothing in
// between can read along.
func proxyCommand(ts *testscript.TestScript, neg bool, args []string) {
	s, ok := ts.Value(hostKey{}).(*scriptServer)
	if !ok || neg || len(args) != 1 || s.host != nil {
		ts.Fatalf("usage: proxy CA-FILE, while the server is stopped")
	}
	pair, authority, err := certificate()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), authority, 0o600))
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS13})
	ts.Check(err)
	s.public = l.Addr().String()
	ts.Check(s.start())
	link := s.host.Link()
	ts.Setenv("PROXY", link.String())
	link.Bound = true
	ts.Setenv("BOUND", link.String())
	silent := slog.NewLogLogger(slog.DiscardHandler, 0)
	handler := &httputil.ReverseProxy{ErrorLog: silent, Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(&url.URL{Scheme: "http", Host: s.listen})
		p.SetXForwarded()
	}}
	srv := &http.Server{Handler: handler, ErrorLog: silent, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }()
	ts.Defer(func() { _ = srv.Close(); <-done })
}

// certificate makes an authority and a certificate of it for this machine.
func certificate() (pair tls.Certificate, authority []byte, err error) {
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair, nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair, nil, err
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Works CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "chat"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 1, 0), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, rootKey.Public(), rootKey)
	if err != nil {
		return pair, nil, err
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, key.Public(), rootKey)
	if err != nil {
		return pair, nil, err
	}
	pair = tls.Certificate{Certificate: [][]byte{leafDER}, PrivateKey: key}
	return pair, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER}), nil
}
