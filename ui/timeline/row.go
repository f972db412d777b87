package timeline

import (
	"time"
)

// Row is one line of the conversation. A row is immutable once it was handed
// over: what changes comes as a new Row with the same ID. Texts and names are as
// people wrote them; the timeline cleans them before it draws.
type Row struct {
	ID     string // identity, the same while waiting and once sent
	Seq    uint64 // place in the room's log; 0 while waiting
	Kind   Kind
	Author string // account, chooses the colour
	Name   string // of the author
	Own    bool
	Time   time.Time
	Text   string // the message; of system lines the finished sentence
	State  State
	Reason string // why it failed, in words for the person
}

// same reports that two rows show the same.
func (r *Row) same(o *Row) bool {
	return r.ID == o.ID && r.Seq == o.Seq && r.Kind == o.Kind && r.Author == o.Author && r.Name == o.Name && r.Own == o.Own &&
		r.Time.Equal(o.Time) && r.Text == o.Text && r.State == o.State && r.Reason == o.Reason
}

// Kind says how a row is drawn.
type Kind int

// Row kinds.
const (
	Message Kind = iota // a bubble
	Hint                // a bubble in a quiet colour: deleted, or of a kind that needs a newer version
	System              // a centred line: joined, left, renamed
)

// State is how far an own message has come.
type State int

// Row states.
const (
	Sent    State = iota // on the server; also every message of others
	Waiting              // in the outbox
	Sending              // on its way
	Failed               // refused; Reason says why, the person decides
)

// Words are the sentences of the timeline in the person's language.
type Words struct {
	NewMessages   string // over the first unread message
	Jump          string // what the pill does; with unread messages it shows their number
	Empty         string // in a room without messages
	NotSent       string // before the reason of a failed message
	Retry         string
	Edit          string
	Discard       string
	CopyText      string
	CopySelection string
	CopyCode      string
	Details       string
	OpenLink      func(host string) string
	Day           func(time.Time) string // of a day pill; local time
	Clock         func(time.Time) string // in a bubble; local time
}

// English returns the words in English, for tests and the gallery.
func English() Words {
	return Words{
		NewMessages: "New messages", Jump: "Jump to the latest message", Empty: "No messages here yet. Say hello!",
		NotSent: "Not sent", Retry: "Try again", Edit: "Edit", Discard: "Discard",
		CopyText: "Copy text", CopySelection: "Copy selection", CopyCode: "Copy code", Details: "Details",
		OpenLink: func(host string) string { return "Open " + host },
		Day:      func(t time.Time) string { return t.Format("Monday, 2 January 2006") },
		Clock:    func(t time.Time) string { return t.Format("15:04") },
	}
}
