package ui

import (
	"hearth/app"
	"hearth/ui/timeline"
)

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
