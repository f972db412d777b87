package chat

import (
	"fmt"
	"strconv"
	"strings"
)

// PlaceLink leads to a message of a room, for members of the group whose server it
// names. It holds no address and no secret: who has no account there learns nothing
// but that there is such a room.
//
// Text form, with the server's fingerprint:
//
//	hearth:message/ROOM/SEQ?f=FINGERPRINT
type PlaceLink struct {
	Server ServerID
	Room   RoomID
	Seq    Seq
}

const placePrefix = Scheme + ":message/"

// maxPlaceBytes bounds what ParsePlaceLink looks at.
const maxPlaceBytes = 200

// String returns the text form.
func (l PlaceLink) String() string {
	return placePrefix + l.Room.String() + "/" + strconv.FormatUint(uint64(l.Seq), 10) + "?f=" + l.Server.String()
}

// ParsePlaceLink reads the text form as people paste it: surrounding space, quotes
// and angle brackets are forgiven, anything else is not.
func ParsePlaceLink(text string) (l PlaceLink, err error) {
	text = strings.Trim(strings.TrimSpace(text), "<>\"'`")
	if len(text) > maxPlaceBytes || len(text) < len(placePrefix) || !strings.EqualFold(text[:len(placePrefix)], placePrefix) {
		return l, fmt.Errorf("%w: no link to a message", ErrBadLink)
	}
	path, query, _ := strings.Cut(text[len(placePrefix):], "?")
	room, seq, _ := strings.Cut(path, "/")
	n, err := strconv.ParseUint(seq, 10, 53)
	if err != nil || n == 0 || seq[0] < '1' || seq[0] > '9' {
		return l, fmt.Errorf("%w: the place of the message is missing or cut off", ErrBadLink)
	}
	print, ok := strings.CutPrefix(query, "f=")
	if !ok || l.Server.UnmarshalText([]byte(strings.ToLower(print))) != nil {
		return PlaceLink{}, fmt.Errorf("%w: the fingerprint (f=) is missing or cut off", ErrBadLink)
	}
	if l.Room.UnmarshalText([]byte(strings.ToLower(room))) != nil || l.Room.IsZero() {
		return PlaceLink{}, fmt.Errorf("%w: the room is missing or cut off", ErrBadLink)
	}
	l.Seq = Seq(n)
	return l, nil
}
