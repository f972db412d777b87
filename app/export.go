package app

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"hearth/chat"
	"hearth/internal/linkguard"
	"hearth/internal/markup"
	"hearth/internal/zone"
)

// ExportFormat is how a room is written out.
type ExportFormat string

// Export formats.
const (
	ExportText ExportFormat = "text" // for reading
	ExportJSON ExportFormat = "json" // one object a line, for programs
	ExportHTML ExportFormat = "html" // one page that needs nothing else and runs nothing
)

// ExportRequest says what to write out.
type ExportRequest struct {
	Room   chat.RoomID
	Format ExportFormat
	Words  ExportWords
	// Folder, if not "", gets copies of those files that are on this disk; what was
	// written out names them from the folder beside it, by Folder's last part.
	Folder string
	// Fetch gets what Folder is to have and this disk has not from the server first, while
	// there is a connection.
	Fetch bool
	// Progress, if not nil, is told on the caller's goroutine after each stretch of the
	// log how far the writing is, of how many events.
	Progress func(done, all uint64)
}

// ExportWords is what an export says besides what people wrote. What it names of theirs
// stands in it harmless and isolated (package linkguard).
type ExportWords struct {
	Language string                    // of all of it: "en", "zh", "mt"
	Event    func(*MessageView) string // what an event is that is no message, or one that was deleted
	Person   func(name string) string  // somebody's name; nil: as it is
	Quote    func(*QuoteView) string   // a message that another one answers; nil: its text
	Size     func(bytes int64) string  // the length of a file; nil: in English
	Absent   string                    // said of a file that Folder gets no copy of, as it is not on this disk
	Preview  string                    // said of a picture that Folder gets only a preview of, for the same reason
	Lost     string                    // said over what the server has lost and this disk still has; "": in English
}

// Exported is what an export came to.
type Exported struct {
	Events int // written
	// Of files, counted where a folder was given: copied into it whole, pictures of which
	// only the preview was on this disk and went there, and those that were not here at all.
	Copies, Previews, Absent int
}

// ExportedEvent is one line of ExportJSON. Its members are stable; new ones may be
// added. A line with Missing stands for events that are not on this disk.
type ExportedEvent struct {
	Room    string `json:"room"`
	Seq     uint64 `json:"seq,omitzero"`
	MID     string `json:"mid,omitzero"`
	Author  string `json:"author,omitzero"` // account id; none for the server
	Name    string `json:"name,omitzero"`   // display name of the author
	Time    string `json:"time,omitzero"`   // RFC 3339, UTC, server's clock
	Kind    string `json:"kind,omitzero"`
	Text    string `json:"text,omitzero"`
	Subject string `json:"subject,omitzero"` // who joined or left
	Value   string `json:"value,omitzero"`   // new name or topic
	Chain   string `json:"chain,omitzero"`   // chain value after the event
	Erased  bool   `json:"erased,omitzero"`
	// ErasedBy is the display name of who deleted it, where this disk knows.
	ErasedBy string `json:"erased_by,omitzero"`
	// What changes behind a message say of it, and what it answers.
	Edited    string         `json:"edited,omitzero"`  // when it got this text
	Reply     uint64         `json:"reply,omitzero"`   // sequence of the message it answers
	Forward   string         `json:"forward,omitzero"` // whose words it claims to pass on
	Pinned    bool           `json:"pinned,omitzero"`
	Reactions map[string]int `json:"reactions,omitempty"`
	// Every text an edited message has had in the log, oldest first, and who reacted with
	// what, in the order they did.
	Versions []ExportedVersion          `json:"versions,omitzero"`
	Reactors map[string][]ExportedActor `json:"reactors,omitempty"`
	Target   uint64                     `json:"target,omitzero"` // what was pinned
	Files    []ExportedFile             `json:"files,omitzero"`
	Missing  uint64                     `json:"missing,omitzero"` // how many events are missing here
	Lost     bool                       `json:"lost,omitzero"`    // no longer on the server; Seq is where it stood
}

// ExportedVersion is one text of a message that was edited.
type ExportedVersion struct {
	Seq  uint64 `json:"seq"`  // of the message or the edit
	Time string `json:"time"` // RFC 3339, UTC, server's clock
	Text string `json:"text"`
}

// ExportedActor is somebody who did something to a message.
type ExportedActor struct {
	Author string `json:"author"` // account id
	Name   string `json:"name"`   // display name
}

// Export implements Commands.
func (a *App) Export(ctx context.Context, w io.Writer, r ExportRequest) (done Exported, err error) {
	s := a.shot.Load()
	room := s.room(r.Room)
	if s.store == nil || room == nil {
		return done, &Failed{Code: FailNoRoom}
	}
	out := bufio.NewWriter(w)
	e := exporter{app: a, r: &r, view: &room.view, out: out, group: s.base.Group.Name}
	var write func(*MessageView, []ExportedFile) error
	switch r.Format {
	case ExportText:
		write = e.text
	case ExportJSON:
		write = func(m *MessageView, files []ExportedFile) error { return e.json(ctx, m, files) }
	case ExportHTML:
		write = e.html
	default:
		return done, &Failed{Code: FailBadValue, Field: "format", Detail: string(r.Format)}
	}
	if err := e.begin(); err != nil {
		return done, err
	}
	for after, more := chat.Seq(0), true; more; {
		part := Window{After: after, Limit: maxRows}
		if after == 0 { // from the first one on
			part.Around = 1
		}
		page, err := a.Messages(ctx, r.Room, part)
		if err != nil {
			return e.done, err
		}
		for i := range page.Messages {
			m := &page.Messages[i]
			if m.Seq == 0 { // waits in the outbox: not in the log
				continue
			}
			if missing := missingIn(page.Gaps, after, m.Seq); missing > 0 {
				if err := e.missing(missing); err != nil {
					return e.done, err
				}
			}
			after = m.Seq
			files, err := e.files(ctx, m)
			if err != nil {
				return e.done, err
			}
			if err := write(m, files); err != nil {
				return e.done, err
			}
			e.done.Events++
		}
		more = page.Newer && len(page.Messages) > 0
		if r.Progress != nil {
			r.Progress(uint64(after), uint64(max(after, room.view.Head)))
		}
	}
	if err := e.lost(ctx, write); err != nil {
		return e.done, err
	}
	if err := e.end(); err != nil {
		return e.done, err
	}
	return e.done, out.Flush()
}

// lostTitle is ExportWords.Lost in English.
const lostTitle = "No longer on the server, kept on this device"

// lost writes what the server has lost and this disk still has, behind the log.
func (e *exporter) lost(ctx context.Context, write func(*MessageView, []ExportedFile) error) error {
	if e.view.Lost == 0 {
		return nil
	}
	list, err := e.app.LostMessages(ctx, e.view.ID)
	if err != nil {
		return err
	}
	for i := range list {
		m := &list[i]
		if i == 0 {
			if err := e.lostHead(); err != nil {
				return err
			}
		}
		e.aside++
		if m.Kind == chat.KindEdit && e.r.Format != ExportJSON { // words that a message had
			m.Kind, m.Edited = chat.KindMessage, m.Time
		}
		files, err := e.files(ctx, m)
		if err != nil {
			return err
		}
		if err := write(m, files); err != nil {
			return err
		}
		e.done.Events++
	}
	return nil
}

// lostHead stands over what the server has lost.
func (e *exporter) lostHead() (err error) {
	title := cmp.Or(e.r.Words.Lost, lostTitle)
	e.day = ""
	switch e.r.Format {
	case ExportText:
		_, err = fmt.Fprintf(e.out, "\n\n— %s —\n", title)
	case ExportHTML:
		err = exportPage.ExecuteTemplate(e.out, "lost", title)
	}
	return err
}

// place is what an event is called on a page and in names of files: its place in the log,
// or among what the server has lost.
func (e *exporter) place(m *MessageView) string {
	if m.Lost {
		return fmt.Sprint("lost", e.aside)
	}
	return fmt.Sprint("m", uint64(m.Seq))
}

// missingIn counts the events between two rows that are not here. Changes, which are
// no rows, are.
func missingIn(gaps []Gap, after, before chat.Seq) (n uint64) {
	for _, g := range gaps {
		if g.From > after && g.To < before {
			n += uint64(g.To - g.From + 1)
		}
	}
	return n
}

// exporter writes one room.
type exporter struct {
	app   *App
	r     *ExportRequest
	view  *RoomView
	group string
	out   *bufio.Writer
	day   string
	aside int // counts what the server has lost, of what is being written
	done  Exported
}

func (e *exporter) begin() error {
	var err error
	switch e.r.Format {
	case ExportText:
		_, err = fmt.Fprintf(e.out, "%s — %s\n", oneLineOf(e.group), oneLineOf(e.person(e.view.Name)))
	case ExportHTML:
		err = exportPage.ExecuteTemplate(e.out, "head", map[string]string{
			"Group": oneLineOf(e.group), "Room": oneLineOf(e.person(e.view.Name)), "Topic": oneLineOf(e.view.Topic), "Language": e.r.Words.Language,
		})
	}
	return err
}

func (e *exporter) end() (err error) {
	if e.r.Format == ExportHTML {
		err = exportPage.ExecuteTemplate(e.out, "foot", nil)
	}
	return err
}

// missing says that events are not on this disk.
func (e *exporter) missing(n uint64) error {
	var err error
	switch e.r.Format {
	case ExportText:
		_, err = fmt.Fprintf(e.out, "[… %d …]\n", n)
	case ExportJSON:
		err = e.object(&ExportedEvent{Room: e.view.ID.String(), Missing: n})
	case ExportHTML:
		err = exportPage.ExecuteTemplate(e.out, "gap", n)
	}
	return err
}

// newDay reports whether a message begins another day than the last.
func (e *exporter) newDay(m *MessageView) (string, bool) {
	day := zone.In(m.Time).Format(time.DateOnly)
	if day == e.day {
		return day, false
	}
	e.day = day
	return day, true
}

func (e *exporter) text(m *MessageView, files []ExportedFile) error {
	if day, first := e.newDay(m); first {
		fmt.Fprintf(e.out, "\n%s\n", day) // errors stay in the writer
	}
	text := e.words(m)
	if hasWords(m) {
		text = strings.ReplaceAll(visibleText(text), "\n", "\n       ") + e.fileLines(files)
		if of := e.of(m); of != "" {
			text = strings.TrimSuffix(of+"\n       "+text, "\n       ")
		}
		text = oneLineOf(e.person(m.Name)) + ": " + text
	} else {
		text = "* " + oneLineOf(text)
	}
	if about := e.about(m); about != "" {
		text += "\n       " + about
	}
	_, err := fmt.Fprintf(e.out, "%s  %s\n", zone.In(m.Time).Format("15:04"), text)
	return err
}

// of is one line, without words of any language, of what stands before the words of a
// message: what it answers, and whose words it passes on.
func (e *exporter) of(m *MessageView) string {
	var parts []string
	if q := m.Reply; q != nil {
		parts = append(parts, strings.TrimSpace("↩ "+oneLineOf(e.person(q.Name))+" "+oneLineOf(e.quote(q))))
	}
	if m.Forward != nil {
		parts = append(parts, "↪ "+oneLineOf(e.person(m.Forward.Name)))
	}
	return strings.Join(parts, " · ")
}

// about is one line, without words of any language, of what has become of a message since:
// when it was edited, and its reactions.
func (e *exporter) about(m *MessageView) string {
	var parts []string
	if !m.Edited.IsZero() {
		parts = append(parts, "✎ "+zone.In(m.Edited).Format("2006-01-02 15:04"))
	}
	for _, r := range m.Reactions {
		parts = append(parts, fmt.Sprint(oneLineOf(r.Emoji), " ", r.Count))
	}
	return strings.Join(parts, " · ")
}

// words of an event: what was written, or what happened.
func (e *exporter) words(m *MessageView) string {
	if hasWords(m) {
		return m.Text
	}
	words := string(m.Kind)
	if e.r.Words.Event != nil {
		words = e.r.Words.Event(m)
	}
	if m.Kind == chat.KindMessage && m.Erased && m.Name != "" {
		words = linkguard.Isolate(e.person(m.Name)) + ": " + words // they do not say whose it was
	}
	return words
}

// person is somebody's name in the words of the export.
func (e *exporter) person(name string) string {
	if e.r.Words.Person == nil {
		return name
	}
	return e.r.Words.Person(name)
}

// quote is what is shown of a message that another one answers.
func (e *exporter) quote(q *QuoteView) string {
	if e.r.Words.Quote == nil {
		return markup.PlainText(q.Text)
	}
	return e.r.Words.Quote(q)
}

// oneLineOf makes people's words harmless in a line of ours.
func oneLineOf(s string) string { return strings.Join(strings.Fields(visibleText(s)), " ") }

// visibleText takes out what moves the cursor or turns the direction of text.
func visibleText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < ' ' || r >= 0x7f && r < 0xa0:
			return '\uFFFD'
		case r == 0x061C || r >= 0x200E && r <= 0x200F || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, strings.ToValidUTF8(strings.ReplaceAll(s, "\r\n", "\n"), "\uFFFD"))
}
