package link

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
)

// verifier checks one connection's certificates. The zero pin accepts any
// identity, for Probe alone.
type verifier struct {
	pin  chat.ServerID
	seen chat.ServerID // the identity that answered; not yet proven by a hello
	leaf *x509.Certificate
}

// mostCertificates bounds a chain: a leaf, the identity, and those it succeeded.
const mostCertificates = 8

// config is the TLS configuration of one connection. Names and the system's
// roots play no part: the library's own verification is off because ours, in
// VerifyConnection, replaces it; unlike other callbacks that one also runs on
// resumed connections, and none is accepted.
func (v *verifier) config() *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		NextProtos:             []string{"http/1.1"},
		InsecureSkipVerify:     true,
		SessionTicketsDisabled: true,
		VerifyConnection:       v.verify,
	}
}

// verify accepts a chain of a leaf, the identity that has signed it, and perhaps
// identities that this one has succeeded, each having signed the one before it.
// The pin must be among them. Dates are judged later, by the time in the server's
// signed hello.
func (v *verifier) verify(c tls.ConnectionState) error {
	// No protocol is named through a proxy; see attempt.run.
	if c.DidResume || c.Version != tls.VersionTLS13 || c.NegotiatedProtocol != "" && c.NegotiatedProtocol != "http/1.1" {
		return &Error{Kind: KindNotHearth, Err: fmt.Errorf("TLS was not negotiated as asked (version %#x, protocol %q)", c.Version, clipName(c.NegotiatedProtocol, 64))}
	}
	chain := c.PeerCertificates
	if len(chain) == 0 {
		return &Error{Kind: KindNotHearth, Err: errors.New("no certificate")}
	}
	ids, err := identities(chain)
	if len(ids) > 0 {
		v.seen = ids[0]
	}
	if err == nil && !v.pin.IsZero() && !slices.Contains(ids, v.pin) {
		err = errors.New("the certificate is of another identity")
	}
	if err == nil {
		err = checkChain(chain)
	}
	switch {
	case err != nil && v.pin.IsZero():
		return &Error{Kind: KindNotHearth, Err: err}
	case err != nil:
		return v.mismatch(err)
	}
	v.leaf = chain[0]
	return nil
}

// identities returns the fingerprints of the identities in a chain, the one that
// answers first.
func identities(chain []*x509.Certificate) (ids []chat.ServerID, err error) {
	if len(chain) < 2 || len(chain) > mostCertificates {
		return nil, errors.New("the certificates are not a leaf and its identity")
	}
	for _, c := range chain[1:] {
		key, ok := c.PublicKey.(ed25519.PublicKey)
		if !ok {
			return ids, errors.New("an identity is not an Ed25519 key")
		}
		id, err := chat.ServerIDOf(key)
		if err != nil {
			return ids, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// checkChain checks each signature, up to the oldest identity.
func checkChain(chain []*x509.Certificate) error {
	leaf := chain[0]
	if leaf.IsCA || len(leaf.ExtKeyUsage) > 0 && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageServerAuth) {
		return errors.New("the leaf certificate is not for a server")
	}
	for i, c := range chain[:len(chain)-1] {
		if err := c.CheckSignatureFrom(chain[i+1]); err != nil {
			return fmt.Errorf("the identity has not signed the certificate: %w", err)
		}
	}
	return nil
}

func (v *verifier) mismatch(err error) *Error {
	return &Error{Kind: KindPinMismatch, Expected: v.pin, Presented: v.seen, Err: err}
}

// hello checks everything a hello proves, before anything that depends on a
// secret is sent on the connection.
func (v *verifier) hello(c *tls.ConnectionState, h *wire.Hello) (wire.Greeting, wire.Binding, error) {
	g, err := wire.DecodeGreeting(h.Hello)
	if err != nil {
		return g, wire.Binding{}, &Error{Kind: KindNotHearth, Err: fmt.Errorf("greeting: %w", err)}
	}
	if len(g.Identity) != ed25519.PublicKeySize || len(g.Nonce) != wire.NonceLength {
		return g, wire.Binding{}, &Error{Kind: KindNotHearth, Err: errors.New("greeting: identity or nonce has a wrong length")}
	}
	identity := ed25519.PublicKey(g.Identity)
	id, err := chat.ServerIDOf(identity)
	if err != nil {
		return g, wire.Binding{}, &Error{Kind: KindInternal, Err: err}
	}
	if id != g.Server || id != v.seen { // the certificates show that this is the pin, or has succeeded it
		return g, wire.Binding{}, &Error{Kind: KindPinMismatch, Expected: v.expected(), Presented: id, Err: errors.New("the greeting is of another identity than the certificate")}
	}
	exporter, err := c.ExportKeyingMaterial(wire.ExporterLabel, nil, wire.ExporterLength)
	if err != nil {
		return g, wire.Binding{}, &Error{Kind: KindInternal, Err: err}
	}
	if fault.Bug(fault.ExporterNotBound) {
		clear(exporter)
	}
	b := wire.Binding{
		Server: id, Epoch: g.Epoch, Exporter: [wire.ExporterLength]byte(exporter),
		Nonce: [wire.NonceLength]byte(g.Nonce), Hello: wire.HashHello(h.Hello),
	}
	if !ed25519.Verify(identity, wire.HelloInput(b.Exporter, h.Hello), h.Proof) {
		return g, b, &Error{Kind: KindNotBound, Err: errors.New("the server's proof is not for this connection")}
	}
	return g, b, v.acceptable(g)
}

// expected is the identity that ought to answer: the pin, or without one the
// certificate's.
func (v *verifier) expected() chat.ServerID {
	if v.pin.IsZero() {
		return v.seen
	}
	return v.pin
}

// acceptable checks what the server, now known, says about itself.
func (v *verifier) acceptable(g wire.Greeting) error {
	switch at := time.UnixMilli(g.Time); {
	case g.MaxVersion < wire.MinVersion:
		return &Error{Kind: KindTooOld, Err: fmt.Errorf("it speaks versions %d to %d", g.MinVersion, g.MaxVersion)}
	case g.MinVersion > wire.Version:
		return &Error{Kind: KindTooNew, Err: fmt.Errorf("it speaks versions %d to %d", g.MinVersion, g.MaxVersion)}
	case !g.Bound:
		return &Error{Kind: KindNotBound, Err: errors.New("the server does not bind logins to the connection")}
	case at.Before(v.leaf.NotBefore) || at.After(v.leaf.NotAfter):
		return &Error{Kind: KindCertificate, Err: fmt.Errorf("valid from %s to %s; the server's time is %s",
			v.leaf.NotBefore.UTC().Format(time.RFC3339), v.leaf.NotAfter.UTC().Format(time.RFC3339), at.UTC().Format(time.RFC3339))}
	}
	return nil
}
