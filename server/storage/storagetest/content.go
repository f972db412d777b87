package storagetest

import (
	"crypto/sha256"

	"hearth/chat"
	"hearth/server/storage"
)

// testContents: who names which contents follows from the logs.
func testContents(h *harness) {
	ann, ben := NewPerson(), NewPerson()
	one, two := NewWriter(chat.NewRoomID()), NewWriter(chat.NewRoomID())
	picture, thumb, unknown := content("picture"), content("thumb"), content("unknown")
	files := []chat.File{{Hash: picture, Size: 1000, Name: "a.png", Type: "image/png", Thumb: &chat.Thumb{Hash: thumb, Size: 30, Width: 1, Height: 1}}}
	for _, b := range []*storage.Batch{
		one.Found(ann, ben), two.Found(ben),
		one.Files(ann, files), one.Files(ann, files), two.Files(ben, files[:1]),
		one.Message(ann, `no files, only "files"`),
	} {
		h.must(h.append(b))
	}
	h.twice(func() {
		for _, c := range []struct {
			room chat.RoomID
			hash chat.Hash
			from chat.Seq
			want bool
		}{
			{one.Room, picture, 1, true},
			{one.Room, thumb, 1, true},
			{one.Room, picture, 5, true}, // the second of the two that name it
			{one.Room, thumb, 6, false},
			{two.Room, picture, 1, true},
			{two.Room, unknown, 1, false},
			{chat.NewRoomID(), picture, 1, false},
		} {
			got, err := h.Named(h.ctx(), c.room, c.hash, c.from)
			h.must(err)
			h.same("named", got, c.want)
		}
		for hash, want := range map[chat.Hash]bool{picture: true, thumb: true, unknown: false} {
			got, err := h.NamedAnywhere(h.ctx(), hash)
			h.must(err)
			h.same("named", got, want)
		}
		for who, want := range map[chat.AccountID]int64{ann.Account: 2060, ben.Account: 1030, chat.NewAccountID(): 0} {
			got, err := h.NamedBytes(h.ctx(), who)
			h.must(err)
			h.same("named", got, want)
		}
	})
}

func content(s string) chat.Hash { return chat.Hash(sha256.Sum256([]byte(s))) }

// Files returns a batch with one message that names files.
func (w *Writer) Files(p Person, files []chat.File) *storage.Batch {
	b := w.begin()
	w.entry(b, p, chat.KindMessage, chat.Text{Files: files})
	w.DSeqs[p.Device]++
	b.DSeqs[p.Device] = w.DSeqs[p.Device]
	return b
}
