package host

// diskFull reports whether the disk that holds dir has less left than must
// remain: 1 GiB, or a twentieth of a disk smaller than 20 GiB. A share alone
// would refuse messages on a large disk with plenty of space, a size alone on a
// small one for ever. If it cannot be told, the commits themselves will.
func diskFull(dir string) bool {
	free, total, err := diskSpace(dir)
	return err == nil && free < min(1<<30, total/20)
}
