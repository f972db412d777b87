package desktop

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image/png"
	"slices"
	"testing"
)

func TestPathsOf(t *testing.T) {
	for list, want := range map[string][]string{
		"file:///a/b.txt\r\nfile:///c%20d\r\n":            {"/a/b.txt", "/c d"},
		"copy\nfile://localhost/x\nfile:///%C4%A7":        {"/x", "/ħ"},
		"# comment\r\nhttps://example.org/\r\nfile://h/x": nil,
		"":                   nil,
		"/plain/path":        nil,
		"file:///a\x00":      {"/a"},
		"%zz\nfile:///%zz":   nil,
		"cut\nfile:///a\n\n": {"/a"},
	} {
		if got := pathsOf(list); !slices.Equal(got, want) {
			t.Errorf("%q names %q, want %q", list, got, want)
		}
	}
}

func TestTypeOf(t *testing.T) {
	for _, x := range []struct {
		offered []string
		want    string
	}{
		{[]string{"image/gif", "image/png", "text/html"}, "image/png"},
		{[]string{"image/png", "text/uri-list"}, "text/uri-list"},
		{[]string{"x-special/gnome-copied-files", "UTF8_STRING"}, "x-special/gnome-copied-files"},
		{[]string{"x-special/mate-copied-files", "image/png"}, "x-special/mate-copied-files"},
		{[]string{"UTF8_STRING", "image/tiff"}, ""},
		{nil, ""},
	} {
		if got := typeOf(x.offered); got != x.want {
			t.Errorf("%q: asks for %q, want %q", x.offered, got, x.want)
		}
	}
	if _, err := clipOf("image/png", nil); !errors.Is(err, ErrNoClip) {
		t.Error("an empty picture is one")
	}
	if _, err := clipOf(listTypes[0], make([]byte, maxList+1)); !errors.Is(err, ErrNoClip) {
		t.Error("a list without end is read")
	}
}

// dib makes a bitmap of one row without a file's header.
func dib(width, height int32, depth uint16, compression uint32, rest ...byte) []byte {
	b := make([]byte, 40)
	le := binary.LittleEndian
	le.PutUint32(b, 40)
	le.PutUint32(b[4:], uint32(width))
	le.PutUint32(b[8:], uint32(height))
	le.PutUint16(b[12:], 1)
	le.PutUint16(b[14:], depth)
	le.PutUint32(b[16:], compression)
	return append(b, rest...)
}

func TestPictureOfDIB(t *testing.T) {
	masks := []byte{0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0}
	for name, data := range map[string][]byte{
		"24 bits":    dib(1, 1, 24, 0, 3, 2, 1, 0),
		"32 bits":    dib(1, 1, 32, 0, 3, 2, 1, 255),
		"with masks": dib(1, 1, 32, 3, append(masks, 3, 2, 1, 255)...),
	} {
		out, err := pictureOfDIB(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		img, err := png.Decode(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		if r, g, b, _ := img.At(0, 0).RGBA(); r>>8 != 1 || g>>8 != 2 || b>>8 != 3 {
			t.Errorf("%s: %v", name, img.At(0, 0))
		}
	}
	for name, data := range map[string][]byte{
		"nothing": nil, "header only": dib(1, 1, 24, 0), "short": dib(9, 9, 32, 0, 1, 2, 3), "strange depth": dib(1, 1, 7, 0, 1, 2, 3, 4),
		"bomb": dib(100_000, 100_000, 24, 0, 1, 2, 3, 4), "negative": dib(-5, 1, 24, 0, 1, 2, 3, 4),
		"masks without an end": dib(1, 1, 32, 3, 1, 2),
	} {
		if _, err := pictureOfDIB(data); !errors.Is(err, ErrNoClip) && !errors.Is(err, ErrClipLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDIB(f *testing.F) {
	f.Add(dib(1, 1, 24, 0, 3, 2, 1, 0))
	f.Add(dib(1, 1, 32, 3, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 3, 2, 1, 255))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<20 {
			return
		}
		out, err := pictureOfDIB(data)
		if err == nil {
			if _, err := png.DecodeConfig(bytes.NewReader(out)); err != nil {
				t.Error(err)
			}
		}
	})
}
