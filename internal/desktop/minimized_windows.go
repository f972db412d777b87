package desktop

var (
	procIconic = user32.NewProc("IsIconic")
	procShow   = user32.NewProc("ShowWindow")
)

const swRestore = 9

// Unminimize gives a window that was minimised its place back: here, getting the focus
// does not do that. window is its handle (HWND).
func Unminimize(window uintptr) {
	if iconic, _, _ := procIconic.Call(window); iconic != 0 {
		_, _, _ = procShow.Call(window, swRestore) // answers whether it was visible
	}
}
