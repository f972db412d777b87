package host

// Disk says how much of the disk that holds the data must stay free: below that
// no message is accepted. Zero fields have the defaults; below zero: none.
type Disk struct {
	MinFree    int64 // bytes; default 1 GiB
	MinPercent int   // of a disk on which MinFree would be more than that; default 5
}

func (d Disk) withDefaults() Disk {
	if d.MinFree == 0 {
		d.MinFree = 1 << 30
	}
	if d.MinPercent == 0 {
		d.MinPercent = 5
	}
	return d
}

// mark is what must stay free of a disk of this size: the size or the share,
// whichever is less. A share alone would refuse messages on a large disk with
// plenty of space, a size alone on a small one for ever.
func (d Disk) mark(total uint64) uint64 {
	return min(uint64(max(d.MinFree, 0)), total/100*uint64(max(d.MinPercent, 0)))
}

// full reports whether the disk that holds dir has less left than must stay. If
// that cannot be told, the commits themselves will.
func (d Disk) full(dir string) bool {
	free, total, err := diskSpace(dir)
	return err == nil && free < d.mark(total)
}
