package chat

// Marker is how far an account has read a room, with the place it wants to come
// back to. It is a value that devices and the server change on their own and merge
// in any order, any number of times, with the same result (a join of two
// semilattices: Read by maximum, and Mark by the newest Rev).
type Marker struct {
	// Read: everything up to it has been seen. It only grows.
	Read Seq
	// Mark is the first message of what the person has marked as unread, 0: nothing.
	Mark Seq
	// Rev counts the changes of Mark; of two values of Mark the one with the higher
	// Rev counts, and of two with the same the higher one.
	Rev uint64
}

// Floor is what unread counts from: everything up to it is read.
func (m Marker) Floor() Seq {
	if m.Mark == 0 {
		return m.Read
	}
	return min(m.Read, m.Mark-1)
}

// Merge returns what two devices agree on.
func (m Marker) Merge(o Marker) Marker {
	m.Read = max(m.Read, o.Read)
	if o.Rev > m.Rev || o.Rev == m.Rev && o.Mark > m.Mark {
		m.Mark, m.Rev = o.Mark, o.Rev
	}
	return m
}

// Covers reports whether merging o would change nothing.
func (m Marker) Covers(o Marker) bool { return m.Merge(o) == m }

// Advance returns the marker once the person has seen everything up to seq. A mark
// at or below it has served.
func (m Marker) Advance(seq Seq) Marker {
	m.Read = max(m.Read, seq)
	if m.Mark != 0 && seq >= m.Mark {
		m.Mark, m.Rev = 0, m.Rev+1
	}
	return m
}

// MarkUnread returns the marker once the person has marked everything from seq on
// as unread; 0 takes a mark away.
func (m Marker) MarkUnread(seq Seq) Marker {
	if seq != m.Mark {
		m.Mark, m.Rev = seq, m.Rev+1
	}
	return m
}
