package narrate

import (
	"strconv"
	"strings"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/linkguard"
	"hearth/internal/markup"
	"hearth/ui/tr"
)

// Size is a size as people read it: three digits at most.
func Size(n int64) string {
	if n < 1000 {
		return tr.N("size.bytes", int(n))
	}
	v := float64(n) / 1000
	for _, unit := range []tr.Key{"size.kb", "size.mb", "size.gb"} {
		digits := 0
		if v < 9.95 {
			digits = 1
		}
		if v < 999.5 || unit == "size.gb" {
			return tr.F(unit, "N", strconv.FormatFloat(v, 'f', digits, 64))
		}
		v /= 1000
	}
	return ""
}

// Message is a message in one line: its words, or if it has none what it carries.
func Message(text string, c app.Carried) string {
	if line := strings.Join(strings.Fields(markup.PlainText(text)), " "); line != "" {
		return line
	}
	switch {
	case c.Pictures:
		return tr.N("carried.pictures", c.Files)
	case c.Files == 1:
		return FileName(c.File)
	case c.Files > 0:
		return tr.N("carried.files", c.Files)
	}
	return ""
}

// NameLinks shows links to messages in a line, which are addresses of a hundred characters,
// by what they are. One that the line breaks off counts.
func NameLinks(line string) string {
	const scheme, fair = chat.Scheme + ":message/", 40
	if !strings.Contains(line, scheme) {
		return line
	}
	words := strings.Split(line, " ")
	for i, w := range words {
		lead, rest, ok := strings.Cut(w, scheme)
		if !ok {
			continue
		}
		link := scheme + rest
		tail := strings.TrimLeft(link, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:/?=")
		link = strings.TrimSuffix(link, tail)
		_, err := chat.ParsePlaceLink(link)
		if err == nil || i == len(words)-1 && len(link) > len(scheme)+fair {
			words[i] = lead + tr.S("place.link") + tail
		}
	}
	return strings.Join(words, " ")
}

// FileName is a file's name as it is shown.
func FileName(name string) string {
	if name = linkguard.CleanName(name); name == "" {
		return tr.S("file.unnamed")
	}
	return name
}

// Quote is what is shown of a message that another one answers; quiet: it says why
// there is nothing to show.
func Quote(q *app.QuoteView) (text string, quiet bool) {
	switch {
	case q.Blocked:
		return tr.S("row.blocked"), true
	case q.Erased:
		return tr.S("row.erased"), true
	case q.Missing:
		return tr.S("quote.missing"), true
	}
	return Message(q.Text, q.Carried), false
}

// Export is what an export says in words of ours.
func Export() app.ExportWords {
	return app.ExportWords{
		Language: tr.Lang(), Person: Person, Size: Size, Absent: tr.S("export.absent.one"), Preview: tr.S("export.preview.one"), Lost: tr.S("export.lost"),
		Event: func(m *app.MessageView) string { text, _ := Event(m); return text },
		Quote: func(q *app.QuoteView) string { text, _ := Quote(q); return text },
	}
}
