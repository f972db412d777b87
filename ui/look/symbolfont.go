package look

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"github.com/go-text/typesetting/font"
)

// The toolkit's font of arrows and keys has no blank, and the toolkit draws a blank with the
// font of what stands before it: in "this → that" a sign for what cannot be drawn stood
// behind the arrow. The font gets one before the toolkit reads it.
var mendSymbols = sync.OnceFunc(func() {
	if r, ok := theme.DefaultSymbolFont().(*fyne.StaticResource); ok {
		if mended, ok := withBlank(r.StaticContent); ok {
			r.StaticContent = mended
		}
	}
})

// openBox is a character whose glyph becomes the blank; other fonts have it.
const openBox = '␣'

// blankPart is how much of the text size a blank takes, in thousandths: as in Noto Sans.
const blankPart = 260

// withBlank returns a copy of a TrueType font in which the glyph of an open box is empty and
// that of a blank; false if the font has one, or is none.
func withBlank(data []byte) ([]byte, bool) {
	face, err := font.ParseTTF(bytes.NewReader(data))
	if err != nil {
		return nil, false
	}
	glyph, ok := face.NominalGlyph(openBox)
	if _, blank := face.NominalGlyph(' '); blank || !ok {
		return nil, false
	}
	f := fontFile{bytes: slices.Clone(data)}
	head, hhea, hmtx, loca := f.table("head"), f.table("hhea"), f.table("hmtx"), f.table("loca")
	if len(head) < 54 || len(hhea) < 36 {
		return nil, false
	}
	wide := 2 << min(binary.BigEndian.Uint16(head[50:]), 1) // bytes of a place in loca
	at, advance := int(glyph)*wide, int(glyph)*4
	if len(loca) < at+2*wide || int(binary.BigEndian.Uint16(hhea[34:])) <= int(glyph) || len(hmtx) < advance+4 {
		return nil, false
	}
	copy(loca[at:at+wide], loca[at+wide:]) // it ends where it begins
	binary.BigEndian.PutUint16(hmtx[advance:], uint16(uint32(face.Upem())*blankPart/1000))
	binary.BigEndian.PutUint16(hmtx[advance+2:], 0)
	signs := map[rune]font.GID{' ': glyph, '\u00A0': glyph}
	for it := face.Cmap.Iter(); it.Next(); {
		if r, g := it.Char(); r != openBox && g != 0 {
			signs[r] = g
		}
	}
	if !f.replace("cmap", characters(signs)) {
		return nil, false
	}
	_, err = font.ParseTTF(bytes.NewReader(f.bytes)) // as the toolkit will
	return f.bytes, err == nil
}

// fontFile is a TrueType font: a directory of tables, and these.
type fontFile struct{ bytes []byte }

// entry finds the place of a table's entry in the directory.
func (f *fontFile) entry(tag string) int {
	const first, size = 12, 16
	for at := first; at+size <= len(f.bytes); at += size {
		if string(f.bytes[at:at+4]) == tag {
			return at
		}
	}
	return -1
}

// table returns a table to be changed; nil if there is none.
func (f *fontFile) table(tag string) []byte {
	at := f.entry(tag)
	if at < 0 {
		return nil
	}
	start, size := binary.BigEndian.Uint32(f.bytes[at+8:]), binary.BigEndian.Uint32(f.bytes[at+12:])
	if int64(start)+int64(size) > int64(len(f.bytes)) {
		return nil
	}
	return f.bytes[start:][:size]
}

// replace puts another table in the place of one; the old bytes stay, unused.
func (f *fontFile) replace(tag string, data []byte) bool {
	at := f.entry(tag)
	if at < 0 {
		return false
	}
	for len(f.bytes)%4 != 0 {
		f.bytes = append(f.bytes, 0)
	}
	binary.BigEndian.PutUint32(f.bytes[at+8:], uint32(len(f.bytes)))
	binary.BigEndian.PutUint32(f.bytes[at+12:], uint32(len(data)))
	f.bytes = append(f.bytes, data...)
	return true
}

// characters is a table cmap with one part, of format 12, a group for each character.
func characters(signs map[rune]font.GID) []byte {
	var list []rune
	for r := range signs {
		list = append(list, r)
	}
	slices.Sort(list)
	b := binary.BigEndian
	out := b.AppendUint16(nil, 0) // version
	out = b.AppendUint16(out, 1)  // parts
	out = b.AppendUint16(out, 3)  // Unicode, all of it
	out = b.AppendUint16(out, 10)
	out = b.AppendUint32(out, 12) // where it begins
	out = b.AppendUint16(out, 12) // format
	out = b.AppendUint16(out, 0)
	out = b.AppendUint32(out, uint32(16+12*len(list)))
	out = b.AppendUint32(out, 0) // language
	out = b.AppendUint32(out, uint32(len(list)))
	for _, r := range list {
		out = b.AppendUint32(out, uint32(r))
		out = b.AppendUint32(out, uint32(r))
		out = b.AppendUint32(out, uint32(signs[r]))
	}
	return out
}
