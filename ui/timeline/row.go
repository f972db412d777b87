package timeline

import (
	"fmt"
	"slices"
	"time"

	"hearth/internal/linkguard"
	"hearth/ui/textblock"
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

	Edited    time.Time // of the newest edit; zero: never
	Reply     *Quote    // what it answers; nil nothing
	Forwarded bool
	From      string // who wrote it first, as whoever forwarded it says
	Reactions []Reaction
	Pinned    bool
	Calls     []textblock.Called // whom it calls
	Words     []string           // keywords that stand in it
	Titles    []Title            // words for the links to messages in it
	CallsMe   bool
	Changing  bool // an own change of it waits to be sent
	MayEdit   bool
	MayDelete bool
	MayRetry  bool // a failed one may be sent after all
	Fixed     bool // the server no longer keeps it: nobody reacts to it any more, or pins it
	Files     []File
	Folded    bool   // somebody who is blocked wrote it: the text is words of ours
	Target    uint64 // system lines: the message it is about, to go there; 0 none
	Act       string // system lines: what can be done about it, in words; "" nothing. It belongs to the row before it, whose Seq it has
	Lost      bool   // the server has lost it: it can be read, and nothing else
	Hole      uint64 // system lines: the last place of messages that are still to be loaded, which begin at Seq; 0 none
}

// Quote is what a message answers. Name and Text are people's.
type Quote struct {
	Seq          uint64
	Author, Name string
	Text         string // one line, or the words for a message that is gone
	Quiet        bool   // gone or not here: Text is ours
}

// Title is what a link to a message is shown by.
type Title struct{ Link, Words string }

// Reaction is one emoji on a message.
type Reaction struct {
	Emoji string
	Count int
	Own   bool
}

// same reports that two rows show the same.
func (r *Row) same(o *Row) bool {
	return r.ID == o.ID && r.Seq == o.Seq && r.Kind == o.Kind && r.Author == o.Author && r.Name == o.Name && r.Own == o.Own &&
		r.Time.Equal(o.Time) && r.Text == o.Text && r.State == o.State && r.Reason == o.Reason && r.Folded == o.Folded && r.sameExtras(o)
}

// sameExtras compares what may change behind a message's back.
func (r *Row) sameExtras(o *Row) bool {
	quote := r.Reply == o.Reply || r.Reply != nil && o.Reply != nil && *r.Reply == *o.Reply
	return quote && r.Edited.Equal(o.Edited) && r.Forwarded == o.Forwarded && r.From == o.From && r.Pinned == o.Pinned &&
		r.CallsMe == o.CallsMe && r.MayEdit == o.MayEdit && r.MayDelete == o.MayDelete && r.MayRetry == o.MayRetry && r.Fixed == o.Fixed && r.Changing == o.Changing && r.Target == o.Target && r.Act == o.Act && r.Lost == o.Lost && r.Hole == o.Hole &&
		slices.Equal(r.Reactions, o.Reactions) && slices.Equal(r.Calls, o.Calls) && slices.Equal(r.Words, o.Words) && slices.Equal(r.Titles, o.Titles) && slices.EqualFunc(r.Files, o.Files, File.same)
}

// Live reports whether the row is a message in the log that can be answered,
// reacted to and so on.
func (r *Row) Live() bool { return r.Kind == Message && r.Seq > 0 && !r.Lost }

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
	Begin         string // below it, where one may write
	NotSent       string // before the reason of a failed message
	Retry         string
	Edit          string
	Discard       string
	CopyText      string
	CopySelection string
	CopyCode      string
	Details       string
	Edited        string // beside the time
	React         string // tooltips of the marks beside a message
	Reply         string
	More          string
	Back          string             // to where the person was before a jump
	Unread        func(n int) string // how many messages are, on the way to the first of them
	AllRead       string             // tooltip of the mark beside it
	Files         FileWords
	Forwarded     func(name string) string
	OpenLink      func(linkguard.Link) string
	CopyLink      func(linkguard.Link) string
	Day           func(time.Time) string // of a day pill; local time
	Clock         func(time.Time) string // in a bubble; local time
	// Copied stands over a message of several that are copied: who wrote it and when.
	Copied func(name string, at time.Time) string
	Spoken func(*Row) string // what a screen reader says of a row; nil: nothing
	Chosen string            // said behind it of a row that is chosen
}

// English returns the words in English, for tests and the gallery.
func English() Words {
	return Words{
		NewMessages: "New messages", Jump: "Jump to the latest message", Empty: "No messages here yet. Say hello!",
		NotSent: "Not sent", Retry: "Try again", Edit: "Edit", Discard: "Discard",
		CopyText: "Copy text", CopySelection: "Copy selection", CopyCode: "Copy code", Details: "Details",
		Edited: "edited", React: "React", Reply: "Reply", More: "More", Back: "Back to where I was",
		Unread: func(n int) string { return fmt.Sprint(n, " unread") }, AllRead: "Mark as read",
		Files:     FileWords{View: "View", Save: "Save a copy", Pause: "Pause sending", Resume: "Go on sending", Cancel: "Cancel", Remove: "Remove from the message", CancelAll: "Discard the message"},
		Forwarded: func(name string) string { return "Forwarded from " + name },
		OpenLink:  func(l linkguard.Link) string { return "Open " + l.Host },
		CopyLink:  func(l linkguard.Link) string { return "Copy link to " + l.Host },
		Day:       func(t time.Time) string { return t.Format("Monday, 2 January 2006") },
		Clock:     func(t time.Time) string { return t.Format("15:04") },
		Copied:    func(name string, at time.Time) string { return name + ", " + at.Format("2 January 2006, 15:04") },
	}
}
