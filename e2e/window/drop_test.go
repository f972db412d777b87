//go:build window

package window

import (
	"net/url"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// drag is somebody who drags files from another program onto a window: the other end of
// what desktops agreed on for that (XDND, version 5).
type drag struct {
	c     *client
	conn  *xgb.Conn
	own   xproto.Window
	files string // as they are handed over
}

const dragVersion = 5

// drops drags files onto the window and lets them go, and waits until they were taken.
func (c *client) drops(paths ...string) {
	c.t.Helper()
	conn, err := xgb.NewConn()
	if err != nil {
		c.t.Fatalf("the screen: %v", err)
	}
	defer conn.Close()
	d := &drag{c: c, conn: conn}
	for _, path := range paths {
		d.files += (&url.URL{Scheme: "file", Path: path}).String() + "\r\n"
	}
	if d.own, err = xproto.NewWindowId(conn); err != nil {
		c.t.Fatal(err)
	}
	s := xproto.Setup(conn).DefaultScreen(conn)
	if err := xproto.CreateWindowChecked(conn, s.RootDepth, d.own, s.Root, 0, 0, 1, 1, 0,
		xproto.WindowClassInputOutput, s.RootVisual, 0, nil).Check(); err != nil {
		c.t.Fatal(err)
	}
	if err := xproto.SetSelectionOwnerChecked(conn, d.own, c.atom("XdndSelection"), xproto.TimeCurrentTime).Check(); err != nil {
		c.t.Fatal(err)
	}
	d.tell("XdndEnter", dragVersion<<24, uint32(c.atom("text/uri-list")), 0, 0)
	x, y := d.middle(s.Root)
	d.tell("XdndPosition", 0, uint32(x)<<16|uint32(y), 0, uint32(c.atom("XdndActionCopy")))
	const accepted = 1
	if said := d.hears("XdndStatus"); said[1]&accepted == 0 {
		c.t.Fatalf("%s takes no files: %v", c.profile, said)
	}
	d.tell("XdndDrop", 0, 0, 0, 0)
	if said := d.hears("XdndFinished"); said[1] == 0 { // the toolkit says how many bytes it took
		c.t.Fatalf("%s has not taken the files: %v", c.profile, said)
	}
	c.steady(shortly)
}

// middle is where on the screen the middle of the window is.
func (d *drag) middle(root xproto.Window) (x, y uint16) {
	d.c.t.Helper()
	g, err := xproto.GetGeometry(d.conn, xproto.Drawable(d.c.number())).Reply()
	if err != nil {
		d.c.t.Fatal(err)
	}
	at, err := xproto.TranslateCoordinates(d.conn, d.c.number(), root, int16(g.Width/2), int16(g.Height/2)).Reply() //nolint:gosec // within a screen
	if err != nil {
		d.c.t.Fatal(err)
	}
	return uint16(at.DstX), uint16(at.DstY) //nolint:gosec // within a screen
}

// tell says something to the window.
func (d *drag) tell(what string, rest ...uint32) {
	d.c.t.Helper()
	e := xproto.ClientMessageEvent{
		Format: 32, Window: d.c.number(), Type: d.c.atom(what),
		Data: xproto.ClientMessageDataUnionData32New(append([]uint32{uint32(d.own)}, rest...)),
	}
	if err := xproto.SendEventChecked(d.conn, false, d.c.number(), xproto.EventMaskNoEvent, string(e.Bytes())).Check(); err != nil {
		d.c.t.Fatalf("%s: %v", what, err)
	}
}

// hears waits until the window says something, and hands the files over meanwhile.
func (d *drag) hears(what string) (said []uint32) {
	d.c.t.Helper()
	until(d.c.t, what, patience, func() bool {
		e, err := d.conn.PollForEvent()
		if err != nil {
			d.c.t.Fatalf("%s: %v", what, err)
		}
		switch e := e.(type) {
		case xproto.SelectionRequestEvent:
			d.hand(e)
		case xproto.ClientMessageEvent:
			if e.Type == d.c.atom(what) {
				said = e.Data.Data32
			}
		}
		return said != nil
	})
	return said
}

// hand gives the window what it asks for.
func (d *drag) hand(asked xproto.SelectionRequestEvent) {
	d.c.t.Helper()
	const bits = 8
	if err := xproto.ChangePropertyChecked(d.conn, xproto.PropModeReplace, asked.Requestor, asked.Property, asked.Target, bits,
		uint32(len(d.files)), []byte(d.files)).Check(); err != nil { //nolint:gosec // some names
		d.c.t.Fatal(err)
	}
	answer := xproto.SelectionNotifyEvent{
		Time: asked.Time, Requestor: asked.Requestor, Selection: asked.Selection, Target: asked.Target, Property: asked.Property,
	}
	if err := xproto.SendEventChecked(d.conn, false, asked.Requestor, xproto.EventMaskNoEvent, string(answer.Bytes())).Check(); err != nil {
		d.c.t.Fatal(err)
	}
}
