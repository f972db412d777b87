package wire

import (
	"strings"
	"unicode/utf8"

	"hearth/chat"
)

// FeatureCards is named in the greeting of a server that keeps avatars and
// statuses (docs/adr/0028).
const FeatureCards = "cards"

// MaxCards is how many stand in one CardsList.
const MaxCards = 200

// AvatarSet replaces the account's avatar; without Data it has none. The server
// does not look inside. The answer is OK.
type AvatarSet struct {
	Req
	Data Bytes `json:"data,omitempty"` // JPEG or PNG, a square; at most chat.MaxAvatar bytes
}

// StatusSet replaces the account's status; without Text and Emoji it has none. The
// answer is OK.
type StatusSet struct {
	Req
	Status
}

// Status is one line about what somebody is up to.
type Status struct {
	Text  string `json:"text,omitzero"`
	Emoji string `json:"emoji,omitzero"` // one
	ForMS int64  `json:"for_ms,omitzero"`
}

// None reports whether it says nothing.
func (s *Status) None() bool { return s.Text == "" && s.Emoji == "" }

// Cards asks for what the people show of themselves with whom the account shares
// a room, itself included. The answer is CardsList.
type Cards struct {
	Req
	// Digest is over the cards that the client has (chat.Digest.AddCard), 0 for none: if
	// the server's is the same, they are not sent again. Counts without After only.
	Digest chat.Digest    `json:"digest,omitzero"`
	After  chat.AccountID `json:"after,omitzero"` // the last of the page before
}

// Card is what somebody shows besides their names. One with neither avatar nor
// status says that they have none any more.
type Card struct {
	Account chat.AccountID `json:"account"`
	Rev     uint64         `json:"rev"`             // grows with each change
	Avatar  chat.Hash      `json:"avatar,omitzero"` // of its bytes
	Status
}

// None reports whether nothing is shown.
func (p *Card) None() bool { return p.Avatar.IsZero() && p.Status.None() }

// CardsList answers Cards by account; with Same, that the client has them all.
// Who is not in it, and has not come by CardAt since it was asked for, shows
// nothing, or shares no room any more.
type CardsList struct {
	Rep
	Cards []Card `json:"cards"`
	More  bool   `json:"more,omitzero"`
	Same  bool   `json:"same,omitzero"`
}

// CardAt tells of changes since.
type CardAt struct {
	Cards []Card `json:"cards"`
}

// AvatarGet asks for the bytes of an avatar that a card has named. The answer is
// Avatar; file.gone if that is not their avatar (any more), or not for us.
type AvatarGet struct {
	Req
	Account chat.AccountID `json:"account"`
	Avatar  chat.Hash      `json:"avatar"`
}

// Avatar is a picture. The reader checks the hash, and the picture before it decodes
// it.
type Avatar struct {
	Rep
	Data Bytes `json:"data"`
}

// Check implements Request.
func (r *AvatarSet) Check() *chat.Error {
	if len(r.Data) > chat.MaxAvatar {
		return chat.Errorf(chat.CodeTooLong, "/data", "an avatar has at most %d bytes", chat.MaxAvatar)
	}
	return nil
}

// Check implements Request.
func (r *StatusSet) Check() *chat.Error { return r.Status.Check() }

// Check implements Request.
func (*Cards) Check() *chat.Error { return nil }

// Check implements Request.
func (r *AvatarGet) Check() *chat.Error {
	return first(present(r.Account.IsZero(), "/account"), present(r.Avatar.IsZero(), "/avatar"))
}

// Check reports what is wrong with a status; both ends call it.
func (s *Status) Check() *chat.Error {
	switch {
	case s.ForMS < 0 || s.ForMS > chat.MaxStatusMS:
		return chat.Errorf(chat.CodeOutOfRange, "/for_ms", "at most %d", int64(chat.MaxStatusMS))
	case s.None() && s.ForMS > 0:
		return missing("/text")
	}
	if s.Text != "" {
		if e := checkStatusText(s.Text); e != nil {
			return e
		}
	}
	if s.Emoji != "" {
		if e := CheckEmoji(s.Emoji); e != nil {
			e.Path = "/emoji"
			return e
		}
	}
	return nil
}

func checkStatusText(s string) *chat.Error {
	const path = "/text"
	switch n := utf8.RuneCountInString(s); {
	case n > chat.MaxStatus:
		return chat.Errorf(chat.CodeTooLong, path, "%d characters; at most %d are accepted", n, chat.MaxStatus)
	case blank(s):
		return chat.Errorf(chat.CodeEmpty, path, "the status is empty")
	case s != strings.TrimSpace(s):
		return chat.Errorf(chat.CodeBadValue, path, "the status begins or ends with a space")
	}
	return oneLine(s, path)
}

// checkCards is checkFrame for the frames of this file. A status that will not do is
// the reader's to leave out: a newer server may know emoji that we do not.
func checkCards(f Frame) *chat.Error {
	var list []Card
	switch f := f.(type) {
	case *CardsList:
		list = f.Cards
	case *CardAt:
		list = f.Cards
	}
	if len(list) > MaxCards {
		return chat.Errorf(chat.CodeTooLong, "/cards", "more than %d", MaxCards)
	}
	for i := range list {
		if e := seq(chat.Seq(list[i].Rev), pointer("/cards", i)+"/rev"); e != nil {
			return e
		}
	}
	return nil
}

// Type implements Frame.
func (*AvatarSet) Type() Type { return TypeAvatarSet }

// Type implements Frame.
func (*StatusSet) Type() Type { return TypeStatusSet }

// Type implements Frame.
func (*Cards) Type() Type { return TypeCards }

// Type implements Frame.
func (*CardsList) Type() Type { return TypeCardsList }

// Type implements Frame.
func (*CardAt) Type() Type { return TypeCardAt }

// Type implements Frame.
func (*AvatarGet) Type() Type { return TypeAvatarGet }

// Type implements Frame.
func (*Avatar) Type() Type { return TypeAvatar }
