package app

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"time"
)

// AuthorityCommands are about certificates of a group's server that a company's own
// authority has issued (docs/adr/0040). They add to the proof of the server's identity
// and never stand for it.
type AuthorityCommands interface {
	// SetAuthority has certificates of this core's one server checked by an authority of
	// its own (a PEM file) instead of the system's: kept with the group that is open, or
	// for the way in that follows. It never reaches the system's list, nor another
	// group. FailAuthority says what is wrong with a file.
	SetAuthority(ctx context.Context, file []byte) (AuthorityView, error)
	// RemoveAuthority has the system's list count again.
	RemoveAuthority(ctx context.Context) error
}

// AuthorityFault is what is wrong with the file of an authority.
type AuthorityFault string

// Faults of files of authorities.
const (
	AuthorityLarge   AuthorityFault = "large"   // than any certificate
	AuthorityForeign AuthorityFault = "foreign" // it holds something else than certificates: a key, say
	AuthorityDamaged AuthorityFault = "damaged"
	AuthorityLeaf    AuthorityFault = "leaf" // a certificate in it is a server's, or a person's
	AuthorityMany    AuthorityFault = "many" // certificates
	AuthorityNone    AuthorityFault = "none" // no certificate in it
)

// authorityFaults are the plain words of each.
var authorityFaults = map[AuthorityFault]string{
	AuthorityLarge:   "the file is too large for a certificate",
	AuthorityForeign: "there is something else than certificates in the file",
	AuthorityDamaged: "a certificate in the file is damaged",
	AuthorityLeaf:    "a certificate in the file is not an authority's",
	AuthorityMany:    "there are too many certificates in the file",
	AuthorityNone:    "there is no certificate in the file",
}

// AuthorityView says which authority counts. The zero value is the system's list.
type AuthorityView struct {
	Name        string // of the first certificate; foreign text, guard before drawing
	Fingerprint string // SHA-256 of the first certificate, in groups of four
	Until       time.Time
	Count       int // certificates in the file
}

// authority is an authority in use; immutable.
type authority struct {
	text string // PEM, as it is kept
	pool *x509.CertPool
	view AuthorityView
}

// shown is what the window shows of it; nil is the system's.
func (own *authority) shown() AuthorityView {
	if own == nil {
		return AuthorityView{}
	}
	return own.view
}

// Bounds of an authority's file.
const (
	largestAuthority = 64 << 10
	mostAuthorities  = 16
)

// parseAuthority reads certificates of authorities and nothing else: as text (PEM), or one
// in binary form (DER), as Windows writes them.
func parseAuthority(file []byte) (*authority, AuthorityFault) {
	if len(file) > largestAuthority {
		return nil, AuthorityLarge
	}
	got := &authority{pool: x509.NewCertPool()}
	if _, err := x509.ParseCertificate(file); err == nil {
		file = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: file})
	}
	for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return nil, AuthorityForeign
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, AuthorityDamaged
		}
		if !c.IsCA {
			return nil, AuthorityLeaf
		}
		if got.view.Count == mostAuthorities {
			return nil, AuthorityMany
		}
		if got.view.Count == 0 {
			sum := sha256.Sum256(c.Raw)
			got.view.Name, got.view.Fingerprint, got.view.Until = c.Subject.CommonName, inFours(hex.EncodeToString(sum[:])), c.NotAfter
		}
		got.view.Count++
		got.pool.AddCert(c)
		got.text += string(pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes}))
	}
	if got.view.Count == 0 {
		return nil, AuthorityNone
	}
	return got, ""
}

// inFours puts a blank behind every four characters.
func inFours(s string) string {
	var out []byte
	for i := range len(s) {
		if i > 0 && i%4 == 0 {
			out = append(out, ' ')
		}
		out = append(out, s[i])
	}
	return string(out)
}

// SetAuthority implements AuthorityCommands.
func (a *App) SetAuthority(ctx context.Context, file []byte) (AuthorityView, error) {
	got, wrong := parseAuthority(file)
	if wrong != "" {
		return AuthorityView{}, &Failed{Code: FailAuthority, Field: "authority", Detail: authorityFaults[wrong], Wrong: wrong}
	}
	return got.view, a.useAuthority(ctx, got)
}

// RemoveAuthority implements AuthorityCommands.
func (a *App) RemoveAuthority(ctx context.Context) error { return a.useAuthority(ctx, nil) }

// useAuthority has another authority count, nil the system's, and connects anew.
func (a *App) useAuthority(ctx context.Context, own *authority) error {
	_, err := ask(ctx, a, func() (struct{}, error) {
		before, given := a.authority.Load(), a.given
		a.authority.Store(own)
		a.given, a.viewNew = true, true
		if a.group == nil {
			return struct{}{}, nil
		}
		if err := a.keepAuthority(); err != nil {
			a.authority.Store(before)
			a.given = given
			return struct{}{}, &Failed{Code: FailStore, Problem: a.diskProblem(err), Detail: err.Error(), Err: err}
		}
		if a.group.net != nil {
			a.stopLink()
			a.group.port.stop()
			a.startPorter()
			a.startLink()
		}
		return struct{}{}, nil
	})
	return err
}

// keepAuthority writes down the authority of the open group.
func (a *App) keepAuthority() error {
	account := a.group.account
	account.Authority = a.authorityText()
	if account.Authority == a.group.account.Authority {
		return nil
	}
	if err := a.group.folder.Update(account); err != nil {
		return err
	}
	a.group.account = account
	return nil
}

// meetAuthority brings the authority of a group that is opened together with one that
// was given before it was.
func (a *App) meetAuthority() {
	switch text := a.group.account.Authority; {
	case a.given:
		if err := a.keepAuthority(); err != nil {
			a.log.Warn("the authority of the server was not kept", "err", err)
		}
	case text == "":
		a.authority.Store(nil)
	default:
		got, wrong := parseAuthority([]byte(text))
		if wrong != "" {
			a.log.Error("the authority of the server cannot be read; the system's count", "fault", wrong)
		}
		a.authority.Store(got)
	}
}

// authorityText is what a new group keeps.
func (a *App) authorityText() string {
	if got := a.authority.Load(); got != nil {
		return got.text
	}
	return ""
}
