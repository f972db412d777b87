package wire

import (
	"unicode"
	"unicode/utf8"

	"hearth/chat"
)

// checkMessage applies the rules of a message's body.
func checkMessage(v chat.Text, l chat.Limits) *chat.Error {
	text := checkText(v.Text, l)
	if len(v.Files) > 0 && text != nil && text.Code == chat.CodeEmpty {
		text = nil // files speak for themselves
	}
	return first(text, checkFiles(v.Files, l), checkSeq(v.Reply, "/body/reply"), checkMentions(v.Mentions), checkForward(v.Forward, l))
}

// checkChange applies the rules of a change to a message. Whether the target is
// there is the room's business.
func checkChange(b chat.Body, l chat.Limits) *chat.Error {
	target := chat.TargetOf(b)
	if target == 0 {
		return missing("/body/seq")
	}
	if e := checkSeq(target, "/body/seq"); e != nil {
		return e
	}
	switch v := b.(type) {
	case chat.Edit:
		return first(checkText(v.Text, l), checkMentions(v.Mentions))
	case chat.Reaction:
		return CheckEmoji(v.Emoji)
	case chat.Unreaction:
		return CheckEmoji(v.Emoji)
	}
	return nil
}

func checkSeq(s chat.Seq, path string) *chat.Error {
	if s > MaxNumber {
		return chat.Errorf(chat.CodeOutOfRange, path, "not a sequence")
	}
	return nil
}

func checkMentions(m *chat.Mentions) *chat.Error {
	if m == nil {
		return nil
	}
	if len(m.Accounts) > chat.MaxMentions {
		return chat.Errorf(chat.CodeTooLong, "/body/mentions/accounts", "at most %d people can be called at once", chat.MaxMentions)
	}
	for i, a := range m.Accounts {
		if a.IsZero() {
			return missing(pointer("/body/mentions/accounts", i))
		}
	}
	return nil
}

func checkForward(f *chat.Forward, l chat.Limits) *chat.Error {
	if f == nil {
		return nil
	}
	if f.Time < 0 || f.Time > MaxNumber {
		return chat.Errorf(chat.CodeOutOfRange, "/body/forward/time", "not a time")
	}
	return CheckName(f.Name, "/body/forward/name", l)
}

// CheckEmoji refuses what cannot be one emoji. Which ones exist is left to those
// who draw them, so that a server need not know the newest Unicode: something of
// a pictograph, a flag or a keycap, and nothing that is a word, breaks lines or
// turns directions.
func CheckEmoji(s string) *chat.Error {
	const path = "/body/emoji"
	if s == "" {
		return missing(path)
	}
	if len(s) > chat.MaxReactionBytes {
		return chat.Errorf(chat.CodeTooLong, path, "longer than %d bytes", chat.MaxReactionBytes)
	}
	if !utf8.ValidString(s) {
		return chat.Errorf(chat.CodeBadUTF8, path, "not valid UTF-8")
	}
	picture := false
	for _, r := range s {
		switch {
		case r == 0x200d || r == 0xfe0f || r == 0x20e3 || 0xe0020 <= r && r <= 0xe007f: // joiner, variation, keycap, tags
			picture = picture || r == 0x20e3
		case r == '#' || r == '*' || '0' <= r && r <= '9': // before a keycap
		case unicode.In(r, unicode.So, unicode.Sk, unicode.Sm) && r > 0xff || r == 0xa9 || r == 0xae || r == 0x203c || r == 0x2049 || r == 0x2139 || r == 0x3030:
			picture = true
		default:
			return chat.Errorf(chat.CodeBadValue, path, "not an emoji")
		}
	}
	if !picture {
		return chat.Errorf(chat.CodeBadValue, path, "not an emoji")
	}
	return nil
}
