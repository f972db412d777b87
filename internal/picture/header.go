package picture

import (
	"encoding/binary"
	"fmt"
	"math"
)

func broken(what string) error { return fmt.Errorf("%w: %s", ErrBroken, what) }

// pngHead reads the first chunk, IHDR (PNG 1.2, section 11.2.2). Pixels of 8 bits a
// channel become 4 bytes, those of 16 bits 8; interlaced ones are put together from
// pictures of their own.
func pngHead(b []byte) (width, height int, perPixel float64, err error) {
	const head = 8 + 8 + 13
	if len(b) < head || string(b[12:16]) != "IHDR" || binary.BigEndian.Uint32(b[8:]) != 13 {
		return 0, 0, 0, broken("no header")
	}
	w, h, depth, interlaced := binary.BigEndian.Uint32(b[16:]), binary.BigEndian.Uint32(b[20:]), b[24], b[28]
	if w > math.MaxInt32 || h > math.MaxInt32 { // section 11.2.2: no side is longer
		return 0, 0, 0, broken("no such size")
	}
	perPixel = 4
	if depth == 16 {
		perPixel = 8
	}
	if interlaced != 0 {
		perPixel *= 2
	}
	return int(w), int(h), perPixel, nil
}

// gifSize reads the logical screen descriptor; frames outside it are refused by
// the decoder.
func gifSize(b []byte) (width, height int, err error) {
	if len(b) < 13 {
		return 0, 0, broken("no header")
	}
	return int(binary.LittleEndian.Uint16(b[6:])), int(binary.LittleEndian.Uint16(b[8:])), nil
}

// jpegHead walks the segments up to the frame header (ITU T.81, annex B) and takes
// the orientation along. A second frame header, which none should have, counts if
// it is larger: the decoder would allocate for it.
func (i *Info) jpegHead(b []byte) error {
	for at := 2; ; {
		for at < len(b) && b[at] != 0xff { // as the decoder does, garbage is skipped
			at++
		}
		for at < len(b) && b[at] == 0xff {
			at++
		}
		if at >= len(b) {
			break
		}
		marker := b[at]
		at++
		if marker == 0 || marker >= 0xd0 && marker <= 0xd7 { // stuffing and restarts have no length
			continue
		}
		if marker == 0xd9 { // the end
			break
		}
		if at+2 > len(b) {
			break
		}
		n := int(binary.BigEndian.Uint16(b[at:]))
		if n < 2 || at+n > len(b) {
			break
		}
		segment := b[at+2 : at+n]
		switch {
		case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
			if len(segment) < 6 {
				return broken("a frame header is cut off")
			}
			h, w := int(binary.BigEndian.Uint16(segment[1:])), int(binary.BigEndian.Uint16(segment[3:]))
			if w*h > i.Width*i.Height {
				i.Width, i.Height = w, h
			}
			i.perPixel = max(i.perPixel, jpegPixel(marker == 0xc2, segment))
		case marker == 0xe1:
			if found, ok := orientation(segment); ok {
				i.Turn = found
			}
		}
		at += n
	}
	if i.Width == 0 {
		return broken("no frame")
	}
	return nil
}

// jpegPixel returns how many bytes a pixel takes while it is decoded, by its frame
// header (ITU T.81, B.2.2): one for each sample, of which colours have fewer than
// brightness; four more for each where the picture comes in several passes, as
// coefficients are kept between them; and four for the RGB of what has four channels.
func jpegPixel(progressive bool, frame []byte) float64 {
	parts := frame[6:]
	parts = parts[:min(len(parts), 3*int(frame[5]))]
	samples, across, down := 0, 1, 1
	for at := 0; at+3 <= len(parts); at += 3 {
		h, v := int(parts[at+1]>>4), int(parts[at+1]&15)
		samples += h * v
		across, down = max(across, h), max(down, v)
	}
	n := float64(samples) / float64(across*down)
	if progressive {
		n *= 5
	}
	if frame[5] == 4 {
		n += 4
	}
	return n
}

// webpSize walks the chunks (RFC 9649) and returns the size of the frame, which must
// be that of the canvas if there is one: the decoder trusts each by itself.
func webpSize(b []byte) (width, height int, err error) {
	canvasWidth, canvasHeight := 0, 0
	for at := 12; at+8 <= len(b); {
		id, n := string(b[at:at+4]), int64(binary.LittleEndian.Uint32(b[at+4:]))
		at += 8
		if int64(at)+n > int64(len(b)) {
			return 0, 0, broken("a chunk is cut off")
		}
		c := b[at : at+int(n)]
		at += int(n + n&1)
		var w, h int
		switch {
		case id == "VP8X" && len(c) >= 10:
			canvasWidth, canvasHeight = uint24(c[4:])+1, uint24(c[7:])+1
			continue
		case id == "VP8 " && len(c) >= 10 && c[0]&1 == 0 && c[3] == 0x9d && c[4] == 0x01 && c[5] == 0x2a: // RFC 6386, 9.1
			w, h = int(binary.LittleEndian.Uint16(c[6:])&0x3fff), int(binary.LittleEndian.Uint16(c[8:])&0x3fff)
		case id == "VP8L" && len(c) >= 5 && c[0] == 0x2f:
			bits := binary.LittleEndian.Uint32(c[1:])
			w, h = int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1
		case id == "VP8 ", id == "VP8L", id == "VP8X":
			return 0, 0, broken("a chunk is malformed")
		default:
			continue // alpha, metadata, and what may come
		}
		if canvasWidth != 0 && (w != canvasWidth || h != canvasHeight) {
			return 0, 0, broken("the frame does not fit the canvas")
		}
		return w, h, nil // the decoder, too, stops at the first frame
	}
	return 0, 0, broken("no frame")
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
