package timeline

import (
	"slices"
	"testing"
)

// TestTellsOfTheEnd: the owner hears whether the newest message is in view, once
// a change.
func TestTellsOfTheEnd(t *testing.T) {
	s := &script{rows: talk(300)}
	var told []bool
	tl, _ := shown(t, s, usual, Hooks{OnEnd: func(at bool) { told = append(told, at) }}, Start{})
	s.add(tl, "hello")
	wheel(tl, 900)
	s.add(tl, "not in view")
	wheel(tl, 900)
	tl.ShowLatest()
	s.add(tl, "in view")
	if want := []bool{true, false, true}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}
