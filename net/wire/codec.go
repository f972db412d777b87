package wire

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"hearth/chat"
)

// Structural limits of every frame and body.
const (
	MaxDepth  = 16        // nesting
	MaxKeys   = 64        // members of one object
	MaxNumber = 1<<53 - 1 // largest integer
)

// Bytes is binary data, spelled as base64url without padding.
type Bytes []byte

// MarshalText implements encoding.TextMarshaler.
func (b Bytes) MarshalText() ([]byte, error) { return base64.RawURLEncoding.AppendEncode(nil, b), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *Bytes) UnmarshalText(text []byte) error {
	out, err := base64.RawURLEncoding.Strict().AppendDecode(nil, text)
	if err != nil {
		return fmt.Errorf("not base64url: %w", err)
	}
	*b = out
	return nil
}

// Encode returns the bytes of a frame.
func Encode(f Frame) ([]byte, error) {
	body, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", f.Type(), err)
	}
	out := make([]byte, 0, len(body)+len(f.Type())+8)
	out = append(out, `{"t":"`...)
	out = append(out, f.Type()...)
	out = append(out, '"')
	if len(body) > 2 { // more than {}
		out = append(out, ',')
	}
	return append(out, body[1:]...), nil
}

// EncodeRecord returns the JSON of a record or greeting that travels as a string.
func EncodeRecord(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode record: %w", err)
	}
	return string(b), nil
}

// DecodeGreeting reads the content of Hello.
func DecodeGreeting(text string) (Greeting, error) { return decodeRecord[Greeting](text) }

// DecodeRegistration reads the record of Register.
func DecodeRegistration(text string) (Registration, error) { return decodeRecord[Registration](text) }

// DecodeNewStart reads the record of Reset.
func DecodeNewStart(text string) (NewStart, error) { return decodeRecord[NewStart](text) }

// DecodeComeback reads the record of Recover.
func DecodeComeback(text string) (Comeback, error) { return decodeRecord[Comeback](text) }

// DecodeEnrolment reads the record of LoginFinish.
func DecodeEnrolment(text string) (Enrolment, error) { return decodeRecord[Enrolment](text) }

// DecodePassword reads the record of PasswordSet.
func DecodePassword(text string) (PasswordRecord, error) { return decodeRecord[PasswordRecord](text) }

func decodeRecord[T any](text string) (v T, err error) {
	if _, e := scan([]byte(text)); e != nil {
		return v, e
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return v, decodeError(err)
	}
	return v, nil
}

// DecodeRequest reads a frame of a client, strictly: duplicate members, bad
// UTF-8, deep nesting, crowded objects and large numbers are refused with the
// JSON Pointer of the place. The request id is returned also with an error, as
// far as it could be read, so that the refusal can name it.
func DecodeRequest(data []byte) (Request, uint64, *chat.Error) {
	head, err := scan(data)
	if err != nil {
		return nil, head.id, err
	}
	if head.typ == "" {
		return nil, head.id, chat.Errorf(chat.CodeMissingField, "/t", "the frame has no type")
	}
	r := newRequest(Type(head.typ))
	if r == nil {
		return nil, head.id, chat.Errorf(chat.CodeUnknownType, "/t", "this server does not know the frame type %q", clip(head.typ))
	}
	if e := json.Unmarshal(data, r); e != nil {
		return nil, head.id, decodeError(e)
	}
	if r.RequestID() == 0 {
		return nil, 0, chat.Errorf(chat.CodeMissingField, "/id", "the request has no id")
	}
	return r, r.RequestID(), r.Check()
}

// DecodeServer reads a frame of a server. A nil frame with a nil error is a type
// this client does not know and skips.
func DecodeServer(data []byte) (Frame, error) {
	t, err := frameType(data)
	if err != nil {
		return nil, err
	}
	f := newServerFrame(t)
	if f == nil {
		return nil, nil
	}
	if crowded(data) {
		return nil, chat.Errorf(chat.CodeTooLong, "", "a frame has more than %d objects", MaxObjects)
	}
	if err := json.Unmarshal(data, f); err != nil {
		return nil, decodeError(err)
	}
	if e := checkFrame(f); e != nil {
		return nil, e
	}
	return f, nil
}

// frameType finds the member "t" without reading more than it must: our own
// encoder writes it first.
func frameType(data []byte) (Type, error) {
	if rest, ok := bytes.CutPrefix(data, []byte(`{"t":"`)); ok {
		if i := bytes.IndexByte(rest, '"'); i > 0 && i < 32 && bytes.IndexByte(rest[:i], '\\') < 0 {
			return Type(rest[:i]), nil
		}
	}
	head, err := scan(data)
	if err != nil {
		return "", err
	}
	return Type(head.typ), nil
}

// header is what scan learns besides that the frame is well-formed.
type header struct {
	typ string
	id  uint64
}

// decoders are kept between frames: a frame is scanned at once and the decoder
// given back.
var decoders = sync.Pool{New: func() any { return jsontext.NewDecoder(nothing) }}

// nothing is what a decoder at rest reads.
var nothing = strings.NewReader("")

// scan walks the whole text once and enforces what the grammar of JSON does not.
func scan(data []byte) (header, *chat.Error) {
	var h header
	if !utf8.Valid(data) {
		return h, chat.Errorf(chat.CodeBadUTF8, "", "the frame is not valid UTF-8")
	}
	d := decoders.Get().(*jsontext.Decoder)
	defer decoders.Put(d)
	d.Reset(bytes.NewBuffer(data)) // of a Buffer the decoder makes no copy
	defer d.Reset(nothing)         // keeps no hold of the frame
	if d.PeekKind() != '{' {
		if _, err := d.ReadToken(); err != nil {
			return h, decodeError(err)
		}
		return h, chat.Errorf(chat.CodeBadType, "", "a frame is one JSON object")
	}
	for {
		tok, err := d.ReadToken()
		if err != nil {
			return h, decodeError(err)
		}
		if e := structure(d, tok); e != nil {
			return h, e
		}
		depth := d.StackDepth()
		if depth == 1 {
			h.note(d, tok)
		}
		if depth == 0 {
			break
		}
	}
	if rest := bytes.TrimLeft(data[d.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return h, chat.Errorf(chat.CodeBadJSON, "", "something follows the object")
	}
	return h, nil
}

// note remembers type and id when they pass by.
func (h *header) note(d *jsontext.Decoder, tok jsontext.Token) {
	if kind := tok.Kind(); kind != '"' && kind != '0' || h.typ != "" && h.id != 0 {
		return // neither of them, or both known: the usual frame has them in front
	}
	_, n := d.StackIndex(1)
	if n%2 != 0 {
		return // a name, not a value
	}
	switch d.StackPointer() {
	case "/t":
		if tok.Kind() == '"' {
			h.typ = tok.String()
		}
	case "/id":
		if tok.Kind() == '0' {
			if id, err := tok.Uint(); err == nil && id <= MaxNumber {
				h.id = id
			}
		}
	}
}

func structure(d *jsontext.Decoder, tok jsontext.Token) *chat.Error {
	depth := d.StackDepth()
	if depth > MaxDepth {
		return chat.Errorf(chat.CodeTooDeep, string(d.StackPointer()), "nested deeper than %d levels", MaxDepth)
	}
	if kind, n := d.StackIndex(depth); kind == '{' && n > 2*MaxKeys {
		return chat.Errorf(chat.CodeTooLong, string(d.StackPointer().Parent()), "an object has more than %d members", MaxKeys)
	}
	if tok.Kind() == '0' {
		if f, err := tok.Float(); err != nil || f > MaxNumber || f < -MaxNumber {
			return chat.Errorf(chat.CodeOutOfRange, string(d.StackPointer()), "a number lies outside ±(2^53 − 1)")
		}
	}
	return nil
}

// decodeError turns the decoder's errors into ours, keeping the place.
func decodeError(err error) *chat.Error {
	var ours *chat.Error
	if errors.As(err, &ours) {
		return ours
	}
	var syn *jsontext.SyntacticError
	if errors.As(err, &syn) {
		if errors.Is(syn.Err, jsontext.ErrDuplicateName) {
			return chat.Errorf(chat.CodeDuplicateKey, string(syn.JSONPointer), "the member stands twice")
		}
		return chat.Errorf(chat.CodeBadJSON, string(syn.JSONPointer), "not valid JSON near byte %d", syn.ByteOffset)
	}
	var sem *json.SemanticError
	if errors.As(err, &sem) {
		return semanticError(sem)
	}
	return chat.Errorf(chat.CodeBadJSON, "", "not valid JSON")
}

func semanticError(sem *json.SemanticError) *chat.Error {
	path := string(sem.JSONPointer)
	if sem.JSONKind == '0' && numeric(sem.GoType) {
		return chat.Errorf(chat.CodeOutOfRange, path, "the number does not fit here")
	}
	if sem.JSONKind == '"' && sem.Err != nil {
		reason := sem.Err.Error()
		if errors.Is(sem.Err, chat.ErrBadID) || strings.Contains(reason, "base64url") || strings.Contains(reason, "hexadecimal") {
			return chat.Errorf(chat.CodeBadValue, path, "%s", clip(reason))
		}
	}
	return chat.Errorf(chat.CodeBadType, path, "the value has the wrong type")
}

// clip keeps foreign text short in messages.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func newRequest(t Type) Request {
	switch t {
	case TypeSend:
		return new(Send)
	case TypeHeartbeat:
		return new(Heartbeat)
	case TypeSync:
		return new(Sync)
	case TypeAuth:
		return new(Auth)
	case TypeInviteCheck:
		return new(InviteCheck)
	case TypeRegister:
		return new(Register)
	case TypeReset:
		return new(Reset)
	case TypeRecover:
		return new(Recover)
	case TypeLoginBegin:
		return new(LoginBegin)
	case TypeLoginFinish:
		return new(LoginFinish)
	case TypeSendStatus:
		return new(SendStatus)
	case TypeHistory:
		return new(History)
	case TypeChains:
		return new(Chains)
	case TypeHeads:
		return new(Heads)
	case TypeProfile:
		return new(Profile)
	case TypePeople:
		return new(People)
	case TypeRooms:
		return new(Rooms)
	case TypeInviteCreate:
		return new(InviteCreate)
	case TypeInviteList:
		return new(InviteList)
	case TypeInviteRevoke:
		return new(InviteRevoke)
	case TypeDeviceList:
		return new(DeviceList)
	case TypeDeviceRevoke:
		return new(DeviceRevoke)
	case TypeDeviceRevokeOthers:
		return new(DeviceRevokeOthers)
	case TypePasswordBegin:
		return new(PasswordBegin)
	case TypePasswordSet:
		return new(PasswordSet)
	case TypeAccountDelete:
		return new(AccountDelete)
	case TypeRecoverySet:
		return new(RecoverySet)
	case TypeRead:
		return new(Read)
	case TypeTyping:
		return new(Typing)
	case TypeFilesToken:
		return new(FilesToken)
	case TypePresence:
		return new(Presence)
	case TypePrivacySet:
		return new(PrivacySet)
	case TypeBlockSet:
		return new(BlockSet)
	}
	return newCardRequest(t)
}

// newCardRequest goes on where newRequest ends.
func newCardRequest(t Type) Request {
	switch t {
	case TypeAvatarSet:
		return new(AvatarSet)
	case TypeAvatarGet:
		return new(AvatarGet)
	case TypeStatusSet:
		return new(StatusSet)
	case TypeCards:
		return new(Cards)
	}
	return nil
}

func newServerFrame(t Type) Frame {
	switch t {
	case TypeEvents:
		return new(Events)
	case TypeAck:
		return new(Ack)
	case TypeHeartbeatOK:
		return new(HeartbeatOK)
	case TypeHello:
		return new(Hello)
	case TypeInviteInfo:
		return new(InviteInfo)
	case TypeLoginChallenge:
		return new(LoginChallenge)
	case TypeReady:
		return new(Ready)
	case TypeSyncStarted:
		return new(SyncStarted)
	case TypeVoid:
		return new(Void)
	case TypeSnapshot:
		return new(Snapshot)
	case TypeLive:
		return new(Live)
	case TypeLag:
		return new(Lag)
	case TypeSendState:
		return new(SendState)
	case TypeHistoryPage:
		return new(HistoryPage)
	case TypeChainsAt:
		return new(ChainsAt)
	case TypeHeadsAt:
		return new(HeadsAt)
	case TypePeopleList:
		return new(PeopleList)
	case TypeRoomsList:
		return new(RoomsList)
	case TypeInviteCreated:
		return new(InviteCreated)
	case TypeInvites:
		return new(Invites)
	case TypeOK:
		return new(OK)
	case TypeError:
		return new(Error)
	case TypeGoodbye:
		return new(Goodbye)
	case TypeDevices:
		return new(Devices)
	case TypeDeviceAdded:
		return new(DeviceAdded)
	case TypePasswordChallenge:
		return new(PasswordChallenge)
	case TypePasswordChanged:
		return new(PasswordChanged)
	case TypeReadAt:
		return new(ReadAt)
	case TypeReadBy:
		return new(ReadBy)
	case TypeTypingAt:
		return new(TypingAt)
	case TypeFilesGrant:
		return new(FilesGrant)
	case TypePresenceAt:
		return new(PresenceAt)
	case TypePresenceList:
		return new(PresenceList)
	case TypePrivacyAt:
		return new(PrivacyAt)
	case TypeBlocksAt:
		return new(BlocksAt)
	}
	return newCardFrame(t)
}

// newCardFrame goes on where newServerFrame ends.
func newCardFrame(t Type) Frame {
	switch t {
	case TypeCardsList:
		return new(CardsList)
	case TypeCardAt:
		return new(CardAt)
	case TypeAvatar:
		return new(Avatar)
	case TypeAccountDeleted:
		return new(AccountDeleted)
	case TypeRecoveryChanged:
		return new(RecoveryChanged)
	case TypeRecoveryReplaced:
		return new(RecoveryReplaced)
	}
	return nil
}

func numeric(t reflect.Type) bool {
	return t != nil && t.Kind() >= reflect.Int && t.Kind() <= reflect.Float64
}
