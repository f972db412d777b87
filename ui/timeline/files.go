package timeline

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hearth/internal/linkguard"
	"hearth/ui/look"
)

// File is a file of a message: a picture that is shown, or a card. Name is as its
// sender wrote it; Note is ours.
type File struct {
	Key           string // identity of the content
	Name          string
	Note          string // size, progress or what went wrong, in words
	Bad           bool   // Note says what went wrong
	Picture       bool
	Width, Height int // of pictures, in pixels; what the sender says
	Move          Move
	Part          float32 // how much of it has moved, 0 to 1
	Moves         bool    // a picture that may be played; its owner plays it, see PictureMoved
	Tag           any     // the owner's; the same as long as Key is
}

// Move is what goes on with a file.
type Move int

// Moves.
const (
	Still    Move = iota
	Moving        // being sent
	Fetching      // being fetched
	Paused        // sending was paused
	Stopped       // it failed; Note says why
)

// FileAct is what a person may do with a file.
type FileAct int

// What may be done with files.
const (
	FileNone    FileAct = iota
	FileView            // show a picture large
	FileSave            // keep a copy
	FileSaveAll         // of each file of the message
	FilePause           // sending
	FileResume          // sending
	FileCancel          // sending or fetching: this file alone
	FileRetry
)

// same compares what is shown.
func (f File) same(o File) bool {
	f.Tag, o.Tag = nil, nil
	return f == o
}

// acts are what the marks on a file do: the main one and the other.
func (f *File) acts() (main, other FileAct) {
	switch f.Move {
	case Moving:
		return FilePause, FileCancel
	case Paused:
		return FileResume, FileCancel
	case Fetching:
		return FileCancel, FileNone
	case Stopped:
		return FileRetry, FileNone
	}
	if f.Picture {
		return FileNone, FileNone
	}
	return FileSave, FileNone
}

// Act is what a click on the file does, apart from its marks.
func (f *File) Act() FileAct {
	if f.Picture {
		return FileView
	}
	if f.Move == Still {
		return FileSave
	}
	return FileNone
}

// Distances of files.
const (
	picInset  float32 = 4   // between a picture and the bubble's edge
	picGap    float32 = 3   // between pictures
	picMost   float32 = 420 // widest group of pictures
	picTall   float32 = 340 // highest picture
	picLeast  float32 = 84  // least side
	cardPad   float32 = 8
	cardGap   float32 = 6
	cardIcon  float32 = 40
	cardMost  float32 = 320
	markDisc  float32 = 40 // on a picture
	barThick  float32 = 3
	captionIn float32 = 220 // least width a caption gets under a narrow picture
)

// fileBox is where a file stands in its row.
type fileBox struct {
	box
	index       int // in Row.Files
	picture     bool
	whole       bool // a picture that is alone: shown whole, not cut to its place
	name        string
	nameAt      box
	note        string
	noteAt      box
	main, other box // marks; W 0 none
}

// filesOf measures the files of a message: it returns the width they need within the
// bubble's padding and their height. The boxes are relative to the padding's corner.
func (m *measured) filesOf(g geometry, most float32) (width, height float32) {
	var pictures, cards []int
	for i := range m.row.Files {
		if m.row.Files[i].Picture {
			pictures = append(pictures, i)
		} else {
			cards = append(cards, i)
		}
	}
	if len(pictures) > 0 {
		m.placePictures(pictures, most+2*(padX-picInset))
		last := m.files[len(m.files)-1]
		width, height = last.X+last.W-2*(padX-picInset), last.Y+last.H
		for i := range m.files {
			f := &m.files[i]
			for _, b := range []*box{&f.box, &f.main, &f.other} {
				b.X -= padX - picInset
			}
		}
	}
	if len(cards) == 0 {
		return width, height
	}
	wide := min(most, max(cardMost*g.sizes.Body/14, width))
	for _, i := range cards {
		if height > 0 {
			height += cardGap
		}
		b := m.card(g, i, wide)
		b.Y = height
		m.files = append(m.files, b)
		height += b.H
	}
	return max(width, wide), height
}

// gridRows says how many pictures stand in each row of a group.
func gridRows(n int) []int {
	switch n {
	case 1, 2, 3:
		return []int{n}
	case 5:
		return []int{2, 3}
	case 7:
		return []int{2, 2, 3}
	case 8:
		return []int{2, 3, 3}
	case 10:
		return []int{3, 3, 4}
	}
	if n%3 == 0 {
		return repeat(3, n/3)
	}
	return repeat(2, (n+1)/2)
}

func repeat(n, times int) (list []int) {
	for range times {
		list = append(list, n)
	}
	return list
}

// wideEnough is how much wider than its shape the place of a picture that is alone may
// be before the picture stands in the middle of it instead of filling it.
const wideEnough = 1.35

// placePictures gives each picture its place: from what its sender says of its size,
// before anything of it is loaded, so that nothing moves when it is.
func (m *measured) placePictures(which []int, most float32) {
	most = min(most, picMost)
	if len(which) == 1 {
		f := &m.row.Files[which[0]]
		w, h := pictureSize(f, most)
		m.files = append(m.files, m.marked(fileBox{box: box{0, 0, w, h}, index: which[0], picture: true, whole: true}))
		return
	}
	y := float32(0)
	for _, n := range gridRows(len(which)) {
		n = min(n, len(which))
		side := (most - float32(n-1)*picGap) / float32(n)
		high := min(side, most*0.56)
		for i := range n {
			m.files = append(m.files, m.marked(fileBox{box: box{float32(i) * (side + picGap), y, side, high}, index: which[i], picture: true}))
		}
		which, y = which[n:], y+high+picGap
	}
}

// pictureSize is the place of a picture that is alone: its own shape within limits.
func pictureSize(f *File, most float32) (w, h float32) {
	w, h = float32(f.Width), float32(f.Height)
	if w < 1 || h < 1 {
		w, h = 240, 180
	}
	if scale := min(1, most/w, picTall/h); scale < 1 {
		w, h = w*scale, h*scale
	}
	return min(most, max(picLeast, w)), max(picLeast, h)
}

// marked places the marks on a picture.
func (m *measured) marked(b fileBox) fileBox {
	main, other := m.row.Files[b.index].acts()
	if main != FileNone {
		side := min(markDisc, b.W-8, b.H-8)
		b.main = box{b.X + (b.W-side)/2, b.Y + (b.H-side)/2, side, side}
	}
	if other != FileNone {
		side := min(26, b.W/3)
		b.other = box{b.X + b.W - side - 6, b.Y + 6, side, side}
	}
	return b
}

// card measures a file that is no picture.
func (m *measured) card(g geometry, i int, wide float32) fileBox {
	f := &m.row.Files[i]
	b := fileBox{index: i}
	b.W, b.H = wide, max(cardIcon, g.sizes.Line+g.sizes.Line-2)+2*cardPad
	right := wide - 4
	main, other := f.acts()
	for _, mark := range []struct {
		act FileAct
		at  *box
	}{{other, &b.other}, {main, &b.main}} {
		if mark.act != FileNone {
			right -= toolSide
			*mark.at = box{right, (b.H - toolSide) / 2, toolSide, toolSide}
		}
	}
	left := cardPad + cardIcon + 10
	room := max(40, right-left-4)
	b.name = look.ElideFile(cleanFile(f.Name), room, g.sizes.Body, bold)
	b.note = look.Elide(f.Note, room, g.sizes.Caption, fyne.TextStyle{})
	top := (b.H - 2*g.sizes.Line + 2) / 2
	b.nameAt = box{left, top, room, g.sizes.Line}
	b.noteAt = box{left, top + g.sizes.Line - 1, room, g.sizes.Line - 1}
	return b
}

// cleanFile is a file's name as it is shown.
func cleanFile(name string) string {
	if name = linkguard.CleanName(name); name == "" {
		return "?"
	}
	return name
}

// shiftFiles moves what filesOf placed to a point, and stretches it to the width of
// the bubble within its padding.
func (m *measured) shiftFiles(at fyne.Position, width float32) {
	span := width + 2*(padX-picInset)
	grid := float32(0) // width of the widest row of pictures
	for i := range m.files {
		if f := &m.files[i]; f.picture {
			grid = max(grid, f.X+f.W+padX-picInset)
		}
	}
	for i := range m.files {
		f := &m.files[i]
		old := f.box
		if f.picture && grid > 0 && grid < span {
			left := f.X + padX - picInset
			f.X, f.W = left*span/grid-(padX-picInset), f.W*span/grid
			// A little wider than its shape it fills its place; beside bars of grey it
			// would look as if something were missing.
			f.whole = f.whole && f.W > wideEnough*old.W
			f.main.X += f.X - old.X + (f.W-old.W)/2
			f.other.X += f.X + f.W - old.X - old.W
		} else if !f.picture {
			f.W = width
			f.main.X, f.other.X = f.main.X+width-old.W, f.other.X+width-old.W
		}
		marks := at
		if !f.picture { // those of cards are relative to the card
			marks = at.AddXY(f.X, f.Y)
		}
		f.X, f.Y = f.X+at.X, f.Y+at.Y
		for _, b := range []*box{&f.main, &f.other, &f.nameAt, &f.noteAt} {
			b.X, b.Y = b.X+marks.X, b.Y+marks.Y
		}
	}
}

// pictured reports whether pictures are all there is in a message: then the time
// stands on them.
func (m *measured) pictured() bool {
	return m.row.Text == "" && len(m.files) > 0 && m.files[len(m.files)-1].picture
}

// hitFiles finds the file at a point of a row.
func (m *measured) hitFiles(h *hit, in fyne.Position) bool {
	for i := range m.files {
		f := &m.files[i]
		if !f.holds(in) {
			continue
		}
		h.part, h.at = onFile, f.index
		switch {
		case f.main.W > 0 && f.main.holds(in):
			h.part = onFileMain
		case f.other.W > 0 && f.other.holds(in):
			h.part = onFileOther
		}
		return true
	}
	return false
}

// actOnFile does what a click on a file means.
func (t *Timeline) actOnFile(h hit) bool {
	if h.row == nil || h.at >= len(h.row.Files) || h.part < onFile || h.part > onFileOther {
		return false
	}
	f := &h.row.Files[h.at]
	act := f.Act()
	main, other := f.acts()
	switch h.part {
	case onFileMain:
		act = main
	case onFileOther:
		act = other
	}
	t.doFile(h.row, h.at, act)
	return true
}

func (t *Timeline) doFile(r *Row, i int, act FileAct) {
	if t.hooks.OnFile != nil && act != FileNone {
		t.hooks.OnFile(r, i, act)
	}
}

// PictureChanged draws the rows anew that show a content: there is more of it now.
// Nothing moves: its place was reserved.
func (t *Timeline) PictureChanged(key string) {
	found := false
	for i := range t.placed {
		p := &t.placed[i]
		for j := range p.m.row.Files {
			if p.m.row.Files[j].Key == key && p.view != nil {
				p.view.m, found = nil, true
			}
		}
	}
	if found {
		t.arrange()
	}
}

// PictureMoved draws the next frame of a picture that is being played, and nothing else; it
// reports whether that is in view.
func (t *Timeline) PictureMoved(key string) bool {
	found := false
	for i := range t.placed {
		p := &t.placed[i]
		if p.view == nil || p.y >= t.Size().Height || p.bottom() <= 0 {
			continue
		}
		at := 0
		for j := range p.m.files {
			b := &p.m.files[j]
			if !b.picture {
				continue
			}
			if p.m.row.Files[b.index].Key == key && at < len(p.view.files.pictures) {
				v := p.view.files.pictures[at]
				v.img.Image = t.hooks.Picture(p.m.row, b.index)
				canvas.Refresh(v.img)
				found = true
			}
			at++
		}
	}
	return found
}

// over tells the owner once that the pointer has come upon a picture that moves.
func (t *Timeline) over(h hit) {
	key := ""
	if h.row != nil && h.part >= onFile && h.part <= onFileOther && h.at < len(h.row.Files) {
		if f := &h.row.Files[h.at]; f.Moves && !t.veiled(h.row, h.at) {
			key = f.Key
		}
	}
	if key == t.pointer.over {
		return
	}
	t.pointer.over = key
	if key != "" && t.hooks.OnOver != nil {
		t.hooks.OnOver(h.row, h.at)
	}
}

// PicturesChanged draws the rows with pictures anew: which are veiled has changed.
func (t *Timeline) PicturesChanged() {
	found := false
	for i := range t.placed {
		p := &t.placed[i]
		for j := range p.m.row.Files {
			if p.m.row.Files[j].Picture && p.view != nil {
				p.view.m, found = nil, true
			}
		}
	}
	if found {
		t.arrange()
	}
}

func (t *Timeline) veiled(r *Row, i int) bool { return t.hooks.Veiled != nil && t.hooks.Veiled(r, i) }

// FaceChanged draws the rows of an author anew: they show another picture now.
func (t *Timeline) FaceChanged(author string) {
	found := false
	for i := range t.placed {
		if p := &t.placed[i]; p.m.row.Author == author && p.m.avatarAt.H > 0 && p.view != nil {
			p.view.m, found = nil, true
		}
	}
	if found {
		t.arrange()
	}
}

// fileItems are the entries about one file of a row in its menu, or all of them.
func (t *Timeline) fileItems(r *Row, only int) (items []look.MenuItem) {
	if t.hooks.OnFile == nil {
		return nil
	}
	few := only != allFiles || len(r.Files) <= mostListed
	for i := range r.Files {
		f := &r.Files[i]
		if only != allFiles && only != i {
			continue
		}
		add := func(act FileAct, icon look.Icon, words string) {
			if only == allFiles && len(r.Files) > 1 && act != FilePause && act != FileResume {
				words += ": " + look.ElideFile(cleanFile(f.Name), 160, look.Sizes().Body, fyne.TextStyle{})
			}
			items = append(items, look.MenuItem{Text: words, Icon: icon, Action: func() { t.doFile(r, i, act) }})
		}
		main, other := f.acts()
		for _, act := range []FileAct{main, other} {
			if i > max(0, only) && (act == FilePause || act == FileResume) {
				continue // they are about the whole message
			}
			switch act {
			case FilePause:
				add(act, look.IconPause, t.words.Files.Pause)
			case FileResume:
				add(act, look.IconPlay, t.words.Files.Resume)
			case FileCancel:
				if f.Move == Fetching || len(r.Files) == 1 {
					add(act, look.IconClose, t.words.Files.Cancel)
				} else {
					add(act, look.IconClose, t.words.Files.Remove)
				}
			case FileRetry:
				add(act, look.IconRefresh, t.words.Retry)
			}
		}
		switch {
		case !f.Picture:
		case t.veiled(r, i):
			add(FileView, look.IconEye, t.words.Files.Show)
		case few || !slices.ContainsFunc(r.Files[:i], func(f File) bool { return f.Picture }):
			add(FileView, look.IconPicture, t.words.Files.View)
		}
		if r.Seq > 0 && (few || !f.Picture) {
			add(FileSave, look.IconSave, t.words.Files.Save)
		}
	}
	if r.Seq > 0 && len(r.Files) > 1 {
		items = append(items, look.MenuItem{Text: t.words.Files.SaveAll, Icon: look.IconSave, Action: func() { t.doFile(r, 0, FileSaveAll) }})
	}
	return items
}

// mostListed is up to how many files of a message its menu lists pictures one by one: from
// the first the viewer leads to all others, and saves them, too.
const mostListed = 3

// discardItem is the entry that discards a message of several files, which wait; one by
// itself has that of the file.
func (t *Timeline) discardItem(r *Row) []look.MenuItem {
	if len(r.Files) < 2 || r.Files[0].Move != Moving && r.Files[0].Move != Paused {
		return nil
	}
	return []look.MenuItem{{}, {
		Text: t.words.Files.CancelAll, Icon: look.IconTrash, Danger: true, Action: func() { call(t.hooks.OnDiscard, r) },
	}}
}

// FileWords are the words about files. Remove takes one out of a message that waits,
// CancelAll discards that message.
type FileWords struct{ View, Show, Save, SaveAll, Pause, Resume, Cancel, Remove, CancelAll string }
