package stretch

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/xdg-go/scram"
)

// Verifier is what a server keeps of a password (RFC 5802).
type Verifier struct {
	Salt       []byte
	Iterations int
	StoredKey  []byte
	ServerKey  []byte
}

// NewVerifier computes the verifier of a stretched password.
func NewVerifier(key, salt []byte, iterations int) (Verifier, error) {
	c, err := scram.SHA256.NewClientUnprepped("", string(key), "")
	if err != nil {
		return Verifier{}, fmt.Errorf("scram: %w", err)
	}
	s, err := c.GetStoredCredentialsWithError(scram.KeyFactors{Salt: string(salt), Iters: iterations})
	if err != nil {
		return Verifier{}, fmt.Errorf("scram: %w", err)
	}
	return Verifier{Salt: salt, Iterations: iterations, StoredKey: s.StoredKey, ServerKey: s.ServerKey}, nil
}

// Login is the client's side of one SCRAM-SHA-256-PLUS exchange, bound to one
// TLS connection by its exporter value, or of one of SCRAM-SHA-256, which is bound to
// none. It is used by one goroutine, once.
type Login struct {
	name    string
	binding scram.ChannelBinding
	unbound bool // without binding, and said so
	nonce   string
	conv    *scram.ClientConversation
	first   string
}

// NewLogin begins an exchange. The key is not needed yet, because how the
// password must be stretched is known only after the server's first message.
func NewLogin(name string, exporter []byte) *Login {
	l := &Login{name: name, binding: scram.ChannelBinding{Type: scram.ChannelBindingTLSExporter, Data: exporter}}
	return l
}

// NewUnboundLogin begins an exchange of SCRAM-SHA-256, for a server behind a proxy that
// ends TLS.
func NewUnboundLogin(name string) *Login { return &Login{name: name, unbound: true} }

// converse starts the exchange anew with the same nonce, so that its first
// message is the same again.
func (l *Login) converse(key []byte) (*scram.ClientConversation, string, error) {
	c, err := scram.SHA256.NewClientUnprepped(l.name, string(key), "")
	if err != nil {
		return nil, "", err
	}
	if l.nonce != "" {
		c.WithNonceGenerator(func() string { return l.nonce })
	}
	conv := c.NewConversation()
	if !l.unbound {
		conv = c.NewConversationWithChannelBinding(l.binding)
	}
	first, err := conv.Step("")
	return conv, first, err
}

// First returns the client-first-message.
func (l *Login) First() string {
	_, first, err := l.converse(nil)
	if err != nil {
		return "" // the server refuses it; the library has no such case
	}
	_, l.nonce, _ = strings.Cut(first, ",r=")
	l.first = first
	return first
}

// Final returns the client-final-message for a server-first-message, given the
// stretched password. Round counts outside the bounds are refused before any
// work: a false server could make guessing cheap, or stop the client.
func (l *Login) Final(key []byte, serverFirst string, least, most int) (string, error) {
	rounds, err := iterations(serverFirst)
	if err != nil {
		return "", err
	}
	if rounds < least || rounds > most {
		return "", fmt.Errorf("the server asks for %d rounds; %d to %d are accepted", rounds, least, most)
	}
	conv, first, err := l.converse(key)
	if err != nil {
		return "", fmt.Errorf("scram: %w", err)
	}
	if first != l.first || l.nonce == "" {
		return "", errors.New("scram: the exchange could not be resumed")
	}
	l.conv = conv
	final, err := conv.Step(serverFirst)
	if err != nil {
		return "", fmt.Errorf("scram: %w", err)
	}
	return final, nil
}

// iterations reads i= of a server-first-message.
func iterations(serverFirst string) (int, error) {
	for field := range strings.SplitSeq(serverFirst, ",") {
		if v, ok := strings.CutPrefix(field, "i="); ok {
			n, err := strconv.Atoi(v)
			if err != nil {
				return 0, errors.New("scram: the number of rounds is not a number")
			}
			return n, nil
		}
	}
	return 0, errors.New("scram: the number of rounds is missing")
}

// Verify checks the server-final-message: only a server that holds the verifier
// can make it.
func (l *Login) Verify(serverFinal string) error {
	if l.conv == nil {
		return errors.New("scram: not at that step")
	}
	if _, err := l.conv.Step(serverFinal); err != nil {
		return fmt.Errorf("scram: %w", err)
	}
	if !l.conv.Valid() {
		return errors.New("scram: the server's signature is missing")
	}
	return nil
}
