package ui

import (
	"strings"

	"hearth/app"
	"hearth/ui/textblock"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// messageLine is a message in one line: its words, or if it has none what it carries.
func messageLine(text string, c app.Carried) string {
	if line := strings.Join(strings.Fields(textblock.PlainText(text)), " "); line != "" {
		return line
	}
	switch {
	case c.Pictures:
		return tr.N("carried.pictures", c.Files)
	case c.Files == 1 && cleanFileName(c.File) != "":
		return cleanFileName(c.File)
	case c.Files > 0:
		return tr.N("carried.files", c.Files)
	}
	return ""
}

// carriedBy says in short what files a row has.
func carriedBy(r *timeline.Row) (c app.Carried) {
	for i, f := range r.Files {
		if i == 0 {
			c = app.Carried{Files: len(r.Files), File: f.Name, Pictures: true}
		}
		c.Pictures = c.Pictures && f.Picture
	}
	return c
}
