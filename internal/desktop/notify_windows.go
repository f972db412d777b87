package desktop

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// What we need of the window and shell libraries.
var (
	user32           = windows.NewLazySystemDLL("user32.dll")
	shell32          = windows.NewLazySystemDLL("shell32.dll")
	procRegister     = user32.NewProc("RegisterClassExW")
	procCreate       = user32.NewProc("CreateWindowExW")
	procDestroy      = user32.NewProc("DestroyWindow")
	procDefault      = user32.NewProc("DefWindowProcW")
	procGetMessage   = user32.NewProc("GetMessageW")
	procDispatch     = user32.NewProc("DispatchMessageW")
	procPost         = user32.NewProc("PostMessageW")
	procLoadIcon     = user32.NewProc("LoadIconW")
	procNotifyIcon   = shell32.NewProc("Shell_NotifyIconW")
	procIconOf       = user32.NewProc("CreateIconFromResourceEx")
	registerOnce     sync.Once
	errWindowRefused = errors.New("the system made no window for notifications")
)

// Numbers of the Windows interface.
const (
	wmApp        = 0x8000
	msgWake      = wmApp + 1 // there are wishes
	msgEnd       = wmApp + 2 // Run is to return
	msgShell     = wmApp + 3 // the shell tells of our icon, sent
	msgShellPost = wmApp + 4 // the same, posted on to the loop

	nimAdd, nimModify, nimDelete, nimSetVersion   = 0, 1, 2, 4
	nifMessage, nifIcon, nifTip, nifInfo          = 0x1, 0x2, 0x4, 0x10
	niifNoSound                                   = 0x10
	balloonHide, balloonTimeout, balloonUserClick = 0x403, 0x404, 0x405
	iconVersion                                   = 3
	idiApplication                                = 32512
	iconFormat                                    = 0x00030000 // the version of what an icon is made of
	lrDefaultSize                                 = 0x40
)

// iconData is NOTIFYICONDATAW.
type iconData struct {
	size        uint32
	window      windows.Handle
	id          uint32
	flags       uint32
	callback    uint32
	icon        windows.Handle
	tip         [128]uint16
	state       uint32
	stateMask   uint32
	info        [256]uint16
	version     uint32
	infoTitle   [64]uint16
	infoFlags   uint32
	guid        windows.GUID
	balloonIcon windows.Handle
}

// windowClass is WNDCLASSEXW.
type windowClass struct {
	size       uint32
	style      uint32
	procedure  uintptr
	classExtra int32
	winExtra   int32
	instance   windows.Handle
	icon       windows.Handle
	cursor     windows.Handle
	background windows.Handle
	menu       *uint16
	name       *uint16
	smallIcon  windows.Handle
}

// message is MSG.
type message struct {
	window  windows.Handle
	message uint32
	wParam  uintptr
	lParam  uintptr
	time    uint32
	x, y    int32
}

// NewNotifier returns the desktop's notifier, nil where there is none of our own.
func NewNotifier(o NotifierOptions) Notifier {
	return &shellNotifier{o: o.filled(), wishes: newWishes()}
}

// shellNotifier shows notifications as balloons of an icon that is there only as
// long as one shows. Texts go to the shell in fields of a structure: as data.
type shellNotifier struct {
	o      NotifierOptions // fixed
	wishes *wishes         // fixed

	// Owned by the thread of Run.
	window windows.Handle
	icon   windows.Handle
	added  bool   // the icon is there
	tag    string // of what shows
}

// Show implements Notifier.
func (s *shellNotifier) Show(n Notification) { s.wishes.put(wish{Notification: n}) }

// Close implements Notifier.
func (s *shellNotifier) Close(tag string) {
	s.wishes.put(wish{Notification: Notification{Tag: tag}, close: true})
}

// Run implements Notifier. Windows and their messages belong to a thread.
func (s *shellNotifier) Run(ctx context.Context) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := s.create(); err != nil {
		s.o.Log.Warn("the desktop shows no notifications", "err", err)
		<-ctx.Done()
		return
	}
	var forwarder sync.WaitGroup
	forwarder.Go(func() {
		for {
			select {
			case <-ctx.Done():
				post(s.window, msgEnd, 0, 0)
				return
			case <-s.wishes.ready:
				post(s.window, msgWake, 0, 0)
			}
		}
	})
	s.loop()
	forwarder.Wait()
	s.remove()
	_, _, _ = procDestroy.Call(uintptr(s.window)) // it goes with the thread anyway
}

// loop handles messages until told to end.
func (s *shellNotifier) loop() {
	var m message
	for {
		r, _, _ := procGetMessage.Call(uintptr(unsafe.Pointer(&m)), 0, 0, 0)
		if int32(r) <= 0 {
			return
		}
		switch m.message {
		case msgEnd:
			return
		case msgWake:
			for _, w := range s.wishes.take() {
				s.grant(&w)
			}
		case msgShellPost:
			s.told(uint32(m.lParam) & 0xffff)
		default:
			_, _, _ = procDispatch.Call(uintptr(unsafe.Pointer(&m)))
		}
	}
}

// told hears what became of the balloon.
func (s *shellNotifier) told(what uint32) {
	switch what {
	case balloonUserClick:
		tag := s.tag
		s.remove()
		s.o.Opened(tag)
	case balloonHide, balloonTimeout:
		s.remove()
	}
}

// grant does what was asked.
func (s *shellNotifier) grant(w *wish) {
	if w.close {
		if s.added && s.tag == w.Tag {
			s.remove()
		}
		return
	}
	d := s.data(nifInfo)
	put(d.info[:], plain(w.Body, maxBody, true))
	put(d.infoTitle[:], plain(w.Title, maxTitle, false))
	if !w.Sound {
		d.infoFlags |= niifNoSound
	}
	action := uintptr(nimModify)
	if !s.added {
		action = nimAdd
		d.flags |= nifMessage | nifIcon | nifTip
		put(d.tip[:], s.o.App)
	}
	if r, _, err := procNotifyIcon.Call(action, uintptr(unsafe.Pointer(d))); r == 0 {
		if s.added { // the shell began anew since, and knows nothing of our icon
			s.added = false
			s.grant(w)
			return
		}
		s.o.Log.Debug("the shell took no notification", "err", err)
		return
	}
	if !s.added {
		d.version = iconVersion
		_, _, _ = procNotifyIcon.Call(nimSetVersion, uintptr(unsafe.Pointer(d))) // without it there are no clicks
	}
	s.added, s.tag = true, w.Tag
}

// remove takes the icon away, and with it what it shows.
func (s *shellNotifier) remove() {
	if !s.added {
		return
	}
	s.added, s.tag = false, ""
	_, _, _ = procNotifyIcon.Call(nimDelete, uintptr(unsafe.Pointer(s.data(0))))
}

func (s *shellNotifier) data(flags uint32) *iconData {
	d := &iconData{window: s.window, id: 1, flags: flags, callback: msgShell, icon: s.icon}
	d.size = uint32(unsafe.Sizeof(*d))
	return d
}

// put writes a text into a field, cut to what fits, with an end.
func put(field []uint16, s string) {
	u, err := windows.UTF16FromString(s)
	if err != nil {
		return // a zero character, which plain does not let through
	}
	n := copy(field[:len(field)-1], u)
	if n > 0 && field[n-1]&0xfc00 == 0xd800 {
		n-- // half of a character
	}
	clear(field[n:])
}

func post(window windows.Handle, m uint32, w, l uintptr) {
	_, _, _ = procPost.Call(uintptr(window), uintptr(m), w, l) // if the window has gone, so has the reader
}

// className names our kind of window to the system.
const className = "HearthNotifier"

// create makes the window that hears from the shell; it never shows.
func (s *shellNotifier) create() error {
	name, err := windows.UTF16PtrFromString(className)
	if err != nil {
		return err
	}
	var module windows.Handle
	if err := windows.GetModuleHandleEx(0, nil, &module); err != nil {
		return err
	}
	registerOnce.Do(func() {
		c := windowClass{instance: module, name: name, procedure: windows.NewCallback(procedure)}
		c.size = uint32(unsafe.Sizeof(c))
		_, _, _ = procRegister.Call(uintptr(unsafe.Pointer(&c))) // CreateWindowEx fails without
	})
	window, _, _ := procCreate.Call(0, uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(name)), 0, 0, 0, 0, 0, 0, 0, uintptr(module), 0)
	if window == 0 {
		return errWindowRefused
	}
	s.window = windows.Handle(window)
	s.icon = iconOf(s.o.Icon)
	return nil
}

// procedure hands what the shell sends to the loop.
func procedure(window windows.Handle, m uint32, w, l uintptr) uintptr {
	if m == msgShell {
		post(window, msgShellPost, w, l)
		return 0
	}
	r, _, _ := procDefault.Call(uintptr(window), uintptr(m), w, l)
	return r
}

// iconOf makes an icon of a PNG picture; without one it is the system's for programs
// that have none.
func iconOf(png []byte) windows.Handle {
	if len(png) > 0 {
		icon, _, _ := procIconOf.Call(uintptr(unsafe.Pointer(&png[0])), uintptr(len(png)), 1, iconFormat, 0, 0, lrDefaultSize)
		if icon != 0 {
			return windows.Handle(icon)
		}
	}
	icon, _, _ := procLoadIcon.Call(0, idiApplication)
	return windows.Handle(icon)
}
