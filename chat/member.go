package chat

import (
	"bytes"
	"encoding/json"
)

// memberOf reads one member of a JSON object into v, by its exact name, and reports
// whether it is there and fits. The standard decoder takes "SEQ" for "seq" when it
// fills a struct; whoever checks a body does not, so that one event would say two
// things: what was checked, and what is done.
func memberOf(object []byte, name string, v any) bool {
	var all map[string]json.RawMessage
	if json.Unmarshal(object, &all) != nil {
		return false
	}
	raw, ok := all[name]
	return ok && json.Unmarshal(raw, v) == nil
}

// mayHave reports whether an object may have a member, without reading it: escapes
// hide names.
func mayHave(object []byte, name string) bool {
	return bytes.Contains(object, []byte(name+`"`)) || bytes.Contains(object, []byte(`\u`))
}

// MentionsOf returns whom the body of a message calls; nil: nobody.
func MentionsOf(body []byte) *Mentions {
	if !mayHave(body, "mentions") {
		return nil
	}
	var raw json.RawMessage
	if !memberOf(body, "mentions", &raw) || bytes.Equal(raw, []byte("null")) {
		return nil
	}
	m := &Mentions{}
	_ = memberOf(raw, "room", &m.Room) // what is not there is not meant
	_ = memberOf(raw, "accounts", &m.Accounts)
	return m
}

// WordsOf returns the text of the body of a message or an edit.
func WordsOf(body []byte) (text string) {
	if !oddly(body, "text") {
		var plain struct {
			Text string `json:"text"`
		}
		if json.Unmarshal(body, &plain) != nil {
			return ""
		}
		return plain.Text
	}
	_ = memberOf(body, "text", &text)
	return text
}

// oddly reports whether a name, which has neither k nor s, may stand in an object
// written in other letters than its own; texts that look so count as well.
func oddly(object []byte, name string) bool {
	if bytes.Contains(object, []byte(`\u`)) {
		return true
	}
	for rest := object; ; {
		i := bytes.IndexByte(rest, '"')
		if i < 0 {
			return false
		}
		rest = rest[i+1:]
		if n := len(name); len(rest) > n && rest[n] == '"' && string(rest[:n]) != name && bytes.EqualFold(rest[:n], []byte(name)) {
			return true
		}
	}
}

// FileNamesOf returns what the body of a message calls its files, those that have a name.
func FileNamesOf(body []byte) (names []string) {
	var files []json.RawMessage
	if !mayHave(body, "files") || !memberOf(body, "files", &files) {
		return nil
	}
	for _, raw := range files {
		var name string
		if memberOf(raw, "name", &name) && name != "" {
			names = append(names, name)
		}
	}
	return names
}

// contentsOf reads what the files of a message's body name.
func contentsOf(body []byte) []Content {
	var files []json.RawMessage
	if !mayHave(body, "files") || !memberOf(body, "files", &files) {
		return nil
	}
	list := make([]File, len(files))
	for i, raw := range files {
		f := &list[i]
		if !memberOf(raw, "hash", &f.Hash) {
			return nil
		}
		_ = memberOf(raw, "size", &f.Size)
		var thumb json.RawMessage
		if memberOf(raw, "thumb", &thumb) && !bytes.Equal(thumb, []byte("null")) {
			f.Thumb = &Thumb{}
			_ = memberOf(thumb, "hash", &f.Thumb.Hash)
			_ = memberOf(thumb, "size", &f.Thumb.Size)
		}
	}
	return ContentsOf(list)
}
