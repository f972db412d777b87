package host

// Disk says how much of the disk that holds the data must stay free: below that
// no message is accepted, and files are refused a good way before that. Zero fields
// have the defaults; below zero: none.
type Disk struct {
	MinFree    int64 // bytes; default 1 GiB
	MinPercent int   // of a disk on which MinFree would be more than that; default 5
	// FilesReserve is how much more must stay free for files to be taken: what is
	// left for messages once files are refused. Bytes, and of a small disk no more
	// than MinPercent; default 200 MiB.
	FilesReserve int64
}

func (d Disk) withDefaults() Disk {
	if d.MinFree == 0 {
		d.MinFree = 1 << 30
	}
	if d.MinPercent == 0 {
		d.MinPercent = 5
	}
	if d.FilesReserve == 0 {
		d.FilesReserve = 200 << 20
	}
	return d
}

// mark is what must stay free of a disk of this size: the size or the share,
// whichever is less. A share alone would refuse messages on a large disk with
// plenty of space, a size alone on a small one for ever.
func (d Disk) mark(total uint64) uint64 { return d.part(d.MinFree, total) }

// filesMark is what must stay free for files to be taken. It lies above mark: one
// file takes as much as thousands of messages, which go on being taken meanwhile.
func (d Disk) filesMark(total uint64) uint64 { return d.mark(total) + d.part(d.FilesReserve, total) }

func (d Disk) part(size int64, total uint64) uint64 {
	return min(uint64(max(size, 0)), total/100*uint64(max(d.MinPercent, 0)))
}

// full reports whether the disk that holds dir has less left than must stay. If
// that cannot be told, the commits themselves will.
func (d Disk) full(dir string) bool { return below(dir, d.mark) }

// fullForFiles reports the same of what must stay for files to be taken.
func (d Disk) fullForFiles(dir string) bool { return below(dir, d.filesMark) }

// Missing says whether the disk of the data has too little left to take messages, and how
// much must get free until files are taken again, too.
func (h *Host) Missing() (full bool, bytes uint64) {
	free, total, err := diskSpace(h.config.Dir)
	if err != nil {
		return false, 0
	}
	if mark := h.config.Disk.filesMark(total); free < mark {
		bytes = mark - free
	}
	return free < h.config.Disk.mark(total), bytes
}

func below(dir string, mark func(total uint64) uint64) bool {
	free, total, err := diskSpace(dir)
	return err == nil && free < mark(total)
}
