package link

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
)

// verifier checks one connection's server. The zero pin accepts any identity, for
// Probe alone.
type verifier struct {
	pin       chat.ServerID
	unbound   bool                   // a server behind a proxy that ends TLS will do
	roots     *x509.CertPool         // nil: the system's
	host      string                 // as the address names it
	challenge [wire.NonceLength]byte // sent if unbound

	seen   chat.ServerID       // the identity that answered; not yet proven by a hello
	line   []chat.ServerID     // that one, and those that have vouched for it, one after another
	leaf   *x509.Certificate   // of the chain that was accepted
	public []*x509.Certificate // that chain, if authorities vouch for the name rather than the identity
}

// verifierOf makes the verifier of one attempt at one address of a link.
func verifierOf(l chat.Link, address string, roots *x509.CertPool) *verifier {
	v := &verifier{pin: l.Server, unbound: !l.Bound, roots: roots}
	v.host, _, _ = net.SplitHostPort(address)
	if v.unbound {
		_, _ = rand.Read(v.challenge[:]) // never fails
	}
	return v
}

// mostCertificates bounds a chain: a leaf, the identity, and those it succeeded.
const mostCertificates = 8

// config is the TLS configuration of one connection. The library's own verification is
// off because ours, in VerifyConnection, replaces it; unlike other callbacks that one
// also runs on resumed connections, and none is accepted.
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
// identities that this one has succeeded, each having signed the one before it; the
// pin must be among them. Or else a chain that authorities vouch for, for the name
// that was asked for: then the hello has to show who answers. Dates are judged later,
// by the time in the server's signed hello.
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
	if err == nil {
		v.leaf, v.line = chain[0], ids
		return nil
	}
	unknown := v.vouched(chain, chain[0].NotBefore)
	if unknown == nil {
		v.leaf, v.public, v.seen = chain[0], chain, chat.ServerID{}
		return nil
	}
	if len(ids) == 0 {
		err = unknown
		// One that has signed itself has no authority: no file of one could help.
		if errors.As(unknown, new(x509.UnknownAuthorityError)) && !bytes.Equal(chain[0].RawIssuer, chain[0].RawSubject) {
			return &Error{Kind: KindAuthority, Err: err}
		}
	}
	if v.pin.IsZero() {
		return &Error{Kind: KindNotHearth, Err: err}
	}
	return v.mismatch(err)
}

// vouched asks whether authorities vouch for the host's name at a moment.
func (v *verifier) vouched(chain []*x509.Certificate, at time.Time) error {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	if _, err := chain[0].Verify(x509.VerifyOptions{DNSName: v.host, Roots: v.roots, Intermediates: between, CurrentTime: at}); err != nil {
		return fmt.Errorf("the certificate is not of the server's identity, and not one to trust for %s: %w", v.host, err)
	}
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
	return checkLine(chain)
}

// checkLine checks that each certificate is signed by the next.
func checkLine(chain []*x509.Certificate) error {
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
	if err := v.whose(g, id); err != nil {
		return g, wire.Binding{}, &Error{Kind: KindPinMismatch, Expected: v.expected(), Presented: id, Err: err}
	}
	b := wire.Binding{Server: id, Epoch: g.Epoch, Nonce: [wire.NonceLength]byte(g.Nonce), Hello: wire.HashHello(h.Hello)}
	return g, b, v.bind(c, h, g, &b)
}

// bind checks the proof of the greeting, over this connection or, if the link allows
// that, over our challenge.
func (v *verifier) bind(c *tls.ConnectionState, h *wire.Hello, g wire.Greeting, b *wire.Binding) error {
	input := wire.HelloUnboundInput(v.challenge, h.Hello)
	switch {
	case g.Bound:
		exporter, err := c.ExportKeyingMaterial(wire.ExporterLabel, nil, wire.ExporterLength)
		if err != nil {
			return &Error{Kind: KindInternal, Err: err}
		}
		if fault.Bug(fault.ExporterNotBound) {
			clear(exporter)
		}
		b.Exporter = [wire.ExporterLength]byte(exporter)
		input = wire.HelloInput(b.Exporter, h.Hello)
	case !v.unbound:
		return &Error{Kind: KindNotBound, Err: errors.New("the server does not bind logins to the connection")}
	case v.public == nil:
		return &Error{Kind: KindNotBound, Err: errors.New("the server does not bind logins to the connection, although nothing is in between")}
	default:
		b.Unbound = true
	}
	if !ed25519.Verify(ed25519.PublicKey(g.Identity), input, h.Proof) {
		return &Error{Kind: KindNotBound, Err: errors.New("the server's proof is not for this connection")}
	}
	return v.acceptable(g)
}

// whose checks that a greeting is of the pinned identity, or of one that has
// succeeded it; the proof of it comes after. Where the certificates have shown an
// identity, it must be that one.
func (v *verifier) whose(g wire.Greeting, id chat.ServerID) error {
	switch {
	case id != g.Server:
		return errors.New("the greeting's fingerprint is not its identity's")
	case v.public == nil && id != v.seen:
		return errors.New("the greeting is of another identity than the certificate")
	case v.public == nil:
		return nil
	}
	ids, err := v.told(g, id)
	if err == nil {
		v.line = ids
	} else if v.line = []chat.ServerID{id}; v.pin.IsZero() || v.pin == id {
		return nil // it need not have succeeded anybody
	}
	if err == nil && !v.pin.IsZero() && !slices.Contains(ids, v.pin) {
		err = errors.New("the greeting is of another identity")
	}
	return err
}

// told returns the identities that a greeting proves: id, and those that have vouched
// for it, one after another.
func (v *verifier) told(g wire.Greeting, id chat.ServerID) ([]chat.ServerID, error) {
	line, err := parseLine(g.Line)
	if err != nil {
		return nil, err
	}
	ids, err := identities(append([]*x509.Certificate{v.leaf}, line...))
	if err != nil {
		return nil, err
	}
	if ids[0] != id {
		return nil, errors.New("the greeting is of another identity")
	}
	return ids, checkLine(line)
}

// parseLine reads the certificates of identities in a greeting.
func parseLine(line []wire.Bytes) (chain []*x509.Certificate, err error) {
	if len(line) >= mostCertificates {
		return nil, errors.New("the greeting names too many identities")
	}
	for _, der := range line {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("an identity's certificate in the greeting: %w", err)
		}
		chain = append(chain, c)
	}
	return chain, nil
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
	case v.public != nil:
		if err := v.vouched(v.public, at); err != nil {
			return &Error{Kind: KindCertificate, Err: err}
		}
	case at.Before(v.leaf.NotBefore) || at.After(v.leaf.NotAfter):
		return &Error{Kind: KindCertificate, Err: fmt.Errorf("valid from %s to %s; the server's time is %s",
			v.leaf.NotBefore.UTC().Format(time.RFC3339), v.leaf.NotAfter.UTC().Format(time.RFC3339), at.UTC().Format(time.RFC3339))}
	}
	return nil
}
