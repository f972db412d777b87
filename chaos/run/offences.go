//go:build unix

package run

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/coder/websocket"

	"hearth/chat"
	"hearth/internal/stretch"
	"hearth/net/wire"
)

// offence is a way to be a nuisance: once offends until the server ends it, on so many
// lines at once.
type offence struct {
	lines int
	once  func(o *offender, ctx context.Context, kind string) error
}

// offences by name: those of a member, who has a device for each, and those of strangers
// at one address.
var offences = map[string]offence{
	"texts":    {1, (*offender).texts},
	"spam":     {1, (*offender).spam},
	"uploads":  {1, (*offender).uploads},
	"fetches":  {1, (*offender).fetches},
	"syncs":    {1, (*offender).syncs},
	"typing":   {1, (*offender).typing},
	"names":    {1, (*offender).names},
	"statuses": {1, (*offender).statuses},
	"lists":    {1, (*offender).lists},
	"garbage":  {1, (*offender).garbage},
	"oversize": {1, (*offender).oversize},
	"comings":  {1, (*offender).comings},

	"guesses":    {20, (*offender).guesses},
	"enrolments": {20, (*offender).enrolments},
	"newcomers":  {4, (*offender).newcomers},
	"knocks":     {20, (*offender).knocks},
	"silence":    {200, (*offender).silence},
	"pages":      {20, (*offender).webPages},
	"breaches":   {2, (*offender).breaches},
}

// Which of them is whose.
var (
	memberOffences  = []string{"texts", "spam", "uploads", "fetches", "syncs", "typing", "names", "statuses", "lists", "garbage", "oversize"}
	comerOffences   = []string{"comings"}
	addressOffences = []string{"guesses", "enrolments", "newcomers", "knocks", "silence", "pages"}
)

// texts sends messages as fast as they are taken.
func (o *offender) texts(ctx context.Context, kind string) error {
	return o.inTurn(ctx, kind, func(uint64) (chat.Kind, string) { return chat.KindMessage, `{"text":"buy this"}` })
}

// comings joins and leaves the room in turn.
func (o *offender) comings(ctx context.Context, kind string) error {
	return o.inTurn(ctx, kind, func(n uint64) (chat.Kind, string) {
		if n%2 == 0 {
			return chat.KindJoin, `{}`
		}
		return chat.KindLeave, `{}`
	})
}

// inTurn sends what say returns for each number, the next one once the last was taken.
func (o *offender) inTurn(ctx context.Context, kind string, say func(n uint64) (chat.Kind, string)) error {
	b, err := o.enter(ctx, kind)
	if err != nil {
		return err
	}
	defer func() { _ = b.ws.CloseNow() }()
	for n := uint64(1); ; {
		s := &wire.Send{MID: chat.NewMID(), Room: o.Room, DSeq: n}
		s.Kind, s.Body = say(n)
		_, err := b.answered(ctx, s)
		var refused *chat.Error
		switch {
		case err == nil:
			o.meet(kind, taken)
			n++
		case !errors.As(err, &refused):
			return err
		default:
			o.meet(kind, string(refused.Code))
			if refused.Next > 0 {
				n = refused.Next
			}
		}
	}
}

// spam sends messages whatever is answered.
func (o *offender) spam(ctx context.Context, kind string) error {
	return o.flood(ctx, kind, func() wire.Request {
		return &wire.Send{MID: chat.NewMID(), Room: o.Room, DSeq: 1, Kind: chat.KindMessage, Body: `{"text":"buy this"}`}
	})
}

// syncs asks for everything there is, again and again.
func (o *offender) syncs(ctx context.Context, kind string) error {
	first := true
	return o.flood(ctx, kind, func() wire.Request {
		s := &wire.Sync{Rooms: []wire.Cursor{{Room: o.Room}}, Only: !first}
		first = false
		return s
	})
}

func (o *offender) typing(ctx context.Context, kind string) error {
	return o.flood(ctx, kind, func() wire.Request { return &wire.Typing{Room: o.Room} })
}

// names is called something else each time, which every room is told.
func (o *offender) names(ctx context.Context, kind string) error {
	n := 0
	return o.flood(ctx, kind, func() wire.Request {
		n++
		return &wire.Profile{MID: chat.NewMID(), Display: fmt.Sprint("Somebody ", n)}
	})
}

func (o *offender) statuses(ctx context.Context, kind string) error {
	n := 0
	return o.flood(ctx, kind, func() wire.Request {
		n++
		return &wire.StatusSet{Status: wire.Status{Text: fmt.Sprint("busy ", n)}}
	})
}

// lists asks for what is long, in turn.
func (o *offender) lists(ctx context.Context, kind string) error {
	n := 0
	return o.flood(ctx, kind, func() wire.Request {
		switch n++; n % 5 {
		case 0:
			return &wire.People{}
		case 1:
			return &wire.History{Room: o.Room, From: 1, To: 1000}
		case 2:
			return &wire.Heads{}
		case 3:
			return &wire.Cards{}
		}
		return &wire.DeviceList{}
	})
}

// garbage is frames that nobody can read.
func (o *offender) garbage(ctx context.Context, kind string) error {
	return o.bytes(ctx, kind, []byte(`{"t":"send","id":`))
}

// oversize is frames as large as the transport lets through.
func (o *offender) oversize(ctx context.Context, kind string) error {
	return o.bytes(ctx, kind, []byte(`{"t":"send","id":7,"body":"`+strings.Repeat("x", 250<<10)+`"}`))
}

// bytes sends the same frame without end.
func (o *offender) bytes(ctx context.Context, kind string, frame []byte) error {
	b, err := o.enter(ctx, kind)
	if err != nil {
		return err
	}
	var reading sync.WaitGroup
	defer reading.Wait()
	defer func() { _ = b.ws.CloseNow() }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	reading.Go(func() {
		defer cancel()
		for {
			f, err := b.read(ctx)
			if err != nil {
				return
			}
			o.note(kind, f)
		}
	})
	for {
		if err := o.turn(ctx); err != nil {
			return err
		}
		if err := b.ws.Write(ctx, websocket.MessageText, frame); err != nil {
			return err
		}
	}
}

// carrier sends and fetches contents for a device.
type carrier struct {
	by    *offender
	kind  string
	web   *http.Client
	token []byte
}

// carry enters and asks for a token, and has several lines at once use it until one fails.
func (o *offender) carry(ctx context.Context, kind string, prepare func(context.Context, *brute, *carrier) error, once func(context.Context, *carrier) error) error {
	b, err := o.enter(ctx, kind)
	if err != nil {
		return err
	}
	defer func() { _ = b.ws.CloseNow() }()
	f, err := b.answered(ctx, &wire.FilesToken{})
	if err != nil {
		return err
	}
	grant, ok := f.(*wire.FilesGrant)
	if !ok {
		return fmt.Errorf("a token was asked for, got %T", f)
	}
	web := &http.Client{Transport: &http.Transport{DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return o.knock(ctx) }}}
	defer web.CloseIdleConnections()
	c := &carrier{by: o, kind: kind, web: web, token: grant.Token}
	if err := prepare(ctx, b, c); err != nil {
		return err
	}
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for ctx.Err() == nil && once(ctx, c) == nil {
			}
		})
	}
	work.Wait()
	return nil
}

// ask makes a request about contents; head are names and values in turn.
func (c *carrier) ask(ctx context.Context, method, path string, body []byte, head ...string) error {
	r, err := http.NewRequestWithContext(ctx, method, "https://"+c.by.Address+wire.FilesPath+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+spell(c.token))
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	return c.by.got(c.web, c.kind, r)
}

// spell writes bytes as the protocol does.
func spell(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// Contents are so many equal pieces.
const (
	offendingPieces = 16
	offendingPiece  = 256 << 10 // bytes
)

// some sends so many pieces of a new content and returns its hash.
func (c *carrier) some(ctx context.Context, pieces int) (content [32]byte, err error) {
	piece := make([]byte, offendingPiece)
	_, _ = rand.Read(piece) // never fails
	content, sum := sha256.Sum256(bytes.Repeat(piece, offendingPieces)), sha256.Sum256(piece)
	err = c.ask(ctx, http.MethodPost, "", nil, wire.HeaderLength, fmt.Sprint(offendingPieces*offendingPiece), wire.HeaderContent, spell(content[:]))
	for n := 0; err == nil && n < pieces; n++ {
		err = c.ask(ctx, http.MethodPatch, "/"+spell(content[:]), piece, wire.HeaderOffset, fmt.Sprint(n*offendingPiece), wire.HeaderPiece, spell(sum[:]))
	}
	return content, err
}

// uploads sends pieces of files that are never finished, several at once.
func (o *offender) uploads(ctx context.Context, kind string) error {
	nothing := func(context.Context, *brute, *carrier) error { return nil }
	return o.carry(ctx, kind, nothing, func(ctx context.Context, c *carrier) error {
		content, err := c.some(ctx, offendingPieces-1)
		if err == nil {
			err = c.ask(ctx, http.MethodDelete, "/"+spell(content[:]), nil)
		}
		return err
	})
}

// fetches sends a file and gets it again and again, several times at once.
func (o *offender) fetches(ctx context.Context, kind string) error {
	path := ""
	prepare := func(ctx context.Context, b *brute, c *carrier) error {
		content, err := c.some(ctx, offendingPieces)
		if err != nil {
			return err
		}
		path = "/" + spell(content[:]) + "?room=" + o.Room.String()
		body := fmt.Sprintf(`{"text":"","files":[{"hash":%q,"size":%d,"name":"a","type":"a/a"}]}`, spell(content[:]), offendingPieces*offendingPiece)
		s := &wire.Send{MID: chat.NewMID(), Room: o.Room, DSeq: 1, Kind: chat.KindMessage, Body: body}
		_, err = b.answered(ctx, s)
		var refused *chat.Error
		if errors.As(err, &refused) && refused.Next > 0 { // it has said something before
			s.DSeq = refused.Next
			_, err = b.answered(ctx, s)
		}
		return err
	}
	return o.carry(ctx, kind, prepare, func(ctx context.Context, c *carrier) error { return c.ask(ctx, http.MethodGet, path, nil) })
}

// got makes a request and counts how it was answered; the connection stays.
func (o *offender) got(web *http.Client, kind string, r *http.Request) error {
	if err := o.turn(r.Context()); err != nil {
		return err
	}
	resp, err := web.Do(r) //nolint:gosec // the address that was told
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	answer := taken
	if resp.StatusCode >= 300 {
		answer = (&refusal{status: resp.StatusCode}).Error()
	}
	o.meet(kind, answer)
	return errors.Join(err, resp.Body.Close())
}

// guesses tries passwords of an account, with proofs that are right but for the password.
func (o *offender) guesses(ctx context.Context, _ string) error {
	b, err := o.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = b.ws.CloseNow() }()
	l := stretch.NewLogin(o.Name, b.binding.Exporter[:])
	f, err := b.answered(ctx, &wire.LoginBegin{Version: wire.Version, HelloHash: b.binding.Hello, Name: o.Name, Scram: l.First()})
	if err != nil {
		return err
	}
	challenge, ok := f.(*wire.LoginChallenge)
	if !ok {
		return fmt.Errorf("a challenge was asked for, got %T", f)
	}
	final, err := l.Final([]byte("a guess"), challenge.Scram, 1, 1<<30)
	if err != nil {
		return err
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	record, err := wire.EncodeRecord(wire.Enrolment{Device: wire.Device{Key: wire.Bytes(key.Public().(ed25519.PublicKey)), Name: "g", Platform: "p"}})
	if err != nil {
		return err
	}
	_, err = b.answered(ctx, &wire.LoginFinish{Scram: final, Record: record, DeviceSignature: ed25519.Sign(key, wire.EnrolInput(b.binding, record))})
	return err
}

// enrolments tries invites that nobody has made.
func (o *offender) enrolments(ctx context.Context, kind string) error {
	return o.register(ctx, kind, chat.NewInviteSecret())
}

// newcomers makes one account after the other by an invite that is good.
func (o *offender) newcomers(ctx context.Context, kind string) error {
	l, err := chat.ParseLink(o.Invite)
	if err != nil {
		return err
	}
	return o.register(ctx, kind, l.Secret)
}

func (o *offender) register(ctx context.Context, kind string, invite chat.InviteSecret) error {
	b, err := o.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = b.ws.CloseNow() }()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	some := func() wire.Bytes { h := sha256.Sum256(key); return h[:] }
	name := fmt.Sprintf("n%x", key.Public().(ed25519.PublicKey)[:8])
	record, err := wire.EncodeRecord(wire.Registration{
		Name: name, Display: name,
		Verifier: wire.Verifier{
			Stretch: wire.Stretch{Alg: wire.StretchArgon2id, Salt: some(), MemoryKiB: wire.MinStretchKiB, Passes: wire.MinStretchPasses, Lanes: wire.MinStretchLanes},
			Salt:    some(), Iterations: wire.DefaultIterations, StoredKey: some(), ServerKey: some(),
		},
		Device: wire.Device{Key: wire.Bytes(key.Public().(ed25519.PublicKey)), Name: "n", Platform: "p"},
	})
	if err != nil {
		return err
	}
	by := invite.Key()
	_, err = b.answered(ctx, &wire.Register{
		Version: wire.Version, HelloHash: b.binding.Hello, Invite: chat.InviteIDOf(by.Public().(ed25519.PublicKey)), Record: record,
		InviteSignature: ed25519.Sign(by, wire.InviteInput(b.binding, record)), DeviceSignature: ed25519.Sign(key, wire.EnrolInput(b.binding, record)),
	})
	if err == nil {
		o.meet(kind, taken)
	}
	return err
}

// knocks makes connections and closes them.
func (o *offender) knocks(ctx context.Context, kind string) error {
	c, err := o.knock(ctx)
	if err != nil {
		return err
	}
	o.meet(kind, taken)
	return c.Close()
}

// silence makes connections and says nothing on them.
func (o *offender) silence(ctx context.Context, kind string) error {
	if err := o.turn(ctx); err != nil {
		return err
	}
	c, err := new(net.Dialer).DialContext(ctx, "tcp", o.Address)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	o.meet(kind, taken)
	_, err = c.Read(make([]byte, 1))
	return err
}

// webPages asks for pages that are not there, and for files without a token.
func (o *offender) webPages(ctx context.Context, kind string) error {
	web := &http.Client{Transport: &http.Transport{DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return o.knock(ctx) }}}
	defer web.CloseIdleConnections()
	paths := []string{"/", "/admin.php", wire.FilesPath}
	for n := 0; ; n++ {
		path := paths[n%len(paths)]
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+o.Address+path, http.NoBody)
		if err != nil {
			return err
		}
		if err := o.got(web, kind, r); err != nil {
			return err
		}
	}
}

// breaches keeps to no protocol at all.
func (o *offender) breaches(ctx context.Context, kind string) error {
	b, err := o.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = b.ws.CloseNow() }()
	if err := b.ws.Write(ctx, websocket.MessageBinary, []byte{1, 2, 3}); err != nil {
		return err
	}
	_, err = b.read(ctx)
	return err
}
