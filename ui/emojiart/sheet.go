package emojiart

import (
	"compress/flate"
	"encoding/binary"
	"fmt"
	"image"
	"io"
	"strings"
	"sync"

	assets "hearth/assets/emoji"
	"hearth/internal/emoji"
)

// sheet is the built-in file, opened. Immutable.
type sheet struct {
	count, side int
	index       string
	keys        string
	data        string
}

const (
	headLen  = 7
	entryLen = 12
)

// pictures opens the file. It is ours: what is wrong with it is a mistake of ours.
var pictures = sync.OnceValue(func() *sheet {
	s, err := open(assets.Pictures)
	if err != nil {
		panic("emojiart: " + err.Error())
	}
	return s
})

func open(file string) (*sheet, error) {
	if len(file) < headLen || file[:4] != "HEM1" {
		return nil, fmt.Errorf("no pictures of emoji in %d bytes", len(file))
	}
	s := &sheet{count: int(file[4])<<8 | int(file[5]), side: int(file[6])}
	rest := file[headLen:]
	if len(rest) < s.count*entryLen {
		return nil, fmt.Errorf("the index of %d emoji is cut off", s.count)
	}
	s.index, rest = rest[:s.count*entryLen], rest[s.count*entryLen:]
	keys := s.number(s.count-1, 0)
	if keys > len(rest) {
		return nil, fmt.Errorf("the keys of emoji are cut off")
	}
	s.keys, s.data = rest[:keys], rest[keys:]
	return s, nil
}

// number reads a field of an entry.
func (s *sheet) number(i, field int) int {
	if i < 0 {
		return 0
	}
	at := i*entryLen + field*4
	return int(binary.BigEndian.Uint32([]byte(s.index[at : at+4])))
}

func (s *sheet) key(i int) string { return s.keys[s.number(i-1, 0):s.number(i, 0)] }

// find returns the number of a picture, -1 if there is none.
func (s *sheet) find(key string) int {
	low, high := 0, s.count
	for low < high {
		if mid := (low + high) / 2; s.key(mid) < key {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low < s.count && s.key(low) == key {
		return low
	}
	return -1
}

// unpacker reuses what unpacking needs. UI goroutine only.
type unpacker struct {
	reader io.ReadCloser
	source strings.Reader
	raw    []byte
	out    *image.RGBA
}

// unpack returns a picture in its own size, valid until the next call.
func (u *unpacker) unpack(s *sheet, i int) (*image.RGBA, error) {
	start, n := s.number(i, 1), s.number(i, 2)
	u.source.Reset(s.data[start : start+n])
	if u.reader == nil {
		u.reader = flate.NewReader(&u.source)
		u.raw = make([]byte, 1+256*4+s.side*s.side)
		u.out = image.NewRGBA(image.Rect(0, 0, s.side, s.side))
	} else if err := u.reader.(flate.Resetter).Reset(&u.source, nil); err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(u.reader, u.raw[:1]); err != nil {
		return nil, err
	}
	colours := (int(u.raw[0]) + 1) * 4
	raw := u.raw[1 : 1+colours+s.side*s.side]
	if _, err := io.ReadFull(u.reader, raw); err != nil {
		return nil, err
	}
	var palette [256][4]byte // premultiplied
	for c := range colours / 4 {
		a := uint32(raw[c*4+3])
		for k := range 3 {
			palette[c][k] = byte((uint32(raw[c*4+k])*a + 127) / 255)
		}
		palette[c][3] = byte(a)
	}
	for p, c := range raw[colours:] {
		copy(u.out.Pix[p*4:p*4+4], palette[c][:])
	}
	return u.out, nil
}

// Has reports whether an emoji can be drawn.
func Has(cluster string) bool { return len(parts(cluster)) > 0 }

// Count is the number of pictures that an emoji is drawn of: 1, or more for a
// joining that we have no picture for, whose parts stand side by side; 0 if it
// cannot be drawn.
func Count(cluster string) int { return len(parts(cluster)) }

// known remembers the parts of emoji, which people repeat. UI goroutine only.
var known = map[string][]int{}

const maxKnown = 4096

func parts(cluster string) []int {
	if p, ok := known[cluster]; ok {
		return p
	}
	if len(known) >= maxKnown {
		clear(known)
	}
	cluster = strings.Clone(cluster) // the key must not keep its message alive
	p := findParts(cluster)
	known[cluster] = p
	return p
}

// findParts looks a picture up, and takes apart what has none.
func findParts(cluster string) []int {
	if !emoji.Is(cluster) {
		return nil
	}
	key, s := emoji.Key(cluster), pictures()
	if i := s.find(key); i >= 0 {
		return []int{i}
	}
	var list []int
	if joined := strings.Split(key, "\u200D"); len(joined) > 1 {
		for _, element := range joined {
			one := findParts(element)
			if one == nil {
				one = findParts(element + "\uFE0F")
			}
			if one == nil {
				return nil
			}
			list = append(list, one...)
		}
		return list
	}
	for _, r := range key {
		if i := s.find(string(r)); i >= 0 {
			list = append(list, i)
		} else if r < 0xE0020 || r > 0xE007F { // of tags only the flag they stand on is shown
			return nil
		}
	}
	return list
}
