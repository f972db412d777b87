package assets

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/png"
	"testing"
)

func TestIcons(t *testing.T) {
	for _, size := range IconSizes {
		data, err := Icons.ReadFile(fmt.Sprintf("icon/hearth-%d.png", size))
		if err != nil {
			t.Error(err)
			continue
		}
		picture, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Error(err)
			continue
		}
		if b := picture.Bounds(); b.Dx() != size || b.Dy() != size {
			t.Errorf("hearth-%d.png is %d x %d", size, b.Dx(), b.Dy())
		}
		if _, _, _, alpha := picture.At(0, 0).RGBA(); alpha > 0x4000 {
			t.Errorf("hearth-%d.png: the corner is not transparent", size)
		}
	}
	files, err := Icons.ReadDir("icon")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(IconSizes) {
		t.Errorf("%d files, but %d sizes", len(files), len(IconSizes))
	}
	if data, _ := Icons.ReadFile("icon/hearth-256.png"); !bytes.Equal(data, IconPNG) {
		t.Error("IconPNG is not the picture of 256 pixels")
	}
}

func TestIconDrawing(t *testing.T) {
	var drawing struct {
		XMLName xml.Name
		ViewBox string `xml:"viewBox,attr"`
	}
	if err := xml.Unmarshal(IconSVG, &drawing); err != nil {
		t.Fatal(err)
	}
	if drawing.XMLName.Local != "svg" || drawing.ViewBox != "0 0 512 512" {
		t.Errorf("element %q, viewBox %q", drawing.XMLName.Local, drawing.ViewBox)
	}
}
