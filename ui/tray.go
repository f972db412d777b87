package ui

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hearth/app"
	"hearth/assets"
	"hearth/chat"
	"hearth/internal/zone"
	"hearth/ui/tr"
)

// tray is the icon among those of the desktop, with its menu. A desktop may show
// none, so that it is never the only way back: a second start is one, too.
type tray struct {
	w     *Window
	app   desktop.App
	list  *fyne.Menu // always this one: the toolkit puts the first up once more, later
	shows string     // what the menu shows, to leave it alone if nothing changed
	mark  trayMark
	icons map[trayMark]fyne.Resource
	again func() // stops the timer of the next look; nil while there is none
}

// trayMark is what the icon shows.
type trayMark string

// Marks of the icon.
const (
	trayPlain  trayMark = "plain"
	trayUnread trayMark = "unread"
)

// trayPause is the least time between two changes of the menu: desktops fetch all
// of it each time.
const trayPause = time.Second

// trayRooms is how many rooms with unread messages the menu names.
const trayRooms = 6

// newTray puts the icon up. The toolkit takes one only before its loop runs.
func newTray(w *Window) *tray {
	d, ok := trayApp(w.fyne)
	if !ok {
		return nil
	}
	t := &tray{w: w, app: d, icons: map[trayMark]fyne.Resource{}}
	for _, m := range []trayMark{trayPlain, trayUnread} {
		icon, err := trayIcon(m)
		if err != nil {
			w.log.Warn("the icon of the tray was not drawn", "error", err)
			return nil
		}
		t.icons[m] = icon
	}
	d.SetSystemTrayIcon(t.icons[trayPlain])
	t.mark = trayPlain
	items, shows := t.menu(time.Now())
	t.shows = shows
	t.list = fyne.NewMenu(appName, items...)
	d.SetSystemTrayMenu(t.list)
	if w.desktop.TrayTapped != nil {
		w.desktop.TrayTapped(func() { w.life.foreign(w.unhide) })
	}
	return t
}

// trayApp is the toolkit's app as one that may have a tray.
func trayApp(a fyne.App) (desktop.App, bool) {
	if c, ok := a.(calmApp); ok {
		a = c.App
	}
	d, ok := a.(desktop.App)
	return d, ok
}

// apply brings icon and menu up to date, a little later if they were just changed.
func (t *tray) apply() {
	if t == nil || t.again != nil {
		return
	}
	items, shows := t.menu(time.Now())
	mark := trayPlain
	if slices.ContainsFunc(t.w.all, func(u *UI) bool { return u.unreadRooms() > 0 }) {
		mark = trayUnread
	}
	if shows == t.shows && mark == t.mark {
		return
	}
	if mark != t.mark {
		t.mark = mark
		t.app.SetSystemTrayIcon(t.icons[mark])
	}
	if shows != t.shows {
		t.shows = shows
		t.list.Items = items
		t.app.SetSystemTrayMenu(t.list)
	}
	t.again = t.w.life.after(trayPause, func() {
		t.again = nil
		t.apply()
	})
}

// menu makes the entries, and a text that differs if they do.
func (t *tray) menu(now time.Time) (items []*fyne.MenuItem, shows string) {
	w := t.w
	add := func(label string, act func()) *fyne.MenuItem {
		item := fyne.NewMenuItem(label, act)
		items = append(items, item)
		shows += label + "\n"
		return item
	}
	add(tr.S("tray.show"), w.unhide)
	if w.anyOpen() {
		items = append(items, fyne.NewMenuItemSeparator())
		left := trayRooms
		for _, u := range w.all {
			for _, r := range u.unread(left) {
				left--
				many := countText(r.Unread)
				if r.Unread == 0 {
					many = tr.S("room.new_badge")
				}
				label := tr.F("tray.room", "Room", inSentence(roomName(r)), "N", many)
				if len(w.all) > 1 {
					label = tr.F("tray.room_group", "Group", inSentence(u.groupName()), "Room", label)
				}
				add(menuLabel(label), func() { u.openFromTray(r.ID) })
				shows += r.ID.String()
			}
		}
		if left < trayRooms {
			items = append(items, fyne.NewMenuItemSeparator())
		}
		if until := w.paused(now); until.IsZero() {
			add(tr.S("tray.mute_hour"), func() { w.pauseAll(time.Now().Add(time.Hour)) })
			add(tr.S("tray.mute_tomorrow"), func() { w.pauseAll(app.Tomorrow(zone.Now())) })
		} else {
			add(tr.F("tray.unmute", "Time", shortTime(until, now)), func() { w.pauseAll(time.Time{}) })
		}
	}
	items = append(items, fyne.NewMenuItemSeparator())
	add(tr.S("tray.quit"), w.stopAndQuit).IsQuit = true
	return items, shows
}

// paused reports until when all groups are silent; zero if one is not.
func (w *Window) paused(now time.Time) (until time.Time) {
	for _, u := range w.all {
		if u.view == nil || u.view.Phase != app.PhaseOpen {
			continue
		}
		p := u.paused(now)
		if p.IsZero() {
			return p
		}
		if until.IsZero() || p.Before(until) {
			until = p
		}
	}
	return until
}

// pauseAll silences all groups until a time; zero ends it.
func (w *Window) pauseAll(until time.Time) {
	for _, u := range w.all {
		if u.view != nil && u.view.Phase == app.PhaseOpen {
			u.pause(until)
		}
	}
}

// shortTime is a time of day, with the day where it is not today's.
func shortTime(t, now time.Time) string {
	t = zone.In(t)
	text := tr.Clock(t)
	if !zone.Day(t).Equal(zone.Day(now)) {
		text = tr.Date(t, false) + " " + text
	}
	return text
}

// menuLabel keeps characters that desktops take for marks of keys.
func menuLabel(s string) string {
	switch runtime.GOOS {
	case "windows":
		return strings.ReplaceAll(s, "&", "&&")
	case "darwin":
		return s
	}
	return strings.ReplaceAll(s, "_", "__")
}

// openFromTray shows a room, if it is still there.
func (u *UI) openFromTray(room chat.RoomID) {
	u.unhide()
	u.show(u)
	if u.home != nil && u.roomOf(room) != nil {
		u.closeAll()
		u.home.openRoom(room)
	}
}

// unread lists rooms with something new that the person wants to be told of.
func (u *UI) unread(most int) (rooms []*app.RoomView) {
	if u.view == nil || u.view.Phase != app.PhaseOpen {
		return nil
	}
	now := time.Now()
	for i := range u.view.Rooms {
		r := &u.view.Rooms[i]
		if r.News() && r.Joined && !u.rules().Quieted(r.ID, now) && len(rooms) < most {
			rooms = append(rooms, r)
		}
	}
	return rooms
}

// unreadRooms is in how many rooms there is something unread.
func (u *UI) unreadRooms() int {
	return len(u.unread(math.MaxInt))
}

// trayIcon draws the icon: the program's own, which stands out on light and on dark
// bars, with a dot for what is unread.
func trayIcon(m trayMark) (fyne.Resource, error) {
	data, err := assets.Icons.ReadFile("icon/hearth-64.png")
	if err != nil {
		return nil, err
	}
	if m == trayPlain {
		return fyne.NewStaticResource("hearth-tray.png", data), nil
	}
	base, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	pic := image.NewNRGBA(base.Bounds())
	for y := range pic.Bounds().Dy() {
		for x := range pic.Bounds().Dx() {
			pic.Set(x, y, base.At(x, y))
		}
	}
	side := float64(pic.Bounds().Dx())
	radius := side * 0.22
	paintDot(pic, side-radius-1, radius+1, radius, side*0.05)
	var out bytes.Buffer
	if err := png.Encode(&out, pic); err != nil {
		return nil, err
	}
	return fyne.NewStaticResource(fmt.Sprintf("hearth-tray-%s.png", m), out.Bytes()), nil
}

// dotColor is the dot's: seen on light and dark, and by those who see few colours.
var dotColor = color.NRGBA{R: 0xE5, G: 0x3E, B: 0x3E, A: 0xFF}

// paintDot paints a dot with smooth edges and a gap around it.
func paintDot(pic *image.NRGBA, x, y, radius, gap float64) {
	cover := func(distance, r float64) float64 { return min(1, max(0, r-distance+0.5)) }
	b := pic.Bounds()
	for py := b.Min.Y; py < b.Max.Y; py++ {
		for px := b.Min.X; px < b.Max.X; px++ {
			d := math.Hypot(float64(px)+0.5-x, float64(py)+0.5-y)
			c := pic.NRGBAAt(px, py)
			c.A = uint8(float64(c.A) * (1 - cover(d, radius+gap)))
			if in := cover(d, radius); in > 0 {
				c = dotColor
				c.A = uint8(255 * in)
			}
			pic.SetNRGBA(px, py, c)
		}
	}
}

// roomName is a room's name as it is shown, with what tells it from others that look
// the same.
func roomName(r *app.RoomView) string {
	name := cleanName(r.Name)
	if name == "" {
		return tr.S("room.unnamed")
	}
	if r.Mark != "" {
		name += " (" + cleanName(r.Mark) + ")"
	}
	return name
}

// countText is a number of unread messages, not wider than needed.
func countText(n int) string {
	if n > 999 {
		return "999+"
	}
	return fmt.Sprint(n)
}
