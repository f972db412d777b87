package host

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/acme"

	"hearth/chat"
	"hearth/internal/safefile"
)

const (
	acmeFolder  = "acme"
	acmeAccount = "account.pem"
	acmePath    = "/.well-known/acme-challenge/"

	// acmePatience bounds one attempt to get a certificate.
	acmePatience = 5 * time.Minute
	// acmeFirst and acmeMost bound the waits between attempts that fail; an
	// authority refuses who asks too often.
	acmeFirst = time.Minute
	acmeMost  = 6 * time.Hour
	// acmeLook is how often to look whether a certificate is due: a machine may sleep.
	acmeLook = time.Hour
)

// acmeCert gets and renews a certificate of an authority by ACME (RFC 8555), proving
// the name over HTTP. Nothing waits for it: until there is a certificate, and whenever
// there is none that is valid, the identity's own is shown.
type acmeCert struct {
	// Fixed after openACME.
	domain   string
	folder   string
	client   *acme.Client
	listener net.Listener
	http     *http.Server
	log      *slog.Logger

	current atomic.Pointer[tls.Certificate] // with its Leaf; nil: none yet

	mu      sync.Mutex
	answers map[string]string // guarded by mu: by path
}

// openACME prepares what gets the certificate, with the one from before if that is
// still there.
func (h *Host) openACME(ctx context.Context) error {
	c := h.config
	if c.ACME == "" {
		if c.ACMEDirectory != "" || c.ACMECA != "" {
			return personal(KindRequest, nil, "--acme-directory and --acme-ca say where --acme DOMAIN gets its certificate; give that, too")
		}
		return nil
	}
	domain := strings.ToLower(c.ACME)
	if err := checkDomain(domain); err != nil {
		return err
	}
	if c.CertFile != "" || len(c.BehindProxy) > 0 {
		return personal(KindRequest, nil, "--acme gets a certificate for the server: leave it out, or --tls-cert and --behind-proxy")
	}
	a := &acmeCert{domain: domain, folder: filepath.Join(c.Dir, acmeFolder), log: h.log, answers: map[string]string{}}
	if err := os.MkdirAll(a.folder, 0o700); err != nil {
		return storeError(err, c.Dir)
	}
	key, err := a.accountKey()
	if err != nil {
		return err
	}
	transport, err := acmeTransport(c.ACMECA)
	if err != nil {
		return err
	}
	a.client = &acme.Client{Key: key, DirectoryURL: c.ACMEDirectory, HTTPClient: &http.Client{Transport: transport, Timeout: time.Minute}, UserAgent: "hearth-server"}
	if pair, err := a.stored(); err == nil {
		a.current.Store(pair)
	} else if !errors.Is(err, fs.ErrNotExist) {
		h.log.Warn("The certificate from before cannot be used; another one is got", "err", err)
	}
	at := c.ACMEHTTP
	if at == "" {
		at = ":80"
	}
	if a.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", at); err != nil {
		return listenError(err, at, "--acme-http")
	}
	a.http = &http.Server{
		Handler: http.HandlerFunc(a.answer), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second,
		MaxHeaderBytes: 8 << 10, ErrorLog: slog.NewLogLogger(h.log.Handler(), slog.LevelDebug),
	}
	h.acme = a
	return nil
}

// checkDomain refuses what no authority gives a certificate for this way.
func checkDomain(domain string) error {
	if _, err := chat.ParseAddress(domain); err != nil || strings.ContainsAny(domain, ":_%") || net.ParseIP(domain) != nil ||
		!strings.Contains(domain, ".") || strings.HasSuffix(domain, ".") || strings.HasPrefix(domain, ".") {
		return personal(KindRequest, err, "--acme %s: give the name of this server as people reach it, such as chat.example.org", domain)
	}
	return nil
}

// acmeTransport trusts the system's roots, or the authority in a file, for the
// directory.
func acmeTransport(file string) (*http.Transport, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	if file == "" {
		return t, nil
	}
	b, err := readPEM(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		return nil, personal(KindCert, nil, "there is no certificate (PEM) in %s (--acme-ca)", file)
	}
	t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return t, nil
}

// accountKey reads the key of the account at the authority, or makes it.
func (a *acmeCert) accountKey() (*ecdsa.PrivateKey, error) {
	path := filepath.Join(a.folder, acmeAccount)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		text, err := keyPEM(key)
		if err != nil {
			return nil, err
		}
		return key, safefile.Write(path, text, 0o600)
	}
	if err != nil {
		return nil, personal(KindCert, err, "%s cannot be read: %v", path, err)
	}
	if block, _ := pem.Decode(b); block != nil {
		if parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			if key, ok := parsed.(*ecdsa.PrivateKey); ok {
				return key, nil
			}
		}
	}
	return nil, personal(KindCert, nil, "%s is not the key of an account; put it back, or remove it to begin anew", path)
}

func keyPEM(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// path is where the certificate and its key are, in one file so that they fit.
func (a *acmeCert) path() string { return filepath.Join(a.folder, a.domain+".pem") }

func (a *acmeCert) stored() (*tls.Certificate, error) {
	b, err := os.ReadFile(a.path())
	if err != nil {
		return nil, err
	}
	return a.parse(b)
}

func (a *acmeCert) parse(b []byte) (*tls.Certificate, error) {
	pair, err := tls.X509KeyPair(b, b)
	if err != nil {
		return nil, err
	}
	if pair.Leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
		return nil, err
	}
	return &pair, pair.Leaf.VerifyHostname(a.domain)
}

// shown returns the certificate for a client that asks for its name while it is valid.
func (a *acmeCert) shown(hello *tls.ClientHelloInfo) *tls.Certificate {
	return showable(a.current.Load(), hello.ServerName)
}

// due is how long until a certificate is to be got: with a third of its life left.
func (a *acmeCert) due(now time.Time) time.Duration {
	pair := a.current.Load()
	if pair == nil {
		return 0
	}
	life := pair.Leaf.NotAfter.Sub(pair.Leaf.NotBefore)
	return max(0, pair.Leaf.NotAfter.Add(-life/3).Sub(now.Round(0)))
}

// run gets the certificate and renews it until the context ends.
func (a *acmeCert) run(ctx context.Context) {
	var served sync.WaitGroup
	served.Go(func() {
		if err := a.http.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("Listening for the authority's checks ended", "err", err)
		}
	})
	defer served.Wait()
	defer a.http.Close()
	wait := acmeFirst
	for {
		pause := min(a.due(time.Now()), acmeLook)
		if pause == 0 {
			if err := a.lasts(a.obtain(ctx)); err == nil {
				wait = acmeFirst
				continue
			} else if ctx.Err() == nil {
				a.log.Error("There is no lasting certificate from the authority; everybody who knows the server's identity connects all the same", "domain", a.domain, "again_in", wait.String(), "err", err)
			}
			pause, wait = wait, min(2*wait, acmeMost)
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// lasts makes an error of a certificate that was got and is to be renewed already, as a
// wrong clock sees it: the authority must not be asked again at once, and so for ever.
func (a *acmeCert) lasts(err error) error {
	if err == nil && a.due(time.Now()) == 0 {
		return fmt.Errorf("the one it gave, valid until %s, is to be renewed already: is this machine's clock right?", a.current.Load().Leaf.NotAfter.UTC().Format(time.DateTime))
	}
	return err
}

// obtain gets one certificate.
func (a *acmeCert) obtain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, acmePatience)
	defer cancel()
	// Whoever asks for a certificate agrees to the authority's terms (docs/server.md).
	if _, err := a.client.Register(ctx, &acme.Account{}, acme.AcceptTOS); err != nil && !errors.Is(err, acme.ErrAccountAlreadyExists) {
		return fmt.Errorf("account: %w", err)
	}
	order, err := a.client.AuthorizeOrder(ctx, acme.DomainIDs(a.domain))
	if err != nil {
		return fmt.Errorf("order: %w", err)
	}
	for _, url := range order.AuthzURLs {
		if err := a.authorize(ctx, url); err != nil {
			return fmt.Errorf("proof of the name: %w", err)
		}
	}
	ready, err := a.client.WaitOrder(ctx, order.URI)
	if err != nil {
		return fmt.Errorf("order: %w", err)
	}
	ready.URI = order.URI // not every authority says it again
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{a.domain}}, key)
	if err != nil {
		return err
	}
	chain, _, err := a.client.CreateCertFromOrder(ctx, ready, csr, true)
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	return a.keep(chain, key)
}

// keep checks a certificate, writes it down and shows it from now on.
func (a *acmeCert) keep(chain [][]byte, key *ecdsa.PrivateKey) error {
	var text bytes.Buffer
	for _, der := range chain {
		text.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	secret, err := keyPEM(key)
	if err != nil {
		return err
	}
	text.Write(secret)
	pair, err := a.parse(text.Bytes())
	if err != nil {
		return fmt.Errorf("the authority's certificate: %w", err)
	}
	if err := safefile.Write(a.path(), text.Bytes(), 0o600); err != nil {
		return err
	}
	a.current.Store(pair)
	a.log.Info("There is a certificate from the authority", "domain", a.domain, "serial", (*big.Int)(pair.Leaf.SerialNumber).Text(16), "until", pair.Leaf.NotAfter.UTC())
	return nil
}

// authorize proves one name over HTTP.
func (a *acmeCert) authorize(ctx context.Context, url string) error {
	z, err := a.client.GetAuthorization(ctx, url)
	if err != nil || z.Status == acme.StatusValid {
		return err
	}
	for _, c := range z.Challenges {
		if c.Type != "http-01" {
			continue
		}
		answer, err := a.client.HTTP01ChallengeResponse(c.Token)
		if err != nil {
			return err
		}
		path := a.client.HTTP01ChallengePath(c.Token)
		a.put(path, answer)
		defer a.put(path, "")
		if _, err := a.client.Accept(ctx, c); err != nil {
			return err
		}
		_, err = a.client.WaitAuthorization(ctx, z.URI)
		return err
	}
	return errors.New("the authority offers no proof over HTTP")
}

func (a *acmeCert) put(path, answer string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if answer == "" {
		delete(a.answers, path)
		return
	}
	a.answers[path] = answer
}

// answer serves the authority's checks and nothing else.
func (a *acmeCert) answer(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	answer, ok := a.answers[r.URL.Path]
	a.mu.Unlock()
	if !ok || !strings.HasPrefix(r.URL.Path, acmePath) || r.Method != http.MethodGet {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, answer)
}
