package boltkit

import "syscall"

// ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL, ERROR_DISK_QUOTA_EXCEEDED.
var moreNoSpace = []syscall.Errno{39, 112, 1295}

// ERROR_WRITE_PROTECT.
const writeProtected = syscall.Errno(19)
