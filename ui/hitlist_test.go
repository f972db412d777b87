package ui

import (
	"strings"
	"testing"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/tr"
)

// TestHitHead: a long name leaves the room its words or a share, and the time is whole and
// inside, at whatever width.
func TestHitHead(t *testing.T) {
	for _, screen := range []string{"main,light,en", "main,dark,mt,large"} {
		g, q := newGallery(t, screen)
		q.run()
		u := g.u
		s, f := manyFound(u, 3)
		f.hits[0].Message.Name = strings.Repeat("Bartholomew ", 5)
		f.hits[1].Message.Name = strings.Repeat("Bartholomew ", 5)
		f.hits[1].Room, f.hits[1].RoomName = chat.NewRoomID(), strings.Repeat("garden ", 10)
		s.show(f, true)
		for i, o := range s.list.inner.Objects {
			r := o.(*hitRow)
			if r.when == nil {
				t.Fatal("the window is narrow")
			}
			width := r.head.Size().Width
			if end := r.when.Position().X + r.when.Size().Width; end > width+0.5 || r.when.Size().Width < r.when.Natural() {
				t.Errorf("%s: line %d: the time ends at %v of %v and has %v of %v", screen, i, end, width, r.when.Size().Width, r.when.Natural())
			}
			both := r.when.Position().X - 2*hitGap
			if r.where.Size().Width < min(r.where.Natural(), both*hitWhere)-0.5 {
				t.Errorf("%s: line %d: the room has %v of %v", screen, i, r.where.Size().Width, r.where.Natural())
			}
			if r.name.Size().Width < min(r.name.Natural(), both*(1-hitWhere))-0.5 {
				t.Errorf("%s: line %d: the name has %v of %v", screen, i, r.name.Size().Width, r.name.Natural())
			}
		}
	}
}

// TestSearchBlocked: the words and files of somebody who is blocked are folded away among
// what is found, too.
func TestSearchBlocked(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	s, f := manyFound(g.u, 1)
	f.hits[0].Terms = []string{"word", "hidden", "message"}
	f.hits[0].Message.Files = []app.FileView{{File: chat.File{Name: "secret.txt"}}}
	s.show(f, true)
	r := s.list.inner.Objects[0].(*hitRow)
	if !strings.Contains(r.words.Text(), "word 0") || !strings.Contains(r.words.Text(), "secret.txt") || !r.file.Visible() {
		t.Fatalf("it shows %q", r.words.Text())
	}
	blocked := f
	blocked.hits = []hitIn{f.hits[0]}
	blocked.hits[0].Message.Blocked = true
	s.show(blocked, true)
	r = s.list.inner.Objects[0].(*hitRow)
	if r.words.Text() != tr.S("row.blocked") || r.file.Visible() || r.name.Text() != "Ann 0" {
		t.Errorf("it shows %q by %q", r.words.Text(), r.name.Text())
	}
	if said := s.list.AccessibilityLabel(); strings.Contains(said, "word 0") || strings.Contains(said, "secret") {
		t.Errorf("it says %q", said)
	}
}
