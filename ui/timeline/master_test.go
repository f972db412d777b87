package timeline

import (
	"runtime"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"hearth/ui/look"
)

// latin is the sample without what is drawn in fonts of the machine.
func latin() Static {
	var rows Static
	for _, r := range Sample(noon) {
		runs := look.Runs(r.Name + r.Text)
		if len(runs) == 1 && runs[0].Script == look.Latin {
			rows = append(rows, r)
		}
	}
	return rows
}

// TestMasters keeps the look of the conversation: as markup everywhere, as a
// picture where rounding is known to be the same.
func TestMasters(t *testing.T) {
	for name, c := range map[string]struct {
		options look.Options
		size    fyne.Size
	}{
		"light":       {look.Options{Variant: "light"}, fyne.NewSize(700, 640)},
		"dark-narrow": {look.Options{Variant: "dark", TextSize: 1.2}, fyne.NewSize(360, 640)},
	} {
		t.Run(name, func(t *testing.T) {
			test.NewTempApp(t).Settings().SetTheme(look.NewTheme(c.options))
			tl := New(English(), Hooks{})
			w := test.NewTempWindow(t, container.NewStack(look.NewBox(look.ChatFill, 0, nil), tl))
			w.SetPadded(false)
			w.Resize(c.size)
			tl.Open(latin(), Start{Unread: 7})
			sound(t, tl)
			test.AssertRendersToMarkup(t, name+".xml", w.Canvas())
			if runtime.GOARCH == "amd64" {
				test.AssertRendersToImage(t, name+".png", w.Canvas())
			}
		})
	}
}
