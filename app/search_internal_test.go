package app

import (
	"testing"
	"time"
)

// TestIndexRests: what nobody waits for takes a sixtieth of the time; a search hurries it.
func TestIndexRests(t *testing.T) {
	const longAgo = time.Hour
	for _, c := range []struct{ took, searched, want time.Duration }{
		{5 * time.Millisecond, longAgo, 300 * time.Millisecond},
		{0, longAgo, indexPause},
		{time.Minute, longAgo, longestPause},
		{5 * time.Millisecond, time.Second, indexPause},
		{time.Minute, searchingFor - 1, indexPause},
	} {
		if got := indexRest(c.took, c.searched); got != c.want {
			t.Errorf("rest after %v, searched %v ago: %v, want %v", c.took, c.searched, got, c.want)
		}
	}

	a := &App{}
	a.alarm.init()
	defer a.alarm.timer.Stop()
	rings := func() time.Duration {
		p, ok := a.alarm.due[alarmIndex]
		if !ok {
			return 0
		}
		return time.Until(p.at)
	}
	a.hurryIndex()
	if rings() != 0 {
		t.Error("filters are made though none are missing")
	}
	a.indexing = true
	a.alarm.set(alarmIndex, longAgo, a.indexSome)
	a.hurryIndex()
	if d := rings(); d > indexPause {
		t.Errorf("the next step waits %v though somebody searches", d)
	}
}
