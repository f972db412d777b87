package app

import (
	"html/template"
	"time"

	"hearth/internal/markup"
	"hearth/internal/zone"
)

// shownMessage is a message on a page; package template escapes its strings.
type shownMessage struct {
	ID        string
	Own, Lost bool
	Name      string
	Time      string // of the day, here
	Moment    string // the same for programs
	Body      template.HTML
	Files     []shownFile
	Reply     *shownQuote
	Forward   string // whose words it passes on
	Edited    string // when
	Reactions []ReactionView
}

// shownQuote is what a message answers.
type shownQuote struct {
	Seq        uint64 // 0: it is not on the page
	Name, Text string
}

// html writes one event on the page.
func (e *exporter) html(m *MessageView, files []ExportedFile) error {
	if day, first := e.newDay(m); first {
		if err := exportPage.ExecuteTemplate(e.out, "day", day); err != nil {
			return err
		}
	}
	x := shownMessage{
		ID: e.place(m), Own: m.Own, Lost: m.Lost, Name: visibleText(e.person(m.Name)), Files: e.shown(files), Reactions: m.Reactions,
		Time: zone.In(m.Time).Format("15:04"), Moment: m.Time.UTC().Format(time.RFC3339),
	}
	if !hasWords(m) {
		x.Body = markup.Isolated(e.words(m))
		return exportPage.ExecuteTemplate(e.out, "event", x)
	}
	if m.Text != "" {
		x.Body = markup.HTML(m.Text)
	}
	if q := m.Reply; q != nil {
		x.Reply = &shownQuote{Name: oneLineOf(e.person(q.Name)), Text: oneLineOf(e.quote(q))}
		if !q.Missing {
			x.Reply.Seq = uint64(q.Seq)
		} else {
			x.Reply.Name = ""
		}
	}
	if m.Forward != nil {
		x.Forward = oneLineOf(e.person(m.Forward.Name))
	}
	if !m.Edited.IsZero() {
		x.Edited = zone.In(m.Edited).Format("2006-01-02 15:04")
	}
	return exportPage.ExecuteTemplate(e.out, "message", x)
}

// exportPage is the page of ExportHTML. It forbids itself everything but its own
// style: what people wrote is text in it and nothing else.
var exportPage = template.Must(template.New("").Parse(`
{{define "head"}}<!doctype html>
<html lang="{{.Language}}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Room}} – {{.Group}}</title>
<style>
:root { color-scheme: light dark; --back: #f4f5f8; --card: #fff; --own: #e3e6fc; --text: #14171f; --faint: #5f6675; --line: #e6e8ee; --code: #eceef3; --accent: #4a55d6 }
@media (prefers-color-scheme: dark) { :root { --back: #101216; --card: #1d2027; --own: #383f86; --text: #e9ebf0; --faint: #9aa1b0; --line: #252932; --code: #14171d; --accent: #9aa4ff } .own { --faint: #c6cbef !important } }
body { margin: 0 auto; max-width: 46rem; padding: 2rem 1rem; background: var(--back); color: var(--text); font: 15px/1.45 system-ui, sans-serif }
h1 { font-size: 1.4rem; margin: 0 } header p, time, .event, .gap, small { color: var(--faint) } header { margin-bottom: 1.5rem }
h2 { font-size: .8rem; font-weight: 600; text-align: center; color: var(--faint); margin: 1.6rem 0 .8rem } h2.lost { margin-top: 2.4rem; padding-top: 1.6rem; border-top: 1px solid var(--line); color: var(--text) }
a { color: var(--accent) } time, small { font-size: .8rem }
.message { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: .5rem .8rem; margin: .35rem 0; overflow-wrap: anywhere } .message.lost { border: 1px dashed var(--faint) }
.message:target { outline: 2px solid var(--accent) } .own { --faint: #4c5369; background: var(--own); border-color: var(--own) } .message > b { margin-right: .5rem }
.reply, .from { margin: .25rem 0; padding-left: .6rem; border-left: 3px solid var(--accent); color: var(--faint); font-size: .9em } .reply a { color: inherit; text-decoration: none }
.body p { margin: .15rem 0 0; white-space: pre-wrap; unicode-bidi: plaintext } .body .apart { margin-top: 1.1em }
.body blockquote { margin: .25rem 0; padding-left: .7rem; border-left: 3px solid var(--accent); color: var(--faint) }
.body ul { list-style: none; margin: 0; padding-inline-start: 1.5em } .mark { display: inline-block; min-width: 1.2em; margin-inline-start: -1.5em; text-align: end }
.body code { font: .92em/1.4 ui-monospace, monospace; background: var(--code); border-radius: 4px; padding: .1em .3em }
.body pre { margin: .35rem 0; padding: .6rem .8rem; background: var(--code); border-radius: 8px; overflow-x: auto } .body pre code { background: none; padding: 0 }
.body pre[title]::before { content: attr(title); display: block; margin-bottom: .3rem; color: var(--faint); font-size: .8rem }
.file { margin: .15rem 0 0 } .file img { display: block; max-width: 100%; max-height: 24rem; border-radius: 8px }
.reactions span { display: inline-block; margin: .3rem .3rem 0 0; padding: .05rem .5rem; background: var(--code); border-radius: 1rem }
.event, .gap { text-align: center; font-size: .85rem; margin: .5rem 0 }
</style>
</head>
<body>
<header><h1><bdi>{{.Room}}</bdi></h1><p><bdi>{{.Group}}</bdi>{{with .Topic}} · <bdi>{{.}}</bdi>{{end}}</p></header>
{{end}}
{{define "day"}}<h2>{{.}}</h2>
{{end}}
{{define "message"}}<div class="message{{if .Own}} own{{end}}{{if .Lost}} lost{{end}}" id="{{.ID}}"><b><bdi>{{.Name}}</bdi></b><time datetime="{{.Moment}}">{{.Time}}</time>{{with .Edited}} <small>✎ {{.}}</small>{{end -}}
{{with .Forward}}<div class="from">↪ <bdi>{{.}}</bdi></div>{{end -}}
{{with .Reply}}<div class="reply">{{if .Seq}}<a href="#m{{.Seq}}">↩ <b><bdi>{{.Name}}</bdi></b> <bdi>{{.Text}}</bdi></a>{{else}}↩ <bdi>{{.Text}}</bdi>{{end}}</div>{{end -}}
{{if .Body}}<div class="body" dir="auto">{{.Body}}</div>{{end -}}
{{range .Files}}<p class="file">{{if .Link}}<a href="{{.Link}}" download>{{with .Image}}<img src="{{.}}" alt="" loading="lazy">{{end}}<bdi>{{.Name}}</bdi></a>{{else}}{{with .Image}}<img src="{{.}}" alt="" loading="lazy">{{end}}<bdi>{{.Name}}</bdi>{{end}} · {{.Size}}{{with .Absent}} · {{.}}{{end}}</p>{{end -}}
{{with .Reactions}}<div class="reactions">{{range .}}<span>{{.Emoji}} {{.Count}}</span>{{end}}</div>{{end}}</div>
{{end}}
{{define "event"}}<div class="event" id="{{.ID}}">{{.Body}} <time datetime="{{.Moment}}">{{.Time}}</time></div>
{{end}}
{{define "lost"}}<h2 class="lost">{{.}}</h2>
{{end}}
{{define "gap"}}<div class="gap">… {{.}} …</div>
{{end}}
{{define "foot"}}</body>
</html>
{{end}}`))
