package wire

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"hearth/chat"
)

// ParseBody reads an event's body as its kind says. An unknown kind gives
// chat.Unknown and no error; so does an erased (empty) body. A body of a known
// kind that cannot be read is an error with the path of the place.
func ParseBody(kind chat.Kind, raw []byte) (chat.Body, *chat.Error) {
	if len(raw) == 0 {
		return chat.Unknown{}, nil
	}
	switch kind {
	case chat.KindMessage:
		return parse[chat.Text](raw)
	case chat.KindRoomCreate:
		return parse[chat.RoomCreate](raw)
	case chat.KindJoin:
		return parse[chat.Join](raw)
	case chat.KindLeave:
		return parse[chat.Leave](raw)
	case chat.KindRemove:
		return parse[chat.Remove](raw)
	case chat.KindGone:
		return parse[chat.Gone](raw)
	case chat.KindRole:
		return parse[chat.SetRole](raw)
	case chat.KindName:
		return parse[chat.Name](raw)
	case chat.KindRename:
		return parse[chat.Rename](raw)
	case chat.KindTopic:
		return parse[chat.Topic](raw)
	case chat.KindArchive:
		return parse[chat.Archive](raw)
	case chat.KindKeep:
		return parse[chat.Keep](raw)
	case chat.KindReadings:
		return parse[chat.Readings](raw)
	case chat.KindHistory:
		return parse[chat.SetHistory](raw)
	case chat.KindPurge:
		return parse[chat.Purge](raw)
	}
	return parseChange(kind, raw)
}

func parseChange(kind chat.Kind, raw []byte) (chat.Body, *chat.Error) {
	switch kind {
	case chat.KindEdit:
		return parse[chat.Edit](raw)
	case chat.KindDelete:
		return parse[chat.Delete](raw)
	case chat.KindReactionAdd:
		return parse[chat.Reaction](raw)
	case chat.KindReactionRemove:
		return parse[chat.Unreaction](raw)
	case chat.KindPinAdd:
		return parse[chat.Pin](raw)
	case chat.KindPinRemove:
		return parse[chat.Unpin](raw)
	}
	return chat.Unknown{}, nil
}

func parse[T chat.Body](raw []byte) (chat.Body, *chat.Error) {
	var v T
	if _, e := scan(raw); e != nil {
		return nil, under("/body", e)
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, under("/body", decodeError(err))
	}
	return v, nil
}

// under moves an error's path below prefix.
func under(prefix string, e *chat.Error) *chat.Error {
	moved := *e
	moved.Path = prefix + e.Path
	return &moved
}

// EncodeBody returns the bytes of a body.
func EncodeBody(b chat.Body) ([]byte, error) { return json.Marshal(b) }

// CheckBody reads a body that a client wants stored and applies the rules of its
// kind. Both ends call it: the client so that a person hears at once, the server
// because it trusts nobody. Kinds that are unknown are refused here; only
// reading is tolerant of them.
func CheckBody(kind chat.Kind, raw []byte, l chat.Limits) (chat.Body, *chat.Error) {
	if len(raw) > l.BodyBytes {
		return nil, chat.Errorf(chat.CodeTooLong, "/body", "longer than %d bytes", l.BodyBytes)
	}
	b, e := ParseBody(kind, raw)
	if e != nil {
		return nil, e
	}
	switch v := b.(type) {
	case chat.Text:
		return b, checkMessage(v, l)
	case chat.RoomCreate:
		return b, checkRoomCreate(v, l)
	case chat.Rename:
		return b, CheckName(v.Name, "/body/name", l)
	case chat.Topic:
		return b, checkTopic(v.Topic, l)
	case chat.Join, chat.Leave, chat.Archive, chat.Readings:
		return b, nil
	case chat.Remove:
		return b, present(v.Account.IsZero(), "/body/account")
	case chat.Keep:
		return b, checkKeep(v)
	case chat.SetHistory:
		return b, checkHistory(v.History)
	case chat.Name, chat.SetRole, chat.Gone, chat.Purge, chat.Unknown: // these are the server's to tell
		return nil, chat.Errorf(chat.CodeUnknownKind, "/kind", "this server does not accept the kind %q", clip(string(kind)))
	}
	return b, checkChange(b, l)
}

// CheckOutgoing is CheckBody for who is going to send it: also the frame that carries the
// body must be one that the server accepts, and there each quotation mark and backslash
// of the body takes twice the space.
func CheckOutgoing(kind chat.Kind, raw []byte, l chat.Limits) (chat.Body, *chat.Error) {
	b, e := CheckBody(kind, raw, l)
	if e == nil && !Carries(kind, raw, l) {
		return nil, chat.Errorf(chat.CodeTooLong, "/body", "takes more than %d bytes on its way", l.FrameBytes)
	}
	return b, e
}

// Carries reports whether a frame of the size that the server accepts can carry a body,
// whatever the numbers beside it.
func Carries(kind chat.Kind, raw []byte, l chat.Limits) bool {
	if 2*len(raw)+1024 <= l.FrameBytes { // most are short
		return true
	}
	f := &Send{DSeq: MaxNumber, Kind: kind, Body: string(raw)}
	f.SetRequestID(MaxNumber)
	data, err := Encode(f)
	return err == nil && len(data) <= l.FrameBytes
}

func checkKeep(v chat.Keep) *chat.Error {
	if v.Days < 0 || v.Days > chat.MaxKeepDays {
		return chat.Errorf(chat.CodeOutOfRange, "/body/days", "want 0, for ever, or at most %d days", chat.MaxKeepDays)
	}
	return nil
}

func checkHistory(h chat.History) *chat.Error {
	if h != chat.HistoryAll && h != chat.HistoryJoined {
		return chat.Errorf(chat.CodeBadValue, "/body/history", "want %q or %q", chat.HistoryAll, chat.HistoryJoined)
	}
	return nil
}

func checkText(s string, l chat.Limits) *chat.Error {
	if n := utf8.RuneCountInString(s); n > l.TextChars {
		return chat.Errorf(chat.CodeTooLong, "/body/text", "%d characters; at most %d are accepted", n, l.TextChars)
	}
	if blank(s) {
		return chat.Errorf(chat.CodeEmpty, "/body/text", "the message is empty")
	}
	return nil
}

func checkRoomCreate(v chat.RoomCreate, l chat.Limits) *chat.Error {
	switch v.Access {
	case chat.AccessOpen, chat.AccessClosed, chat.AccessDirect:
	default:
		return chat.Errorf(chat.CodeBadValue, "/body/access", "want %q, %q or %q", chat.AccessOpen, chat.AccessClosed, chat.AccessDirect)
	}
	if e := checkHistory(v.History); e != nil {
		return e
	}
	if len(v.Members) >= l.MembersPerRoom {
		return chat.Errorf(chat.CodeTooLong, "/body/members", "a room has at most %d members", l.MembersPerRoom)
	}
	for i, m := range v.Members {
		if m.IsZero() {
			return missing(pointer("/body/members", i))
		}
	}
	if v.Access == chat.AccessDirect {
		return checkDirect(v)
	}
	return first(CheckName(v.Name, "/body/name", l), checkTopic(v.Topic, l))
}

// checkDirect applies the rules of conversations between few. That the members are
// others than the author, and the room's id theirs, is for CheckDirect.
func checkDirect(v chat.RoomCreate) *chat.Error {
	switch n := len(v.Members); {
	case v.History != chat.HistoryAll:
		return chat.Errorf(chat.CodeBadValue, "/body/history", "nobody joins a direct room")
	case v.Name != "":
		return chat.Errorf(chat.CodeBadValue, "/body/name", "a direct room has no name")
	case v.Topic != "":
		return chat.Errorf(chat.CodeBadValue, "/body/topic", "a direct room has no topic")
	case n == 0:
		return missing("/body/members")
	case n >= chat.MaxDirect:
		return chat.Errorf(chat.CodeTooLong, "/body/members", "at most %d people, the author among them", chat.MaxDirect)
	}
	return nil
}

// CheckDirect applies what ties a room's id to who is in it: a direct room is made at
// the id that its members derive, no other room at such an id.
func CheckDirect(room chat.RoomID, author chat.AccountID, v chat.RoomCreate) *chat.Error {
	if v.Access != chat.AccessDirect {
		if room.Direct() {
			return chat.Errorf(chat.CodeBadValue, "/room", "ids like this are those of direct rooms")
		}
		return nil
	}
	people := []chat.AccountID{author}
	for i, m := range v.Members {
		if slices.Contains(people, m) {
			return chat.Errorf(chat.CodeBadValue, pointer("/body/members", i), "named twice, or the author")
		}
		people = append(people, m)
	}
	if room != chat.DirectRoom(people...) {
		return chat.Errorf(chat.CodeBadValue, "/room", "not the id of the room of these people")
	}
	return nil
}

func checkTopic(s string, l chat.Limits) *chat.Error {
	if n := utf8.RuneCountInString(s); n > l.TopicChars {
		return chat.Errorf(chat.CodeTooLong, "/body/topic", "%d characters; at most %d are accepted", n, l.TopicChars)
	}
	return oneLine(s, "/body/topic")
}

// CheckName applies the rules of room names and display names: something to see, one
// line, no control or direction characters, no space around.
func CheckName(s, path string, l chat.Limits) *chat.Error {
	if blank(s) {
		return chat.Errorf(chat.CodeEmpty, path, "the name is empty")
	}
	if unseen(s) {
		return chat.Errorf(chat.CodeEmpty, path, "the name has no character that can be seen")
	}
	if n := utf8.RuneCountInString(s); n > l.NameChars {
		return chat.Errorf(chat.CodeTooLong, path, "%d characters; at most %d are accepted", n, l.NameChars)
	}
	if s != strings.TrimSpace(s) {
		return chat.Errorf(chat.CodeBadValue, path, "the name begins or ends with a space")
	}
	return oneLine(s, path)
}

func oneLine(s, path string) *chat.Error {
	if !utf8.ValidString(s) {
		return chat.Errorf(chat.CodeBadUTF8, path, "not valid UTF-8")
	}
	for _, r := range s {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r) {
			return chat.Errorf(chat.CodeBadValue, path, "line breaks, control and direction characters are not accepted")
		}
	}
	return nil
}

// blank reports whether a person would see nothing.
func blank(s string) bool {
	for _, r := range s {
		if !unicode.IsSpace(r) && !unicode.IsControl(r) && !unicode.Is(unicode.Cf, r) {
			return false
		}
	}
	return true
}

// unseen reports whether a name shows nothing of its own: blanks, characters that are
// ignored where they are not known (UAX #44, Default_Ignorable_Code_Point), and marks
// without a letter. Fillers count as letters in Unicode, and show nothing.
func unseen(s string) bool {
	for _, r := range s {
		if !unicode.In(r, unicode.White_Space, unicode.C, unicode.M, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) && r != brailleBlank && r != utf8.RuneError {
			return false
		}
	}
	return true
}

// brailleBlank is a pattern without dots.
const brailleBlank = '\u2800'

// pointer returns the JSON Pointer of an array's element.
func pointer(array string, i int) string { return array + "/" + strconv.Itoa(i) }
