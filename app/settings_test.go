package app

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hearth/store/profile"
)

// TestSettings: whatever a file says, what the window gets makes sense, and what it
// gives comes back.
func TestSettingsMakeSense(t *testing.T) {
	if d := DefaultSettings(); d.Sane() != d || settingsView(profile.Settings{}) != d {
		t.Errorf("the defaults are not sane: %+v, %+v", d.Sane(), settingsView(profile.Settings{}))
	}
	odd := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), -1, 0, 0.1, 0.9, 7}
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.OneOf(rapid.SampledFrom(slices.Concat(Themes, Accents, Densities)), rapid.String())
		s := settingsView(profile.Settings{
			Theme: word.Draw(t, "theme"), Accent: word.Draw(t, "accent"), Density: word.Draw(t, "density"),
			TextSize: rapid.SampledFrom(odd).Draw(t, "text"), Width: rapid.SampledFrom(odd).Draw(t, "width"),
			Height: rapid.SampledFrom(odd).Draw(t, "height"), Still: rapid.Bool().Draw(t, "still"),
		})
		if !slices.Contains(Themes, s.Theme) || !slices.Contains(Accents, s.Accent) || !slices.Contains(Densities, s.Density) ||
			!(s.TextSize >= SmallestText && s.TextSize <= LargestText) || !(s.Width > 0 && s.Height > 0) {
			t.Fatalf("%+v", s)
		}
		before := profile.Settings{LastGroup: "kept"}
		after := settingsOf(s, before)
		if settingsView(after) != s || after.LastGroup != "kept" {
			t.Fatalf("%+v came back as %+v", s, settingsView(after))
		}
	})
}
