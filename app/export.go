package app

import (
	"bufio"
	"context"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"hearth/chat"
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
	// Line says what an event that is no message is, in a person's words.
	Line func(*MessageView) string
	// Language is that of Line, for the page: "en", "zh", "mt".
	Language string
	// Folder, if not "", gets copies of those files that are on this disk; what was
	// written out names them from the folder beside it, by Folder's last part.
	Folder string
	// Body is the markup that a page shows of what somebody wrote, which must be
	// harmless; nil: the words as they were typed.
	Body func(text string) template.HTML
	// Size is the length of a file in a person's words; nil: in English.
	Size func(bytes int64) string
	// Absent is said of a file that Folder gets no copy of, as it is not on this disk.
	Absent string
	// Progress, if not nil, is told on the caller's goroutine after each stretch of the
	// log how far the writing is, of how many events.
	Progress func(done, all uint64)
}

// Exported is what an export came to.
type Exported struct {
	Events int // written
	Copies int // of files in the folder
	Absent int // files that are not on this disk; counted where a folder was given
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
	// What changes behind a message say of it, and what it answers.
	Edited    string         `json:"edited,omitzero"`  // when it got this text
	Reply     uint64         `json:"reply,omitzero"`   // sequence of the message it answers
	Forward   string         `json:"forward,omitzero"` // whose words it claims to pass on
	Pinned    bool           `json:"pinned,omitzero"`
	Reactions map[string]int `json:"reactions,omitempty"`
	Target    uint64         `json:"target,omitzero"` // what was pinned
	Files     []ExportedFile `json:"files,omitzero"`
	Missing   uint64         `json:"missing,omitzero"` // how many events are missing here
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
		write = e.json
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
	if err := e.end(); err != nil {
		return e.done, err
	}
	return e.done, out.Flush()
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
	done  Exported
}

func (e *exporter) begin() error {
	var err error
	switch e.r.Format {
	case ExportText:
		_, err = fmt.Fprintf(e.out, "%s — %s\n", oneLineOf(e.group), oneLineOf(e.view.Name))
	case ExportHTML:
		err = exportPage.ExecuteTemplate(e.out, "head", map[string]string{
			"Group": e.group, "Room": e.view.Name, "Topic": e.view.Topic, "Language": e.r.Language,
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
	day := m.Time.Local().Format(time.DateOnly)
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
		text = oneLineOf(m.Name) + ": " + strings.ReplaceAll(visibleText(text), "\n", "\n       ") + e.fileLines(files)
	} else {
		text = "* " + oneLineOf(text)
	}
	if about := about(m); about != "" {
		text += "\n       " + about
	}
	_, err := fmt.Fprintf(e.out, "%s  %s\n", m.Time.Local().Format("15:04"), text)
	return err
}

// about is one line, without words of any language, of what belongs to a message
// besides its text: what it answers, whose words it passes on, when it was edited, and
// its reactions.
func about(m *MessageView) string {
	var parts []string
	if q := m.Reply; q != nil {
		parts = append(parts, strings.TrimSpace("↩ "+oneLineOf(q.Name)+" "+oneLineOf(q.Text)))
	}
	if m.Forward != nil {
		parts = append(parts, "↪ "+oneLineOf(m.Forward.Name))
	}
	if !m.Edited.IsZero() {
		parts = append(parts, "✎ "+m.Edited.Local().Format("2006-01-02 15:04"))
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
	if e.r.Line == nil {
		return string(m.Kind)
	}
	return e.r.Line(m)
}

func (e *exporter) json(m *MessageView, files []ExportedFile) error {
	x := ExportedEvent{
		Room: e.view.ID.String(), Seq: uint64(m.Seq), MID: m.MID.String(), Name: m.Name, Time: m.Time.UTC().Format(time.RFC3339Nano),
		Kind: string(m.Kind), Text: m.Text, Subject: m.Subject, Value: m.Value, Chain: m.Chain.String(), Erased: m.Erased, Files: files,
	}
	if !m.Author.IsZero() {
		x.Author = m.Author.String()
	}
	x.Target, x.Pinned = uint64(m.Target), m.Pinned
	if !m.Edited.IsZero() {
		x.Edited = m.Edited.UTC().Format(time.RFC3339Nano)
	}
	if m.Reply != nil {
		x.Reply = uint64(m.Reply.Seq)
	}
	if m.Forward != nil {
		x.Forward = m.Forward.Name
	}
	for _, r := range m.Reactions {
		if x.Reactions == nil {
			x.Reactions = map[string]int{}
		}
		x.Reactions[r.Emoji] = r.Count
	}
	return e.object(&x)
}

func (e *exporter) object(x *ExportedEvent) error {
	data, err := json.Marshal(x)
	if err != nil {
		return fmt.Errorf("encode an event: %w", err)
	}
	_, err = e.out.Write(append(data, '\n'))
	return err
}

func (e *exporter) html(m *MessageView, files []ExportedFile) error {
	day, first := e.newDay(m)
	if first {
		if err := exportPage.ExecuteTemplate(e.out, "day", day); err != nil {
			return err
		}
	}
	name := "event"
	if hasWords(m) {
		name = "message"
	}
	var body template.HTML
	if name == "message" && e.r.Body != nil && m.Text != "" {
		body = e.r.Body(m.Text)
	}
	return exportPage.ExecuteTemplate(e.out, name, map[string]any{
		"Body": body, "Seq": uint64(m.Seq), "Name": m.Name, "Time": m.Time.Local().Format("15:04"), "Moment": m.Time.UTC().Format(time.RFC3339),
		"Text": visibleText(e.words(m)), "Own": m.Own, "Files": e.shown(files), "About": about(m),
	})
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

// exportPage is the page of ExportHTML. It forbids itself everything but its own
// style: what people wrote is text in it and nothing else.
var exportPage = template.Must(template.New("").Parse(`
{{define "head"}}<!doctype html>
<html lang="{{.Language}}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Room}} – {{.Group}}</title>
<style>
:root { color-scheme: light dark; --back: #f4f5f8; --card: #fff; --own: #e3e6fc; --text: #14171f; --faint: #5f6675; --line: #e6e8ee; --code: #eceef3; --accent: #4a55d6 }
@media (prefers-color-scheme: dark) { :root { --back: #101216; --card: #1d2027; --own: #383f86; --text: #e9ebf0; --faint: #9aa1b0; --line: #252932; --code: #14171d; --accent: #9aa4ff } }
body { margin: 0 auto; max-width: 46rem; padding: 2rem 1rem; background: var(--back); color: var(--text); font: 15px/1.45 system-ui, sans-serif }
h1 { font-size: 1.4rem; margin: 0 } header p, time, .event, .gap { color: var(--faint) } header { margin-bottom: 1.5rem }
h2 { font-size: .8rem; font-weight: 600; text-align: center; color: var(--faint); margin: 1.6rem 0 .8rem }
.message { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: .5rem .8rem; margin: .35rem 0 }
.own { background: var(--own); border: 0 } .message b { margin-right: .5rem } time { font-size: .8rem }
.message p { margin: .15rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere } .body { overflow-wrap: anywhere } .body p { unicode-bidi: plaintext }
.body blockquote { margin: .25rem 0; padding-left: .7rem; border-left: 3px solid var(--accent); color: var(--faint) } .body code { font: .92em/1.4 ui-monospace, monospace; background: var(--code); border-radius: 4px; padding: .1em .3em }
.body pre { margin: .35rem 0; padding: .6rem .8rem; background: var(--code); border-radius: 8px; overflow-x: auto } .body pre code { background: none; padding: 0 } a { color: var(--accent) }
.file img { display: block; max-width: 100%; max-height: 24rem; border-radius: 8px } .event, .gap { text-align: center; font-size: .85rem; margin: .5rem 0 }
</style>
</head>
<body>
<header><h1>{{.Room}}</h1><p>{{.Group}}{{with .Topic}} · {{.}}{{end}}</p></header>
{{end}}
{{define "day"}}<h2>{{.}}</h2>
{{end}}
{{define "message"}}<div class="message{{if .Own}} own{{end}}" id="m{{.Seq}}"><b><bdi>{{.Name}}</bdi></b><time datetime="{{.Moment}}">{{.Time}}</time>{{if .Body}}<div class="body" dir="auto">{{.Body}}</div>{{else if .Text}}<p dir="auto">{{.Text}}</p>{{end}}{{range .Files}}<p class="file">{{if .Link}}<a href="{{.Link}}" download>{{if .Picture}}<img src="{{.Link}}" alt="" loading="lazy">{{end}}<bdi>{{.Name}}</bdi></a>{{else}}<bdi>{{.Name}}</bdi>{{end}} · {{.Size}}{{with .Absent}} · {{.}}{{end}}</p>{{end}}{{with .About}}<small dir="auto">{{.}}</small>{{end}}</div>
{{end}}
{{define "event"}}<div class="event" id="m{{.Seq}}"><bdi>{{.Text}}</bdi> <time datetime="{{.Moment}}">{{.Time}}</time></div>
{{end}}
{{define "gap"}}<div class="gap">… {{.}} …</div>
{{end}}
{{define "foot"}}</body>
</html>
{{end}}`))
