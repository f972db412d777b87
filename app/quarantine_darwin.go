package app

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// quarantine marks a file as one that came from others, so that the system asks
// before it runs it. Volumes without attributes take no mark.
func quarantine(f *os.File) error {
	mark := fmt.Sprintf("0081;%08x;Hearth;", time.Now().Unix())
	err := unix.Fsetxattr(int(f.Fd()), "com.apple.quarantine", []byte(mark), 0)
	if errors.Is(err, unix.ENOTSUP) {
		return nil
	}
	return err
}
