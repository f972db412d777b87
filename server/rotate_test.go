package server

import (
	"crypto/tls"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// A certificate that is renewed under load disturbs nobody: each of 1,000
// handshakes gets one certificate or the other, whole. Under the race detector
// this also shows that the one configuration is never written.
func TestCertificateRotation(t *testing.T) {
	first, second := identityOf(t), identityOf(t)
	one, _ := first.Certificate()
	two, _ := second.Certificate()
	var current atomic.Pointer[tls.Certificate]
	current.Store(one)
	config := tlsConfig(Identity{Key: first.Key, Certificate: func() (*tls.Certificate, error) { return current.Load(), nil }})
	client := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13, NextProtos: []string{"http/1.1"}} //nolint:gosec // looked at below

	var seen [2]atomic.Int64
	shake := func() error {
		a, b := net.Pipe()
		defer a.Close()
		defer b.Close()
		done := make(chan error, 1)
		go func() { done <- tls.Server(a, config).HandshakeContext(t.Context()) }()
		c := tls.Client(b, client)
		if err := c.HandshakeContext(t.Context()); err != nil {
			return err
		}
		switch leaf := c.ConnectionState().PeerCertificates[0].Raw; {
		case string(leaf) == string(one.Certificate[0]):
			seen[0].Add(1)
		case string(leaf) == string(two.Certificate[0]):
			seen[1].Add(1)
		default:
			t.Error("a certificate nobody made")
		}
		return <-done
	}
	const workers, each = 20, 50
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := range each {
				if i%10 == 5 { // many times, and both last
					if current.CompareAndSwap(one, two); i%20 == 15 {
						current.CompareAndSwap(two, one)
					}
				}
				if err := shake(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if seen[0].Load() == 0 || seen[1].Load() == 0 || seen[0].Load()+seen[1].Load() != workers*each {
		t.Errorf("handshakes by certificate: %d and %d", seen[0].Load(), seen[1].Load())
	}
}
