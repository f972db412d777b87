package ui

import "slices"

// reask is a question that an open dialog could not put to the server for want of a
// connection.
type reask struct {
	d  *dialog
	do func()
}

// onceBack has a dialog ask once more when there is a connection again, if it is still open
// then. Only what failed without one waits for that.
func (u *UI) onceBack(d *dialog, do func()) {
	if u.offline() {
		u.reasks = append(slices.DeleteFunc(u.reasks, func(r reask) bool { return !r.d.isOpen || r.d == d }), reask{d, do})
	}
}

// askAgain does what waits for a connection, once there is one.
func (u *UI) askAgain() {
	before := u.live
	u.live = !u.offline()
	if !u.live || before {
		return
	}
	list := u.reasks
	u.reasks = nil
	for _, r := range list {
		if r.d.isOpen {
			r.do()
		}
	}
}
