package boltstore

import (
	"encoding/binary"
	"fmt"

	"hearth/chat"
	"hearth/server/storage"
)

// Every record starts with the number of its encoding; docs/storage.md lists the
// layouts. Numbers are big-endian where their width is fixed, else unsigned
// LEB128 (encoding/binary's uvarint).
const recordVersion = 1

// Flags of an entry.
const (
	flagErased  = 1 << 0 // body hash instead of salt and body
	flagContent = 1 << 1 // a content hash is present
)

// knownKinds spares an allocation an event.
var knownKinds = [...]chat.Kind{
	chat.KindMessage, chat.KindRoomCreate, chat.KindJoin, chat.KindLeave, chat.KindName, chat.KindRename, chat.KindTopic, chat.KindArchive,
	chat.KindKeep, chat.KindReadings, chat.KindPurge,
	chat.KindEdit, chat.KindDelete, chat.KindReactionAdd, chat.KindReactionRemove, chat.KindPinAdd, chat.KindPinRemove, chat.KindRemove, chat.KindRole, chat.KindGone, chat.KindHistory,
}

// appendEntry encodes an entry without room and sequence, which its key or its
// place in a batch tells.
func appendEntry(b []byte, e *storage.Entry) []byte {
	var flags byte
	if e.Event.Erased {
		flags |= flagErased
	}
	if !e.Content.IsZero() {
		flags |= flagContent
	}
	b = append(b, recordVersion, flags)
	b = binary.BigEndian.AppendUint64(b, uint64(e.Event.Time))
	b = append(b, e.Event.Author[:]...)
	b = append(b, e.Event.Device[:]...)
	b = append(b, e.Event.MID[:]...)
	b = append(b, e.Chain[:]...)
	if flags&flagContent != 0 {
		b = append(b, e.Content[:]...)
	}
	b = appendBytes(b, []byte(e.Event.Kind))
	if e.Event.Erased {
		return append(b, e.Event.BodyHash[:]...)
	}
	b = append(b, e.Event.Salt[:]...)
	return append(b, e.Event.Body...)
}

// entrySize bounds what appendEntry adds.
func entrySize(e *storage.Entry) int {
	return 2 + 8 + 3*16 + 3*32 + binary.MaxVarintLen64 + len(e.Event.Kind) + len(e.Event.Body)
}

// decodeEntry decodes an entry of a room. Its body still points into b.
func decodeEntry(b []byte, room chat.RoomID, seq chat.Seq) (e storage.Entry, err error) {
	d := decoder{b: b}
	d.version("entry")
	flags := d.byte()
	e.Event.Room, e.Event.Seq = room, seq
	e.Event.Time = int64(d.uint64())
	d.fixed(e.Event.Author[:])
	d.fixed(e.Event.Device[:])
	d.fixed(e.Event.MID[:])
	d.fixed(e.Chain[:])
	if flags&flagContent != 0 {
		d.fixed(e.Content[:])
	}
	e.Event.Kind = kindOf(d.bytes())
	if flags&flagErased != 0 {
		e.Event.Erased = true
		d.fixed(e.Event.BodyHash[:])
	} else {
		d.fixed(e.Event.Salt[:])
		e.Event.Body = d.b
		d.b = nil
	}
	if err := d.end(); err != nil {
		return e, fmt.Errorf("%w (room %s, sequence %d)", err, room, seq)
	}
	return e, nil
}

func kindOf(b []byte) chat.Kind {
	for _, k := range knownKinds {
		if string(b) == string(k) {
			return k
		}
	}
	return chat.Kind(b)
}

// entryIDs reads what the indexes need of an encoded entry.
func entryIDs(b []byte) (account chat.AccountID, mid chat.MID, chain chat.Hash, err error) {
	if len(b) < 2+8+16+16+16+32 || b[0] != recordVersion {
		return account, mid, chain, damaged("an entry is malformed")
	}
	copy(account[:], b[10:])
	copy(mid[:], b[42:])
	copy(chain[:], b[58:])
	return account, mid, chain, nil
}

// appendBatch encodes a record of the journal.
func appendBatch(b []byte, batch *storage.Batch) []byte {
	b = append(b, recordVersion)
	b = append(b, batch.Room[:]...)
	b = binary.AppendUvarint(b, uint64(batch.Expect))
	b = binary.AppendUvarint(b, uint64(len(batch.DSeqs)))
	for device, dseq := range batch.DSeqs {
		b = append(b, device[:]...)
		b = binary.AppendUvarint(b, dseq)
	}
	b = binary.AppendUvarint(b, uint64(len(batch.Entries)))
	var entry []byte
	for i := range batch.Entries {
		entry = appendEntry(entry[:0], &batch.Entries[i])
		b = appendBytes(b, entry)
	}
	return b
}

// encode is the reverse of decodeBatch.
func (r *journalRecord) encode() []byte {
	b := append([]byte{recordVersion}, r.room[:]...)
	b = binary.AppendUvarint(b, uint64(r.expect))
	b = binary.AppendUvarint(b, uint64(len(r.dseqs)))
	for _, ds := range r.dseqs {
		b = append(b, ds.device[:]...)
		b = binary.AppendUvarint(b, ds.dseq)
	}
	b = binary.AppendUvarint(b, uint64(len(r.entries)))
	for _, entry := range r.entries {
		b = appendBytes(b, entry)
	}
	return b
}

func batchSize(batch *storage.Batch) int {
	n := 1 + 16 + 3*binary.MaxVarintLen64 + len(batch.DSeqs)*(16+binary.MaxVarintLen64)
	for i := range batch.Entries {
		n += binary.MaxVarintLen64 + entrySize(&batch.Entries[i])
	}
	return n
}

// journalRecord is a record of the journal, its parts still encoded and valid as
// long as the bytes they came from.
type journalRecord struct {
	room    chat.RoomID
	expect  chat.Seq
	dseqs   []deviceSeq
	entries [][]byte
}

type deviceSeq struct {
	device chat.DeviceID
	dseq   uint64
}

func decodeBatch(b []byte) (r journalRecord, err error) {
	d := decoder{b: b}
	d.version("journal record")
	d.fixed(r.room[:])
	r.expect = chat.Seq(d.uvarint())
	for range d.count(16 + 1) {
		var ds deviceSeq
		d.fixed(ds.device[:])
		ds.dseq = d.uvarint()
		r.dseqs = append(r.dseqs, ds)
	}
	n := d.count(1)
	r.entries = make([][]byte, 0, n)
	for range n {
		r.entries = append(r.entries, d.bytes())
	}
	return r, d.end()
}

// roomRecord is what the archive knows of a room's log as a whole: how far it goes, and
// up to where it was purged.
type roomRecord struct{ head, floor chat.Head }

func (r roomRecord) encode() []byte {
	b := append(make([]byte, 0, 88), recordVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(r.head.Seq))
	b = append(b, r.head.Chain[:]...)
	if r.floor.Seq == 0 { // of most rooms nothing was
		return b
	}
	b = binary.BigEndian.AppendUint64(b, uint64(r.floor.Seq))
	return append(b, r.floor.Chain[:]...)
}

func decodeRoom(b []byte) (r roomRecord, err error) {
	d := decoder{b: b}
	d.version("room")
	r.head.Seq = chat.Seq(d.uint64())
	d.fixed(r.head.Chain[:])
	if len(d.b) > 0 {
		r.floor.Seq = chat.Seq(d.uint64())
		d.fixed(r.floor.Chain[:])
	}
	return r, d.end()
}
