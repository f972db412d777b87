package picture

import "encoding/binary"

// Turn is how a picture must be turned to be upright: the orientation of Exif
// 2.32, 4.6.4, tag 0x0112.
type Turn int

// Upright needs no turning. 2 to 8 are mirrored, turned, or both.
const Upright Turn = 1

// Sideways reports whether width and height change places.
func (t Turn) Sideways() bool { return t >= 5 && t <= 8 }

// orientation reads the one thing we want to know from a JPEG's APP1 segment.
func orientation(segment []byte) (Turn, bool) {
	const head = "Exif\x00\x00"
	if len(segment) < len(head)+8 || string(segment[:len(head)]) != head {
		return 0, false
	}
	t := segment[len(head):]
	var order binary.ByteOrder = binary.LittleEndian
	switch string(t[:4]) {
	case "II*\x00":
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 0, false
	}
	at := int64(order.Uint32(t[4:]))
	if at+2 > int64(len(t)) {
		return 0, false
	}
	entries := int64(order.Uint16(t[at:]))
	at += 2
	for range entries {
		if at+12 > int64(len(t)) {
			return 0, false
		}
		entry := t[at : at+12]
		at += 12
		const short = 3
		if order.Uint16(entry) != 0x0112 || order.Uint16(entry[2:]) != short {
			continue
		}
		v := Turn(order.Uint16(entry[8:]))
		return v, v >= 1 && v <= 8
	}
	return 0, false
}
