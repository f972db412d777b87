package chat

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log/slog"
)

// The text forms of the identifier types, all alike: 26 characters of idText.

// String returns the 26-character text form.
func (id RoomID) String() string { return idText.EncodeToString(id[:]) }

// MarshalText implements encoding.TextMarshaler.
func (id RoomID) MarshalText() ([]byte, error) { return idText.AppendEncode(nil, id[:]), nil }

// AppendText implements encoding.TextAppender.
func (id RoomID) AppendText(b []byte) ([]byte, error) { return idText.AppendEncode(b, id[:]), nil }

// UnmarshalText implements encoding.TextUnmarshaler; it accepts the one spelling only.
func (id *RoomID) UnmarshalText(text []byte) error { return decodeID(id[:], text) }

// IsZero reports whether the id is unset.
func (id RoomID) IsZero() bool { return id == RoomID{} }

// String returns the 26-character text form.
func (id AccountID) String() string { return idText.EncodeToString(id[:]) }

// MarshalText implements encoding.TextMarshaler.
func (id AccountID) MarshalText() ([]byte, error) { return idText.AppendEncode(nil, id[:]), nil }

// AppendText implements encoding.TextAppender.
func (id AccountID) AppendText(b []byte) ([]byte, error) { return idText.AppendEncode(b, id[:]), nil }

// UnmarshalText implements encoding.TextUnmarshaler; it accepts the one spelling only.
func (id *AccountID) UnmarshalText(text []byte) error { return decodeID(id[:], text) }

// IsZero reports whether the id is unset.
func (id AccountID) IsZero() bool { return id == AccountID{} }

// String returns the 26-character text form.
func (id DeviceID) String() string { return idText.EncodeToString(id[:]) }

// MarshalText implements encoding.TextMarshaler.
func (id DeviceID) MarshalText() ([]byte, error) { return idText.AppendEncode(nil, id[:]), nil }

// AppendText implements encoding.TextAppender.
func (id DeviceID) AppendText(b []byte) ([]byte, error) { return idText.AppendEncode(b, id[:]), nil }

// UnmarshalText implements encoding.TextUnmarshaler; it accepts the one spelling only.
func (id *DeviceID) UnmarshalText(text []byte) error { return decodeID(id[:], text) }

// IsZero reports whether the id is unset.
func (id DeviceID) IsZero() bool { return id == DeviceID{} }

// String returns the 26-character text form.
func (id MID) String() string { return idText.EncodeToString(id[:]) }

// MarshalText implements encoding.TextMarshaler.
func (id MID) MarshalText() ([]byte, error) { return idText.AppendEncode(nil, id[:]), nil }

// AppendText implements encoding.TextAppender.
func (id MID) AppendText(b []byte) ([]byte, error) { return idText.AppendEncode(b, id[:]), nil }

// UnmarshalText implements encoding.TextUnmarshaler; it accepts the one spelling only.
func (id *MID) UnmarshalText(text []byte) error { return decodeID(id[:], text) }

// IsZero reports whether the id is unset.
func (id MID) IsZero() bool { return id == MID{} }

// String returns the 26-character text form.
func (id Epoch) String() string { return idText.EncodeToString(id[:]) }

// MarshalText implements encoding.TextMarshaler.
func (id Epoch) MarshalText() ([]byte, error) { return idText.AppendEncode(nil, id[:]), nil }

// AppendText implements encoding.TextAppender.
func (id Epoch) AppendText(b []byte) ([]byte, error) { return idText.AppendEncode(b, id[:]), nil }

// UnmarshalText implements encoding.TextUnmarshaler; it accepts the one spelling only.
func (id *Epoch) UnmarshalText(text []byte) error { return decodeID(id[:], text) }

// IsZero reports whether the id is unset.
func (id Epoch) IsZero() bool { return id == Epoch{} }

// String returns the 26-character text form.
func (id InviteID) String() string { return idText.EncodeToString(id[:]) }

// MarshalText implements encoding.TextMarshaler.
func (id InviteID) MarshalText() ([]byte, error) { return idText.AppendEncode(nil, id[:]), nil }

// AppendText implements encoding.TextAppender.
func (id InviteID) AppendText(b []byte) ([]byte, error) { return idText.AppendEncode(b, id[:]), nil }

// UnmarshalText implements encoding.TextUnmarshaler; it accepts the one spelling only.
func (id *InviteID) UnmarshalText(text []byte) error { return decodeID(id[:], text) }

// IsZero reports whether the id is unset.
func (id InviteID) IsZero() bool { return id == InviteID{} }

// binText is the spelling of hashes, keys and signatures in text: RFC 4648
// base64url without padding.
var binText = base64.RawURLEncoding.Strict()

func decodeBin(dst, text []byte) error {
	if len(text) != binText.EncodedLen(len(dst)) {
		return fmt.Errorf("want %d characters of base64url, have %d", binText.EncodedLen(len(dst)), len(text))
	}
	buf := make([]byte, len(dst))
	if _, err := binText.Decode(buf, text); err != nil {
		return fmt.Errorf("not base64url: %w", err)
	}
	copy(dst, buf)
	return nil
}

// String returns the 43-character base64url form.
func (h Hash) String() string { return binText.EncodeToString(h[:]) }

// MarshalText implements encoding.TextMarshaler.
func (h Hash) MarshalText() ([]byte, error) { return binText.AppendEncode(nil, h[:]), nil }

// AppendText implements encoding.TextAppender.
func (h Hash) AppendText(b []byte) ([]byte, error) { return binText.AppendEncode(b, h[:]), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hash) UnmarshalText(text []byte) error { return decodeBin(h[:], text) }

// IsZero reports whether the hash is unset.
func (h Hash) IsZero() bool { return h == Hash{} }

// MarshalText implements encoding.TextMarshaler.
func (s Salt) MarshalText() ([]byte, error) { return binText.AppendEncode(nil, s[:]), nil }

// AppendText implements encoding.TextAppender.
func (s Salt) AppendText(b []byte) ([]byte, error) { return binText.AppendEncode(b, s[:]), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Salt) UnmarshalText(text []byte) error { return decodeBin(s[:], text) }

// IsZero reports whether the salt is unset.
func (s Salt) IsZero() bool { return s == Salt{} }

// String returns the 16-digit hexadecimal form.
func (d Digest) String() string { return fmt.Sprintf("%016x", uint64(d)) }

// MarshalText implements encoding.TextMarshaler; 64 bits do not fit a JSON number.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Digest) UnmarshalText(text []byte) error {
	var b [8]byte
	if len(text) != 16 {
		return fmt.Errorf("want 16 hexadecimal digits, have %d characters", len(text))
	}
	if _, err := hex.Decode(b[:], text); err != nil {
		return fmt.Errorf("not hexadecimal: %w", err)
	}
	*d = Digest(binary.BigEndian.Uint64(b[:]))
	return nil
}

// LogValue keeps the secret out of structured logs.
func (InviteSecret) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// LogValue logs a link without its secret.
func (l Link) LogValue() slog.Value { return slog.StringValue(l.WithoutSecret().String()) }
