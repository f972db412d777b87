package desktop

import (
	"context"
	"errors"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	kernel32 = windows.NewLazySystemDLL("kernel32.dll")

	openClipboard  = user32.NewProc("OpenClipboard")
	closeClipboard = user32.NewProc("CloseClipboard")
	getClipboard   = user32.NewProc("GetClipboardData")
	registerFormat = user32.NewProc("RegisterClipboardFormatW")
	globalLock     = kernel32.NewProc("GlobalLock")
	globalUnlock   = kernel32.NewProc("GlobalUnlock")
	globalSize     = kernel32.NewProc("GlobalSize")
	dragQueryFile  = shell32.NewProc("DragQueryFileW")
)

// Formats of the clipboard, https://learn.microsoft.com/windows/win32/dataxchg/standard-clipboard-formats.
const (
	formatDIB   = 8
	formatFiles = 15
)

// ReadClip returns what the clipboard holds besides text: ErrNoClip if there is no
// such thing, ErrClipLarge. Another program may have the clipboard open; it waits a
// second.
func ReadClip(ctx context.Context) (Clip, error) {
	runtime.LockOSThread() // the clipboard is open for a thread
	defer runtime.UnlockOSThread()
	for try := 0; ; try++ {
		if ok, _, _ := openClipboard.Call(0); ok != 0 {
			break
		}
		if try == 20 {
			return Clip{}, ErrNoClip
		}
		select {
		case <-ctx.Done():
			return Clip{}, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	defer closeClipboard.Call() //nolint:errcheck // nothing is to be done about it
	if drop, _, _ := getClipboard.Call(formatFiles); drop != 0 {
		if paths := droppedPaths(drop); len(paths) > 0 {
			return Clip{Paths: paths}, nil
		}
	}
	name, err := windows.UTF16PtrFromString("PNG")
	if err != nil {
		return Clip{}, err
	}
	format, _, _ := registerFormat.Call(uintptr(unsafe.Pointer(name)))
	if data, err := clipboardBytes(format); !errors.Is(err, ErrNoClip) {
		return Clip{Picture: data}, err
	}
	data, err := clipboardBytes(formatDIB)
	if err != nil {
		return Clip{}, err
	}
	picture, err := pictureOfDIB(data)
	return Clip{Picture: picture}, err
}

// droppedPaths lists the files of a file manager's copy.
func droppedPaths(drop uintptr) (paths []string) {
	n, _, _ := dragQueryFile.Call(drop, 0xFFFFFFFF, 0, 0)
	for i := range min(n, 256) {
		length, _, _ := dragQueryFile.Call(drop, i, 0, 0)
		if length == 0 || length > 32767 {
			continue
		}
		name := make([]uint16, length+1)
		dragQueryFile.Call(drop, i, uintptr(unsafe.Pointer(&name[0])), length+1) //nolint:errcheck // an empty name is none
		if path := windows.UTF16ToString(name); path != "" {
			paths = append(paths, path)
		}
	}
	return paths
}

// clipboardBytes copies what the clipboard holds under a format.
func clipboardBytes(format uintptr) ([]byte, error) {
	memory, _, _ := getClipboard.Call(format)
	if memory == 0 {
		return nil, ErrNoClip
	}
	size, _, _ := globalSize.Call(memory)
	if size == 0 {
		return nil, ErrNoClip
	}
	if size > 4*MaxClip { // without compression
		return nil, ErrClipLarge
	}
	at, _, _ := globalLock.Call(memory)
	if at == 0 {
		return nil, ErrNoClip
	}
	defer globalUnlock.Call(memory) //nolint:errcheck // nothing is to be done about it
	// The memory is the system's: the garbage collector neither moves nor frees it.
	return append([]byte(nil), unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&at))), size)...), nil
}
