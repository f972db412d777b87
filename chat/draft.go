package chat

import "slices"

// Draft is what a person has begun in a room and not sent. It never leaves the device.
// The zero value is none.
type Draft struct {
	// Text is that of the next message, also while another is being changed.
	Text string
	// Reply is the message of the room that the next one answers, 0: none.
	Reply Seq
	// Edit is the message that is being changed at present.
	Edit DraftEdit
	// Files are those of the next message, in their order.
	Files []DraftFile
}

// DraftEdit is a message that is being changed, and its new text so far: one of the log
// by its place, one that waits to be sent by its id. The zero value is none.
type DraftEdit struct {
	Seq  Seq
	MID  MID
	Text string
}

// DraftFile is a file of the next message: one of this machine by its path, or a
// content of the profile.
type DraftFile struct {
	Path    string
	Content Hash   // instead of Path
	Name    string // as others will see it
	Size    int64  // bytes, when it was chosen
	Picture bool   // it begins like one
	// Original sends a picture as it is.
	Original bool
}

// IsZero reports whether a draft holds nothing.
func (d *Draft) IsZero() bool {
	return d.Text == "" && d.Reply == 0 && !d.Edit.On() && len(d.Files) == 0
}

// Equal reports whether two drafts are the same.
func (d *Draft) Equal(o *Draft) bool {
	return d.Text == o.Text && d.Reply == o.Reply && d.Edit == o.Edit && slices.Equal(d.Files, o.Files)
}

// On reports whether a message is being changed.
func (e DraftEdit) On() bool { return e.Seq != 0 || !e.MID.IsZero() }

// Without returns what stays of a draft when a part of it, as it was at some time, has
// been sent: what was written or chosen since.
func (d *Draft) Without(sent *Draft) Draft {
	rest := *d
	if rest.Text == sent.Text {
		rest.Text = ""
	}
	if rest.Reply == sent.Reply {
		rest.Reply = 0
	}
	if rest.Edit == sent.Edit {
		rest.Edit = DraftEdit{}
	}
	rest.Files = nil
	gone := slices.Clone(sent.Files)
	for _, f := range d.Files {
		if i := slices.Index(gone, f); i >= 0 {
			gone = slices.Delete(gone, i, i+1)
			continue
		}
		rest.Files = append(rest.Files, f)
	}
	return rest
}

// Contents returns the contents of the profile that a draft needs.
func (d *Draft) Contents() (all []Hash) {
	for i := range d.Files {
		if h := d.Files[i].Content; !h.IsZero() {
			all = append(all, h)
		}
	}
	return all
}
