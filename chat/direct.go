package chat

import (
	"bytes"
	"slices"
)

// MaxDirect is how many people a direct conversation has at most.
const MaxDirect = 10

// directMark begins the ids of direct rooms. A room id of any other kind never
// begins so: else somebody could found an ordinary room at the id that two others
// will derive, and stand between them.
var directMark = [2]byte{0xd1, 0x7e}

// DirectRoom derives the id of the conversation of exactly these people, in whatever
// order they are named, so that two who begin it at the same time, also offline,
// begin the same one.
func DirectRoom(people ...AccountID) RoomID {
	sorted := slices.Clone(people)
	slices.SortFunc(sorted, func(a, b AccountID) int { return bytes.Compare(a[:], b[:]) })
	sorted = slices.Compact(sorted)
	data := make([]byte, 0, len(sorted)*len(AccountID{}))
	for _, a := range sorted {
		data = append(data, a[:]...)
	}
	id := RoomID(derive("hearth-direct-1", data))
	copy(id[:], directMark[:])
	return id
}

// Direct reports whether the id is one that DirectRoom makes.
func (id RoomID) Direct() bool { return [2]byte(id[:2]) == directMark }
