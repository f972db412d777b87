package app

import (
	"errors"
	"os"
	"syscall"
)

// fromOutside marks a file as one from the Internet, so that the system warns before it
// runs it and offices open it guarded.
const fromOutside = "[ZoneTransfer]\r\nZoneId=3\r\n"

// quarantine writes the mark beside the file. File systems without such streams
// (FAT) take no mark.
func quarantine(f *os.File) error {
	err := os.WriteFile(f.Name()+":Zone.Identifier", []byte(fromOutside), savedPerm)
	const invalidName, invalidParameter = syscall.Errno(123), syscall.Errno(87)
	if errors.Is(err, invalidName) || errors.Is(err, invalidParameter) || errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
