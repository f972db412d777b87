package secret

import (
	"context"
	"errors"
	"time"

	zkeyring "github.com/zalando/go-keyring"
)

// Ring is the part of a keyring this package uses. The default is the system's,
// through zalando/go-keyring; tests have their own.
type Ring interface {
	Get(service, user string) (string, error)
	Set(service, user, secret string) error
	Delete(service, user string) error
}

// KeyringOptions are the choices of NewKeyring; the zero value works.
type KeyringOptions struct {
	// Limit is how long one question to the keyring may take. Default 10 s.
	Limit time.Duration
	// Service is the service name of the items. Default "Hearth".
	Service string
	// Ring is what is asked. Default: the system's keyring.
	Ring Ring
}

// Keyring keeps bundles in the system's keyring.
//
// The library cannot be interrupted: a question may block for as long as an
// unlock prompt stands on the screen. So each question runs on a goroutine of
// its own, at most one at a time in the whole program; who has waited for Limit
// gets KindSlow, and so does everybody after him until that one question has
// been answered. Its late answer is thrown away, and the next try works.
type Keyring struct {
	limit   time.Duration // fixed after NewKeyring
	service string        // fixed
	ring    Ring          // fixed
	turn    chan struct{} // fixed; holds a token while a question is with the keyring
}

// systemTurn is shared by all Keyrings over the system's keyring, so that making
// another one does not make another goroutine wait on the same prompt.
var systemTurn = make(chan struct{}, 1)

// NewKeyring returns a Keyring. Nothing is asked yet.
func NewKeyring(o KeyringOptions) *Keyring {
	k := &Keyring{limit: o.Limit, service: o.Service, ring: o.Ring, turn: make(chan struct{}, 1)}
	if k.limit <= 0 {
		k.limit = 10 * time.Second
	}
	if k.service == "" {
		k.service = "Hearth"
	}
	if k.ring == nil {
		k.ring, k.turn = systemRing{}, systemTurn
	}
	return k
}

// Probe asks whether the keyring works, without changing anything; nil means it
// does. On a desktop it may make the system ask the person to unlock.
func (k *Keyring) Probe(ctx context.Context) error {
	_, err := k.get(ctx, "probe", "probe")
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// Load implements Store.
func (k *Keyring) Load(ctx context.Context, ref Ref) (Bundle, error) {
	var b Bundle
	if err := k.item(ctx, ref.device(), func(data []byte) error { return decodeDevice(data, &b) }); err != nil {
		return Bundle{}, err
	}
	err := k.item(ctx, ref.database(), func(data []byte) error { return decodeDatabase(data, &b) })
	if errors.Is(err, ErrNotFound) {
		// Save writes this item first, so it has been there.
		err = &Error{Kind: KindUnreadable, Op: "load", Err: errors.New("the key of the stored data is missing")}
	}
	if err != nil {
		b.Wipe()
		return Bundle{}, err
	}
	if err := b.fits(ref); err != nil {
		b.Wipe()
		return Bundle{}, &Error{Kind: KindUnreadable, Op: "load", Err: err}
	}
	return b, nil
}

func (k *Keyring) item(ctx context.Context, user string, decode func([]byte) error) error {
	text, err := k.get(ctx, "load", user)
	if err != nil {
		return err
	}
	data, err := itemFromText(text)
	if err == nil {
		err = decode(data)
	}
	clear(data)
	if err != nil {
		return &Error{Kind: KindUnreadable, Op: "load", Err: err}
	}
	return nil
}

// Save implements Store. The database key is written first: where the device's
// item exists, both do.
func (k *Keyring) Save(ctx context.Context, b Bundle) error {
	ref := b.Ref()
	if err := b.fits(ref); err != nil {
		return &Error{Kind: KindRefused, Op: "save", Err: errors.New("the device id does not belong to the key")}
	}
	if err := k.put(ctx, ref.database(), encodeDatabase(&b)); err != nil {
		return err
	}
	return k.put(ctx, ref.device(), encodeDevice(&b))
}

// put writes an item, reads it back and compares.
func (k *Keyring) put(ctx context.Context, user string, data []byte) error {
	text := itemToText(data)
	clear(data)
	_, err := k.ask(ctx, "save", func() (string, error) { return "", k.ring.Set(k.service, user, text) })
	if err != nil {
		return err
	}
	back, err := k.get(ctx, "save", user)
	if errors.Is(err, ErrNotFound) || err == nil && back != text {
		return &Error{Kind: KindUnreadable, Op: "save", Err: errors.New("the keyring did not give back what was written")}
	}
	return err
}

// Delete implements Store. The device's item goes first, as it came last.
func (k *Keyring) Delete(ctx context.Context, ref Ref) error {
	for _, user := range []string{ref.device(), ref.database()} {
		_, err := k.ask(ctx, "delete", func() (string, error) { return "", k.ring.Delete(k.service, user) })
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}

func (k *Keyring) get(ctx context.Context, op, user string) (string, error) {
	return k.ask(ctx, op, func() (string, error) { return k.ring.Get(k.service, user) })
}

type answer struct {
	text string
	err  error
}

// ask puts one question to the keyring and waits for the answer, but not longer
// than the limit, for its turn and the answer together.
func (k *Keyring) ask(ctx context.Context, op string, question func() (string, error)) (string, error) {
	timer := time.NewTimer(k.limit)
	defer timer.Stop()
	select {
	case k.turn <- struct{}{}:
	case <-timer.C:
		return "", &Error{Kind: KindSlow, Op: op, Err: errors.New("an earlier question is still open")}
	case <-ctx.Done():
		return "", &Error{Kind: KindSlow, Op: op, Err: ctx.Err()}
	}
	// Nobody can wait for this goroutine: the library offers no way to end a
	// question. It ends with the answer; turn keeps it the only one.
	done := make(chan answer, 1)
	go func() {
		defer func() { <-k.turn }()
		done <- guarded(question)
	}()
	select {
	case a := <-done:
		if a.err != nil {
			return "", &Error{Kind: classify(a.err), Op: op, Err: a.err}
		}
		return a.text, nil
	case <-timer.C:
		return "", &Error{Kind: KindSlow, Op: op}
	case <-ctx.Done():
		return "", &Error{Kind: KindSlow, Op: op, Err: ctx.Err()}
	}
}

// guarded turns a panic of the library (it asserts types of what a service on
// the bus answers) into an error.
func guarded(question func() (string, error)) (a answer) {
	defer func() {
		if recover() != nil {
			a = answer{err: errors.New("the keyring answered with something unexpected")}
		}
	}()
	a.text, a.err = question()
	return a
}

// classify says what an error of the library means.
func classify(err error) Kind {
	switch {
	case errors.Is(err, zkeyring.ErrNotFound):
		return KindNotFound
	case errors.Is(err, zkeyring.ErrUnsupportedPlatform):
		return KindAbsent
	case errors.Is(err, zkeyring.ErrSetDataTooBig):
		return KindRefused
	}
	return classifySystem(err)
}

func (r Ref) name() string     { return r.Server.String() + "/" + r.Device.String() }
func (r Ref) device() string   { return r.name() + "/device" }
func (r Ref) database() string { return r.name() + "/database" }

// systemRing is the system's keyring.
type systemRing struct{}

func (systemRing) Get(service, user string) (string, error) { return zkeyring.Get(service, user) }
func (systemRing) Set(service, user, text string) error     { return zkeyring.Set(service, user, text) }

func (systemRing) Delete(service, user string) error { return zkeyring.Delete(service, user) }
