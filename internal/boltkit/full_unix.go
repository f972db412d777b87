//go:build !windows

package boltkit

import "syscall"

// A quota; a limit on the size of files.
var moreNoSpace = []syscall.Errno{syscall.EDQUOT, syscall.EFBIG}

// A disk that is mounted to be read only.
const writeProtected = syscall.EROFS
