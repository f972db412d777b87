package timeline

// Source gives a timeline the rows of one room. The timeline calls it on the UI
// goroutine; Load returns at once, and done must be called on the UI goroutine
// too, later or within Load. A source that cannot load calls done with ok false;
// the timeline asks again when there is another reason to.
type Source interface {
	Load(r Request, done func(p Page, ok bool))
}

// Request asks for a contiguous stretch of rows. At most one of Before, After
// and Around is set; none means the newest.
type Request struct {
	Before uint64 // rows older than this sequence number
	After  uint64 // rows newer than this, waiting ones included when it reaches the end
	Around uint64 // half before, half from it on
	Limit  int    // at most so many
}

// Page answers a Request: rows oldest first, those that wait last.
type Page struct {
	Rows         []*Row
	Older, Newer bool // there is more on that side
}

// What says what changed in a room.
type What int

// Changes.
const (
	Tail What = 1 // rows came behind the newest, or waiting rows changed
	All  What = 2 // anything may have changed, names for example
	// Shown says that messages changed in place: edited, erased, reacted to, pinned.
	// What is on screen is read anew, the rest when it comes near.
	Shown What = 3
)

// Static is a source whose rows are all there; for the gallery and tests.
type Static []*Row

// Load implements Source.
func (s Static) Load(r Request, done func(Page, bool)) {
	from, to := max(0, len(s)-r.Limit), len(s)
	sequenced := len(s)
	for sequenced > 0 && s[sequenced-1].Seq == 0 {
		sequenced--
	}
	find := func(seq uint64) int { // first row not older
		low, high := 0, sequenced
		for low < high {
			if mid := (low + high) / 2; s[mid].Seq < seq {
				low = mid + 1
			} else {
				high = mid
			}
		}
		return low
	}
	switch {
	case r.Around > 0:
		from = max(0, find(r.Around)-r.Limit/2)
		to = min(len(s), from+r.Limit)
	case r.Before > 0:
		to = find(r.Before)
		from = max(0, to-r.Limit)
	case r.After > 0:
		from = find(r.After + 1)
		to = min(len(s), from+r.Limit)
	}
	done(Page{Rows: s[from:to:to], Older: from > 0, Newer: to < len(s)}, true)
}
