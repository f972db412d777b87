package boltkit

import (
	"syscall"

	"go.etcd.io/bbolt"
)

// Forget gives the memory back that pages of the file take since they were read. They
// stay in the system's cache and come back at a touch. For whoever has just read
// much of the file and will not need it again soon: what is mapped counts as this
// program's memory.
func (db *DB) Forget() error {
	return db.View(func(tx *bbolt.Tx) error { // the mapping stays where it is as long as somebody reads
		data, size := db.bolt.Info().Data, tx.Size()
		if data == 0 || size <= 0 {
			return nil
		}
		_, _, errno := syscall.Syscall(syscall.SYS_MADVISE, data, uintptr(size), syscall.MADV_DONTNEED)
		if errno != 0 {
			return errno
		}
		return nil
	})
}
