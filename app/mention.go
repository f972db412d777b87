package app

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"hearth/chat"
)

// everybody is the word behind an "@" that calls a whole room.
const everybody = "room"

// findMentions finds whom a text calls among those whose lower-case login names are
// given.
func findMentions(text string, byName map[string]chat.AccountID) *chat.Mentions {
	var m chat.Mentions
	for _, word := range calls(text) {
		word = strings.ToLower(word)
		for ; word != ""; word = word[:len(word)-1] {
			if account, known := byName[word]; known {
				if !slices.Contains(m.Accounts, account) && len(m.Accounts) < chat.MaxMentions {
					m.Accounts = append(m.Accounts, account)
				}
				break
			}
			if word == everybody {
				m.Room = true
				break
			}
			if !strings.ContainsRune(".-_", rune(word[len(word)-1])) {
				break // only what ends a sentence is no part of the name
			}
		}
	}
	if !m.Room && m.Accounts == nil {
		return nil
	}
	return &m
}

// calls returns the words that stand behind an "@" at the beginning of a word and
// outside of code.
func calls(text string) (words []string) {
	before := ' '
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '`':
			fence := len(text[i:]) - len(strings.TrimLeft(text[i:], "`"))
			n = fence
			if end := closing(text[i+fence:], fence); end >= 0 {
				n += end + fence
			}
		case r == '@' && !unicode.IsLetter(before) && !unicode.IsDigit(before):
			end := i + 1
			for end < len(text) && nameByte(text[end]) {
				end++
			}
			if end > i+1 {
				words = append(words, text[i+1:end])
				n = end - i
				r = 'a'
			}
		}
		before = r
		i += n
	}
	return words
}

// closing returns where a run of exactly so many backquotes begins, -1 if nowhere.
func closing(text string, fence int) int {
	for at := 0; ; {
		i := strings.IndexByte(text[at:], '`')
		if i < 0 {
			return -1
		}
		at += i
		run := len(text[at:]) - len(strings.TrimLeft(text[at:], "`"))
		if run == fence {
			return at
		}
		at += run
	}
}

func nameByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '.' || b == '-' || b == '_'
}
