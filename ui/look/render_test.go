package look

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// TestRefreshKeepsPictures: a refresh that changes nothing leaves what was drawn of an
// icon alone; another icon, colour or size is drawn.
func TestRefreshKeepsPictures(t *testing.T) {
	test.NewTempApp(t)
	v := NewIcon(IconInfo, Text, 24)
	w := test.NewTempWindow(t, v)
	w.Resize(fyne.NewSize(100, 100))
	img, ok := test.WidgetRenderer(v).Objects()[0].(*canvas.Image)
	if !ok {
		t.Fatal("an icon is no picture")
	}
	v.Refresh()
	before := img.Image
	if before == nil {
		t.Fatal("nothing was drawn")
	}
	img.Image = nil // what a refresh puts back
	v.Refresh()
	if img.Image != nil {
		t.Error("drawn again although nothing changed")
	}
	v.Set(IconInfo, Bad)
	if img.Image == nil {
		t.Error("another colour is not drawn")
	}
	img.Image = nil
	img.Resize(fyne.NewSquareSize(40))
	if img.Image == nil {
		t.Error("another size is not drawn")
	}
}
