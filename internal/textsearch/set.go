package textsearch

// set holds hashes in a table of its own, without removal: of all the time that a
// filter took, Go's map was a third. The zero value works.
type set struct {
	slots []uint32 // a power of two of them; 0 is a free one
	used  int      // slots that are not free
	zero  bool     // 0 is in the set
}

const firstSlots = 8192

// add puts a hash in.
func (s *set) add(h uint32) {
	if h == 0 {
		s.zero = true
		return
	}
	if 2*s.used >= len(s.slots) {
		s.grow()
	}
	if s.put(h) {
		s.used++
	}
}

// put reports whether the hash, which is not 0, was not there.
func (s *set) put(h uint32) bool {
	mask := uint32(len(s.slots) - 1) //nolint:gosec // far below
	for at := mix(h) & mask; ; at = (at + 1) & mask {
		switch s.slots[at] {
		case h:
			return false
		case 0:
			s.slots[at] = h
			return true
		}
	}
}

func (s *set) grow() {
	old := s.slots
	s.slots = make([]uint32, max(firstSlots, 2*len(old)))
	for _, h := range old {
		if h != 0 {
			s.put(h)
		}
	}
}

// len is the number of hashes.
func (s *set) len() int {
	if s.zero {
		return s.used + 1
	}
	return s.used
}

// each visits all of them.
func (s *set) each(visit func(h uint32)) {
	if s.zero {
		visit(0)
	}
	for _, h := range s.slots {
		if h != 0 {
			visit(h)
		}
	}
}
