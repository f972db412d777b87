package store

import (
	"context"
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"

	"hearth/chat"
)

// draftFormat is the format of drafts: JSON. Those of format 1 were bare text.
const draftFormat = 2

// draftRecord is a draft as it is stored.
type draftRecord struct {
	Text  string            `json:"text,omitempty"`
	Reply chat.Seq          `json:"reply,omitempty"`
	Edit  *draftEditRecord  `json:"edit,omitempty"`
	Files []draftFileRecord `json:"files,omitempty"`
}

type draftEditRecord struct {
	Seq  chat.Seq `json:"seq,omitempty"`
	MID  chat.MID `json:"mid,omitzero"`
	Text string   `json:"text,omitempty"`
}

// draftFileRecord has paths and names as bytes: on some systems they are no text.
type draftFileRecord struct {
	Path     []byte    `json:"path,omitempty"`
	Content  chat.Hash `json:"content,omitzero"`
	Name     []byte    `json:"name"`
	Size     int64     `json:"size"`
	Picture  bool      `json:"picture,omitempty"`
	Original bool      `json:"original,omitempty"`
}

func recordOfDraft(d *chat.Draft) draftRecord {
	rec := draftRecord{Text: d.Text, Reply: d.Reply}
	if d.Edit.On() {
		rec.Edit = &draftEditRecord{d.Edit.Seq, d.Edit.MID, d.Edit.Text}
	}
	for _, f := range d.Files {
		rec.Files = append(rec.Files, draftFileRecord{
			Path: []byte(f.Path), Content: f.Content, Name: []byte(f.Name), Size: f.Size, Picture: f.Picture, Original: f.Original,
		})
	}
	return rec
}

func (rec *draftRecord) draft() chat.Draft {
	d := chat.Draft{Text: rec.Text, Reply: rec.Reply}
	if e := rec.Edit; e != nil {
		d.Edit = chat.DraftEdit{Seq: e.Seq, MID: e.MID, Text: e.Text}
	}
	for i := range rec.Files {
		f := &rec.Files[i]
		d.Files = append(d.Files, chat.DraftFile{
			Path: string(f.Path), Content: f.Content, Name: string(f.Name), Size: f.Size, Picture: f.Picture, Original: f.Original,
		})
	}
	return d
}

func draftPlace(t tag) place { return place{kind: bucketDrafts, key: t[:]} }

// SetDraft keeps what was begun in a room; the zero value removes it. The room need
// not have events yet.
func (s *Store) SetDraft(ctx context.Context, room chat.RoomID, d chat.Draft) error {
	return s.update(ctx, func(w *writer) error { return w.setDraft(room, &d) })
}

func (w *writer) setDraft(room chat.RoomID, d *chat.Draft) error {
	p := draftPlace(w.roomTag(room))
	if d.IsZero() {
		return w.remove(p)
	}
	return w.putJSON(p, recordOfDraft(d))
}

// Draft returns a room's draft, the zero value if none.
func (s *Store) Draft(ctx context.Context, room chat.RoomID) (d chat.Draft, err error) {
	err = s.view(ctx, func(r *reader) error {
		d, err = r.draft(r.roomTag(room))
		return err
	})
	return d, err
}

func (r *reader) draft(t tag) (chat.Draft, error) {
	p := draftPlace(t)
	sealed := r.bucket(bucketDrafts).Get(p.key)
	if sealed == nil {
		return chat.Draft{}, nil
	}
	return r.s.seal.draft(p, sealed)
}

// LooseContents returns the contents that drafts name in rooms of which nothing is here
// yet, and which Rooms therefore leaves out.
func (s *Store) LooseContents(ctx context.Context) (all []chat.Hash, err error) {
	err = s.view(ctx, func(r *reader) error {
		rooms := r.bucket(bucketRooms)
		return r.bucket(bucketDrafts).ForEach(func(key, sealed []byte) error {
			if rooms.Get(key) != nil {
				return nil
			}
			d, err := s.seal.draft(place{kind: bucketDrafts, key: key}, sealed)
			all = append(all, d.Contents()...)
			return err
		})
	})
	return all, err
}

// draft opens a draft of either format: a damaged file may be of an older program.
func (s *sealer) draft(p place, sealed []byte) (chat.Draft, error) {
	plain, err := s.open(p, sealed)
	if err != nil {
		return chat.Draft{}, err
	}
	if sealed[0] < draftFormat {
		return chat.Draft{Text: string(plain)}, nil
	}
	var rec draftRecord
	if err := decodeJSON(p, plain, &rec); err != nil {
		return chat.Draft{}, err
	}
	return rec.draft(), nil
}

// widenDrafts writes drafts, which were texts, as what they are now.
func (s *Store) widenDrafts(tx *bbolt.Tx) error {
	if err := s.checkPrint(tx); err != nil {
		return err
	}
	w := &writer{reader{s: s, tx: tx}}
	b := w.bucket(bucketDrafts)
	wide := map[string][]byte{}
	err := b.ForEach(func(key, sealed []byte) error {
		p := place{kind: bucketDrafts, key: key}
		d, err := s.seal.draft(p, sealed)
		if err != nil {
			return err
		}
		plain, err := json.Marshal(recordOfDraft(&d))
		if err != nil {
			return fmt.Errorf("encode %s: %w", p.kind, err)
		}
		wide[string(key)] = s.seal.seal(p, plain)
		return nil
	})
	for key, sealed := range wide {
		if err == nil {
			err = b.Put([]byte(key), sealed)
		}
	}
	return err
}
