package editor

import "unicode/utf8"

// History is what Undo and Redo go through: one step for each thing that a person did,
// however many changes of the text it took.
type History struct {
	steps []step
	at    int // of them are done; those behind may be done again
	open  bool
}

// step is one change; offsets are bytes.
type step struct {
	at         int
	gone, came string
	from, to   int // where the caret stood before and behind it
	anchor     int // where the other end of what was selected before stood; at from: nothing was
}

// maxSteps is how far back one can go.
const maxSteps = 1000

// Clear forgets everything.
func (h *History) Clear() { *h = History{} }

// Close ends the step that typing would go on with.
func (h *History) Close() { h.open = false }

// Note notes that a text became another one; typed says that it was a key for a letter or
// its taking back, which go on with the step before if they are of the same word. From
// anchor to from was selected before.
func (h *History) Note(before, now string, anchor, from, to int, typed bool) {
	if before == now {
		return
	}
	s := changed(before, now, from, to)
	s.anchor = anchor
	h.steps = h.steps[:h.at]
	if typed && h.open && h.join(s) {
		return
	}
	h.open = typed
	if len(h.steps) == maxSteps {
		h.steps = append(h.steps[:0], h.steps[1:]...)
	}
	h.steps = append(h.steps, s)
	h.at = len(h.steps)
}

// changed finds the one stretch in which two texts differ. Among equal letters the caret
// tells which of them came or went.
func changed(before, now string, from, to int) step {
	s := step{from: from, to: to}
	switch less := len(before) - len(now); {
	case less < 0 && to == from-less && now[:from]+now[to:] == before:
		s.at, s.came = from, now[from:to]
		return s
	case less > 0 && (to == from || to == from-less) && before[:to]+before[to+less:] == now:
		s.at, s.gone = to, before[to:to+less]
		return s
	}
	start := 0
	for start < len(before) && start < len(now) && before[start] == now[start] {
		start++
	}
	for start > 0 && !(starts(before, start) && starts(now, start)) {
		start--
	}
	end := 0
	for end < len(before)-start && end < len(now)-start && before[len(before)-1-end] == now[len(now)-1-end] {
		end++
	}
	for end > 0 && !(starts(before, len(before)-end) && starts(now, len(now)-end)) {
		end--
	}
	s.at, s.gone, s.came = start, before[start:len(before)-end], now[start:len(now)-end]
	return s
}

// starts reports whether a code point begins at a place, or the text ends there.
func starts(s string, at int) bool { return at >= len(s) || utf8.RuneStart(s[at]) }

// join makes a step part of the one before it.
func (h *History) join(s step) bool {
	if h.at == 0 {
		return false
	}
	last := &h.steps[h.at-1]
	if s.from != last.to { // the caret was moved
		return false
	}
	switch {
	case s.gone == "" && s.came != "" && last.came != "" && last.to == last.at+len(last.came) && !separates(s.came):
		if s.to != s.from+len(s.came) {
			return false
		}
		last.came += s.came // at the caret, wherever equal letters make it look
	case s.came == "" && last.came == "" && !separates(s.gone) && s.to == s.from-len(s.gone):
		last.gone, last.at = s.gone+last.gone, s.to
	case s.came == "" && last.came == "" && !separates(s.gone) && s.to == s.from:
		last.gone += s.gone
	default:
		return false
	}
	last.to = s.to
	return true
}

// Undo returns the text before the last step, and where the ends of the selection stood,
// the caret being the second; false if there is none.
func (h *History) Undo(now string) (text string, anchor, caret int, ok bool) {
	if h.at == 0 {
		return now, 0, 0, false
	}
	h.at--
	h.open = false
	s := h.steps[h.at]
	return now[:s.at] + s.gone + now[s.at+len(s.came):], s.anchor, s.from, true
}

// Redo returns the text behind the step that was undone last.
func (h *History) Redo(now string) (text string, anchor, caret int, ok bool) {
	if h.at == len(h.steps) {
		return now, 0, 0, false
	}
	s := h.steps[h.at]
	h.at++
	h.open = false
	return now[:s.at] + s.came + now[s.at+len(s.gone):], s.to, s.to, true
}
