package ui

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"pgregory.net/rapid"

	"hearth/app"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// TestRank: beginning before beginning of a word before inside before letters in
// order, without case and accents.
func TestRank(t *testing.T) {
	for _, c := range []struct {
		name, typed string
		want        int
	}{
		{"Release room", "rel", matchPrefix},
		{"Release room", "ROOM", matchWord},
		{"Release room", "oo", matchInside},
		{"Release room", "rlr", matchLetters},
		{"Release room", "xyz", matchNone},
		{"Release room", "room rel", matchPrefix + 1},
		{"Żgħir ħut", "zghir", matchPrefix},
		{"Żgħir ħut", "hut", matchWord},
		{"李伟的房间", "房间", matchInside},
		{"#général", "gener", matchWord},
		{"anything", "", matchPrefix},
		{"Ana Borg", "ab", matchLetters},
		{"banana", "nn", matchNone},
	} {
		if got := newRanked(c.name).match(newWanted(c.typed)); got != c.want {
			t.Errorf("%q in %q: %d, want %d", c.typed, c.name, got, c.want)
		}
	}
	var rooms []aim
	for _, name := range []string{"room number 299", "number 29 of old", "29 numbers", "room number 29"} {
		rooms = append(rooms, aim{name: name, ranked: newRanked(name)})
	}
	if got := search(rooms, "number 29", 10); !slices.Equal(got, []int{1, 3, 0, 2}) {
		t.Errorf("what is called so is not first: %v", got)
	}
	var all []aim
	for _, name := range []string{"Dov, Eve", "dover", "@home", "plans"} {
		all = append(all, aim{name: name, called: []string{newRanked(name).folded}, ranked: newRanked(name)})
	}
	for _, p := range [][2]string{{"David", "dov"}, {"Plans", "eve"}} {
		a := aim{kind: aimPerson, name: p[0]}
		a.person(p[0], p[1])
		all = append(all, a)
	}
	for typed, want := range map[string][]int{
		"dov": {4, 0, 1}, "David": {4}, "plans": {3, 5}, "@plans": {5}, "#plans": {3}, "@dov": {4}, "#dov": {0, 1},
		" @eve ": {5}, "@home": {2}, "@": {4, 5}, "#": {}, "dov, eve": {0}, "#nothing": {},
	} {
		if got := search(all, typed, 10); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", typed, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		all := make([]aim, rapid.IntRange(0, 40).Draw(t, "n"))
		for i := range all {
			all[i].ranked = newRanked(rapid.String().Draw(t, "name"))
		}
		typed := rapid.String().Draw(t, "typed")
		last := 0
		for _, i := range searchOf(all, typed, 100, (*aim).isAnything) {
			m := all[i].match(newWanted(typed))
			if m < last || m == matchNone {
				t.Fatalf("%q is out of order", all[i].folded)
			}
			last = m
		}
	})
}

// BenchmarkSwitch is one keystroke in the switcher over 500 rooms.
func BenchmarkSwitch(b *testing.B) {
	all := make([]aim, 500)
	for i := range all {
		all[i].ranked = newRanked(fmt.Sprintf("Żgħir room %d of the garden and the weather", i))
	}
	for b.Loop() {
		search(all, "gaw 4", maxSwitcher)
	}
}

// TestKeySheet: the sheet shows each shortcut that the window listens to, by the
// keys that do it, and no two do the same.
func TestKeySheet(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	g.u.showKeys()
	seen := map[string]bool{}
	for _, k := range keyCommands() {
		if k.keys != keyText(k.shortcut) || seen[k.keys] {
			t.Errorf("%s stands for %v, or twice", k.keys, k.shortcut)
		}
		seen[k.keys] = true
		if !shows(g.u, k.keys) || !shows(g.u, tr.S(k.words)) {
			t.Errorf("the sheet does not show %s", k.keys)
		}
	}
	if !seen["Ctrl+K"] || !seen["Alt+↑"] || !seen["Ctrl+/"] {
		t.Errorf("%v", seen)
	}
}

// TestAccentsKnown: the settings and the look know the same colours.
func TestAccentsKnown(t *testing.T) {
	for i, n := range look.AccentNames() {
		if accentWords[n] == "" || app.Accents[i] != n {
			t.Errorf("the accent %q", n)
		}
	}
}

// TestCalendarKeys moves by day, week, month, and within the month, and never out
// of what can be taken.
func TestCalendarKeys(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	_ = g
	var got string
	c := newCalendar(zone.Start(date(3, 31)), zone.Start(date(1, 10)), zone.Start(date(4, 20)), nil)
	c.taken = func(d time.Time) { got = d.Format("01-02") }
	for _, k := range []struct {
		key  fyne.KeyName
		want string
	}{
		{fyne.KeyLeft, "03-30"},
		{fyne.KeyUp, "03-23"},
		{fyne.KeyHome, "03-01"},
		{fyne.KeyEnd, "03-31"},
		{fyne.KeyPageUp, "02-28"},
		{fyne.KeyPageUp, "01-28"},
		{fyne.KeyHome, "01-10"},
		{fyne.KeyPageUp, "01-10"},
		{fyne.KeyDown, "01-17"},
		{fyne.KeyRight, "01-18"},
		{fyne.KeyPageDown, "02-18"},
		{fyne.KeyPageDown, "03-18"},
		{fyne.KeyPageDown, "04-18"},
		{fyne.KeyEnd, "04-20"},
	} {
		c.TypedKey(&fyne.KeyEvent{Name: k.key})
		c.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		if got != k.want {
			t.Errorf("%s leads to %s, want %s", k.key, got, k.want)
		}
	}
}

func date(m time.Month, d int) time.Time { return time.Date(2026, m, d, 0, 0, 0, 0, time.UTC) }
