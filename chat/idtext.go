package chat

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
