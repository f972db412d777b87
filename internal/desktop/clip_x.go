//go:build !windows && !darwin

package desktop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// quietX keeps the library from writing to the standard error.
var quietX = sync.OnceFunc(func() { xgb.Logger.SetOutput(io.Discard) })

// xClip is a talk with the owner of the X clipboard, see section 2 of the ICCCM: it
// writes what we ask for into a property of a window of ours, in pieces if it is much.
type xClip struct {
	conn   *xgb.Conn
	window xproto.Window
	place  xproto.Atom // the property
	atoms  map[string]xproto.Atom
}

// readX asks the owner of the X clipboard.
func readX(ctx context.Context) (Clip, error) {
	quietX()
	conn, err := xgb.NewConn()
	if err != nil {
		return Clip{}, fmt.Errorf("%w: %w", ErrNoClip, err)
	}
	// A talk that takes too long ends with its connection.
	stop := context.AfterFunc(ctx, conn.Close)
	defer conn.Close()
	defer stop()
	x := &xClip{conn: conn, atoms: map[string]xproto.Atom{}}
	clip, err := x.read()
	if err != nil && ctx.Err() != nil {
		return Clip{}, ctx.Err()
	}
	return clip, err
}

func (x *xClip) read() (Clip, error) {
	if err := x.open(); err != nil {
		return Clip{}, err
	}
	raw, err := x.ask("TARGETS", maxList)
	if err != nil {
		return Clip{}, err
	}
	var offered []string
	for _, t := range slices.Concat(listTypes, pictureTypes) {
		atom, err := x.atom(t)
		if err != nil {
			return Clip{}, err
		}
		for i := 0; i+4 <= len(raw); i += 4 {
			if xproto.Atom(xgb.Get32(raw[i:])) == atom {
				offered = append(offered, t)
			}
		}
	}
	kind := typeOf(offered)
	if kind == "" {
		return Clip{}, ErrNoClip
	}
	data, err := x.ask(kind, MaxClip)
	if err != nil {
		return Clip{}, err
	}
	return clipOf(kind, data)
}

// open makes the window that answers come to; nobody sees it.
func (x *xClip) open() (err error) {
	screen := xproto.Setup(x.conn).DefaultScreen(x.conn)
	if x.window, err = xproto.NewWindowId(x.conn); err != nil {
		return err
	}
	err = xproto.CreateWindowChecked(x.conn, screen.RootDepth, x.window, screen.Root, 0, 0, 1, 1, 0,
		xproto.WindowClassInputOutput, screen.RootVisual, xproto.CwEventMask, []uint32{xproto.EventMaskPropertyChange}).Check()
	if err != nil {
		return err
	}
	x.place, err = x.atom("HEARTH_CLIP")
	return err
}

func (x *xClip) atom(name string) (xproto.Atom, error) {
	if a, ok := x.atoms[name]; ok {
		return a, nil
	}
	reply, err := xproto.InternAtom(x.conn, false, uint16(len(name)), name).Reply() //nolint:gosec // names of ours
	if err != nil {
		return 0, err
	}
	x.atoms[name] = reply.Atom
	return reply.Atom, nil
}

// ask has the owner write the clipboard as a type, and returns up to most bytes.
func (x *xClip) ask(kind string, most int) ([]byte, error) {
	selection, err := x.atom("CLIPBOARD")
	if err != nil {
		return nil, err
	}
	target, err := x.atom(kind)
	if err != nil {
		return nil, err
	}
	pieces, err := x.atom("INCR")
	if err != nil {
		return nil, err
	}
	if err := xproto.ConvertSelectionChecked(x.conn, x.window, selection, target, x.place, xproto.TimeCurrentTime).Check(); err != nil {
		return nil, err
	}
	for {
		e, err := x.next()
		if err != nil {
			return nil, err
		}
		n, ok := e.(xproto.SelectionNotifyEvent)
		if !ok {
			continue
		}
		if n.Property == xproto.AtomNone { // there is no owner, or it has no such thing
			return nil, ErrNoClip
		}
		break
	}
	data, is, err := x.take(most)
	if err != nil || is != pieces {
		return data, err
	}
	return x.gather(most)
}

// gather takes the pieces of what is much: each is there when the property is new, the
// last one is empty.
func (x *xClip) gather(most int) (all []byte, err error) {
	for {
		e, err := x.next()
		if err != nil {
			return nil, err
		}
		p, ok := e.(xproto.PropertyNotifyEvent)
		if !ok || p.Atom != x.place || p.State != xproto.PropertyNewValue {
			continue
		}
		piece, _, err := x.take(most - len(all))
		switch {
		case err != nil:
			return nil, err
		case len(piece) == 0:
			return all, nil
		}
		all = append(all, piece...)
	}
}

// take reads the property and removes it, which asks for the next piece.
func (x *xClip) take(most int) ([]byte, xproto.Atom, error) {
	reply, err := xproto.GetProperty(x.conn, true, x.window, x.place, xproto.GetPropertyTypeAny, 0, uint32(most/4+1)).Reply() //nolint:gosec // bounded
	switch {
	case err != nil:
		return nil, 0, err
	case reply.BytesAfter > 0 || len(reply.Value) > most:
		return nil, 0, ErrClipLarge
	}
	return reply.Value, reply.Type, nil
}

func (x *xClip) next() (xgb.Event, error) {
	e, err := x.conn.WaitForEvent()
	switch {
	case err != nil:
		return nil, err
	case e == nil:
		return nil, errors.New("the X server went away")
	}
	return e, nil
}
