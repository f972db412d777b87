//go:build window

package window

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// screen is the tests' own connection to the virtual screen: looking at a window
// through it costs a fiftieth of a program that does it, and tests look all the time.
var screen = sync.OnceValues(func() (*xgb.Conn, error) {
	xgb.Logger.SetOutput(io.Discard)
	x, err := xgb.NewConn()
	if err != nil {
		return nil, err
	}
	// On a busy machine who presses keys may come late to let them go.
	return x, xproto.ChangeKeyboardControlChecked(x, xproto.KbAutoRepeatMode, []uint32{xproto.AutoRepeatModeOff}).Check()
})

// area is a part of a window in pixels.
type area struct{ left, top, width, height int }

// pixels are the points of a part of the window, four bytes each, blue first; with an
// empty area of all of it. They are nil while there is nothing to see.
func (c *client) pixels(of area) []byte {
	x, err := screen()
	if err != nil {
		c.t.Fatalf("the screen: %v", err)
	}
	id, err := strconv.ParseUint(c.id, 10, 32)
	if err != nil {
		return nil
	}
	win := xproto.Drawable(id)
	if of == (area{}) {
		g, err := xproto.GetGeometry(x, win).Reply()
		if err != nil {
			return nil
		}
		of.width, of.height = int(g.Width), int(g.Height)
	}
	const allPlanes = 1<<32 - 1
	r, err := xproto.GetImage(x, xproto.ImageFormatZPixmap, win, int16(of.left), int16(of.top), uint16(of.width), uint16(of.height), allPlanes).Reply() //nolint:gosec // within a screen
	if err != nil {
		return nil
	}
	return r.Data
}

// look is a digest of what the window shows; while its server is away, without the words
// above the messages, in which seconds are counted.
func (c *client) look() [32]byte {
	data := c.pixels(area{})
	if data == nil {
		return [32]byte{}
	}
	if c.away {
		data = data[min(4*c.size().width*bannerEnd, len(data)):]
	}
	return sha256.Sum256(data)
}

// bannerEnd is where the messages begin, below a room's head and the words about a server
// that is away.
const bannerEnd = 112

// size is that of the window.
func (c *client) size() (all area) {
	x, err := screen()
	if err != nil {
		return area{}
	}
	if g, err := xproto.GetGeometry(x, xproto.Drawable(c.number())).Reply(); err == nil {
		all.width, all.height = int(g.Width), int(g.Height)
	}
	return all
}

// title is what stands in the title bar.
func (c *client) title() string {
	x, err := screen()
	if err != nil {
		return ""
	}
	r, err := xproto.GetProperty(x, false, c.number(), c.atom("_NET_WM_NAME"), xproto.GetPropertyTypeAny, 0, 1024).Reply()
	if err != nil {
		return ""
	}
	return string(r.Value)
}

// keep writes a picture of what the window shows.
func (c *client) keep(name string) {
	c.t.Helper()
	file := filepath.Join(folder(c.t, "HEARTH_SCREENSHOTS", "screenshots"), name+".png")
	if err := c.save(file); err != nil {
		c.t.Errorf("picture %s: %v", name, err)
	}
}

// save writes a picture of what the window shows into a file.
func (c *client) save(file string) error {
	of := c.inView()
	data := c.pixels(of)
	if len(data) < 4*of.width*of.height {
		return errors.New("there is no window")
	}
	img := image.NewNRGBA(image.Rect(0, 0, of.width, of.height))
	for i := 0; i+3 < len(img.Pix); i += 4 {
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = data[i+2], data[i+1], data[i], 0xff
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	err = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(f, img)
	return errors.Join(err, f.Close())
}

// inView is the part of the window that is on the screen.
func (c *client) inView() area {
	x, err := screen()
	if err != nil {
		return area{}
	}
	size, s := c.size(), xproto.Setup(x).DefaultScreen(x)
	at, err := xproto.TranslateCoordinates(x, c.number(), s.Root, 0, 0).Reply()
	if err != nil {
		return size
	}
	left, top := max(0, -int(at.DstX)), max(0, -int(at.DstY))
	right := min(size.width, int(s.WidthInPixels)-int(at.DstX))
	bottom := min(size.height, int(s.HeightInPixels)-int(at.DstY))
	return area{left, top, right - left, bottom - top}
}

// part is a digest of a part of the window.
func (c *client) part(of area) [32]byte {
	data := c.pixels(of)
	if data == nil {
		return [32]byte{}
	}
	return sha256.Sum256(data)
}

// alike reports whether two pictures of a part show the same: a text that is drawn as
// part of a longer one may differ by a step of a colour (by one in 255, as far as seen).
func alike(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if max(a[i], b[i])-min(a[i], b[i]) > 8 {
			return false
		}
	}
	return true
}

// brightness is that of the window as a whole, from 0 to 1; below that if there is none.
func (c *client) brightness() float64 {
	data := c.pixels(area{})
	if len(data) == 0 {
		return -1
	}
	sum := 0
	for i := 0; i+3 < len(data); i += 4 {
		sum += int(data[i]) + int(data[i+1]) + int(data[i+2])
	}
	return float64(sum) / float64(len(data)/4*3*255)
}

// The words of window managers about windows that fill the screen.
const (
	stateName = "_NET_WM_STATE"
	wideName  = "_NET_WM_STATE_MAXIMIZED_HORZ"
	tallName  = "_NET_WM_STATE_MAXIMIZED_VERT"
)

// atom is the number of a name on the screen.
func atom(name string) (xproto.Atom, error) {
	x, err := screen()
	if err != nil {
		return 0, err
	}
	r, err := xproto.InternAtom(x, false, uint16(len(name)), name).Reply() //nolint:gosec // names of ours
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return r.Atom, nil
}

// atom is the same for who cannot go on without it.
func (c *client) atom(name string) xproto.Atom {
	c.t.Helper()
	a, err := atom(name)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

// number is the window's on the screen.
func (c *client) number() xproto.Window {
	c.t.Helper()
	id, err := strconv.ParseUint(c.id, 10, 32)
	if err != nil {
		c.t.Fatal(err)
	}
	return xproto.Window(id)
}

// shows is the window of the program that is to be seen on the screen, 0 if there is none.
func (c *client) shows() xproto.Window {
	x, err := screen()
	if err != nil {
		c.t.Fatalf("the screen: %v", err)
	}
	for _, win := range numbers(xproto.Setup(x).DefaultScreen(x).Root, c.atom("_NET_CLIENT_LIST")) {
		pid := numbers(xproto.Window(win), c.atom("_NET_WM_PID"))
		if len(pid) != 1 || int(pid[0]) != c.cmd.Process.Pid {
			continue
		}
		if a, err := xproto.GetWindowAttributes(x, xproto.Window(win)).Reply(); err == nil && a.MapState == xproto.MapStateViewable {
			return xproto.Window(win)
		}
	}
	return 0
}

// numbers are what a property of a window holds; none if it has no such property.
func numbers(win xproto.Window, property xproto.Atom) (all []uint32) {
	x, err := screen()
	if err != nil {
		return nil
	}
	const most = 1024
	r, err := xproto.GetProperty(x, false, win, property, xproto.GetPropertyTypeAny, 0, most).Reply()
	if err != nil || r.Format != 32 {
		return nil
	}
	for data := r.Value; len(data) >= 4; data = data[4:] {
		all = append(all, xgb.Get32(data))
	}
	return all
}

// maximizes asks the window manager to have the window fill the screen.
func (c *client) maximizes() {
	c.t.Helper()
	const add, byPager = 1, 2
	tell(c.t, c.number(), stateName, add, uint32(c.atom(wideName)), uint32(c.atom(tallName)), byPager)
}

// maximized reports whether the window manager says that the window fills the screen.
func (c *client) maximized() bool {
	c.t.Helper()
	found := 0
	for _, n := range numbers(c.number(), c.atom(stateName)) {
		if a := xproto.Atom(n); a == c.atom(wideName) || a == c.atom(tallName) {
			found++
		}
	}
	return found == 2
}
