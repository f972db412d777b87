package wake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
)

const hasLogind = true

// Groups of rtnetlink(7): links and addresses.
const (
	groupLink  = 0x1
	groupAddr4 = 0x10
	groupAddr6 = 0x100
)

// kernel is a socket on which the kernel tells of links and addresses.
type kernel struct{ socket *os.File }

func listen() (*kernel, error) {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, syscall.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("netlink: %w", err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK, Groups: groupLink | groupAddr4 | groupAddr6}); err != nil {
		_ = syscall.Close(fd)
		return nil, fmt.Errorf("netlink: %w", err)
	}
	return &kernel{os.NewFile(uintptr(fd), "netlink")}, nil
}

// run puts a token into changes for whatever comes. What is said is not read: the
// interfaces are looked at anyway, and words that were lost in an overflow do not
// matter then.
func (k *kernel) run(ctx context.Context, changes chan<- struct{}) {
	stop := context.AfterFunc(ctx, func() { _ = k.socket.Close() })
	defer stop()
	buffer := make([]byte, 8<<10)
	for {
		_, err := k.socket.Read(buffer)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !errors.Is(err, syscall.ENOBUFS) {
			_ = k.socket.Close()
			return
		}
		select {
		case changes <- struct{}{}:
		default: // the token is there already
		}
	}
}
