package folder

import (
	"io/fs"
	"syscall"

	"golang.org/x/sys/windows"
)

// disks are the drives that have a letter.
func disks() (list []Place) {
	bits, err := windows.GetLogicalDrives()
	if err != nil {
		return nil
	}
	for i := range 26 {
		if bits&(1<<i) != 0 {
			letter := string(rune('A'+i)) + ":"
			list = append(list, Place{Kind: KindDisk, Path: letter + `\`, Name: letter})
		}
	}
	return list
}

// hidden reports whether the system hides a file.
func hidden(d fs.DirEntry) bool {
	info, err := d.Info() // was read with the name
	if err != nil {
		return false
	}
	data, ok := info.Sys().(*syscall.Win32FileAttributeData)
	return ok && data.FileAttributes&(syscall.FILE_ATTRIBUTE_HIDDEN|syscall.FILE_ATTRIBUTE_SYSTEM) != 0
}
