//go:build unix

package host

import (
	"math"

	"golang.org/x/sys/unix"
)

// raiseDescriptors raises the limit of open files to what this process may have at
// most, and returns it. A raise that is refused leaves what there was.
func raiseDescriptors() (limit uint64, bounded bool, err error) {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return 0, false, err
	}
	if l.Cur < l.Max {
		raised := l
		raised.Cur = l.Max
		if unix.Setrlimit(unix.RLIMIT_NOFILE, &raised) == nil {
			l = raised
		}
	}
	return uint64(l.Cur), l.Cur < math.MaxInt32, nil
}
