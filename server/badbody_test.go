package server

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hearth/chat"
)

// What may be wrong in the body of a change, and in what a message says of others.
// Values are as in the table of frames, the path is behind "/body".
var (
	badTarget = []flaw{
		{``, chat.CodeMissingField, "/seq"},
		{`0`, chat.CodeMissingField, "/seq"},
		{`null`, chat.CodeMissingField, "/seq"},
		{`"5"`, chat.CodeBadType, "/seq"},
		{`{}`, chat.CodeBadType, "/seq"},
		{`-1`, chat.CodeOutOfRange, "/seq"},
		{`1.5`, chat.CodeOutOfRange, "/seq"},
		{`9007199254740992`, chat.CodeOutOfRange, "/seq"},
		{`9007199254740991`, chat.CodeMessageGone, "/seq"},
		{`1`, chat.CodeMessageGone, "/seq"}, // the room's creation
	}
	badEmoji = []flaw{
		{``, chat.CodeMissingField, "/emoji"},
		{`""`, chat.CodeMissingField, "/emoji"},
		{`7`, chat.CodeBadType, "/emoji"},
		{`["🫖"]`, chat.CodeBadType, "/emoji"},
		{`"tea"`, chat.CodeBadValue, "/emoji"},
		{`"5"`, chat.CodeBadValue, "/emoji"},
		{`"🫖\n"`, chat.CodeBadValue, "/emoji"},
		{`"\u202e🫖"`, chat.CodeBadValue, "/emoji"},
		{`"` + strings.Repeat("🫖", 17) + `"`, chat.CodeTooLong, "/emoji"},
	}
	badMentions = []flaw{
		{`5`, chat.CodeBadType, "/mentions"},
		{`{"room":1}`, chat.CodeBadType, "/mentions/room"},
		{`{"accounts":"a"}`, chat.CodeBadType, "/mentions/accounts"},
		{`{"accounts":["abc"]}`, chat.CodeBadValue, "/mentions/accounts/0"},
		{`{"accounts":["` + strings.Repeat("a", 26) + `"]}`, chat.CodeMissingField, "/mentions/accounts/0"},
		{`{"accounts":` + many(chat.MaxMentions+1, anyRoom) + `}`, chat.CodeTooLong, "/mentions/accounts"},
	}
	badWords = []flaw{
		{``, chat.CodeEmpty, "/text"},
		{`" "`, chat.CodeEmpty, "/text"},
		{`5`, chat.CodeBadType, "/text"},
		{`[]`, chat.CodeBadType, "/text"},
	}
	badQuote = []flaw{
		{`"3"`, chat.CodeBadType, "/reply"},
		{`-1`, chat.CodeOutOfRange, "/reply"},
		{`9007199254740992`, chat.CodeOutOfRange, "/reply"},
		{`5`, chat.CodeBadType, "/forward"},
		{`{"name":"","time":1}`, chat.CodeEmpty, "/forward/name"},
		{`{"name":"a\u202eb","time":1}`, chat.CodeBadValue, "/forward/name"},
		{`{"name":"Ada","time":-1}`, chat.CodeOutOfRange, "/forward/time"},
		{`{"name":"Ada","time":1,"account":"abc"}`, chat.CodeBadValue, "/forward/account"},
	}
)

// at is what may be wrong with a member of a body.
func at(path string, lists ...[]flaw) (flaws []flaw) {
	for _, f := range slices.Concat(lists...) {
		flaws = append(flaws, flaw{f.value, f.code, path + f.path})
	}
	return flaws
}

// TestBadBodies: every kind of change with everything that may be wrong with it
// gets exactly the refusal it should, takes no number of the device, and nothing of
// what is stored has changed (I14).
func TestBadBodies(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann := w.person()
	room, _ := ann.found(chat.AccessClosed)
	m := ann.text(room, "target").Seq
	good := map[string]string{"seq": fmt.Sprint(m), "text": `"x"`, "emoji": `"🫖"`, "name": `"x"`, "access": `"open"`, "history": `"all"`}
	forms := map[chat.Kind]struct {
		members []string
		flaws   []flaw
	}{
		chat.KindMessage:        {[]string{"text"}, slices.Concat(badWords, badMentions, badQuote)},
		chat.KindEdit:           {[]string{"seq", "text"}, slices.Concat(badTarget, badWords, badMentions)},
		chat.KindDelete:         {[]string{"seq"}, badTarget},
		chat.KindReactionAdd:    {[]string{"seq", "emoji"}, slices.Concat(badTarget, badEmoji)},
		chat.KindReactionRemove: {[]string{"seq", "emoji"}, slices.Concat(badTarget, badEmoji)},
		chat.KindPinAdd:         {[]string{"seq"}, badTarget},
		chat.KindPinRemove:      {[]string{"seq"}, badTarget},
		chat.KindKeep:           {[]string{"days"}, at("/days", aCount, []flaw{{fmt.Sprint(chat.MaxKeepDays + 1), chat.CodeOutOfRange, ""}})},
		chat.KindReadings:       {[]string{"hidden"}, at("/hidden", aFlag)},
		chat.KindHistory:        {[]string{"history"}, at("/history", notText, []flaw{{`"later"`, chat.CodeBadValue, ""}})},
		chat.KindArchive:        {[]string{"archived"}, at("/archived", aFlag)},
		chat.KindRemove:         {[]string{"account"}, at("/account", anID, []flaw{{"", chat.CodeMissingField, ""}})},
		chat.KindJoin:           {[]string{"account"}, at("/account", anID)},
		chat.KindLeave:          {nil, nil},
		chat.KindRename:         {[]string{"name"}, at("/name", notText, []flaw{{`""`, chat.CodeEmpty, ""}, {quoted(4096), chat.CodeTooLong, ""}})},
		chat.KindTopic:          {[]string{"topic"}, at("/topic", notText, []flaw{{quoted(4096), chat.CodeTooLong, ""}})},
		chat.KindRoomCreate:     {[]string{"name", "access", "history"}, at("/name", notText)},
	}
	for kind := range operations {
		if _, has := forms[kind]; !has && kind != chat.KindRole && kind != chat.KindGone && kind != chat.KindName { // the server's
			t.Errorf("nobody has tried bad bodies of the kind %s", kind)
		}
	}
	before, total := stateHash(t, w.store), 0
	for kind, form := range forms {
		if operations[kind] == "" && kind != chat.KindRoomCreate {
			t.Errorf("kind %s is no operation", kind)
		}
		bad := []struct {
			body string
			code chat.Code
			path string
		}{{`5`, chat.CodeBadType, ""}, {`[]`, chat.CodeBadType, ""}, {`{`, chat.CodeBadJSON, ""}, {`{"seq":1,"seq":1}`, chat.CodeDuplicateKey, "/seq"}}
		for _, f := range form.flaws {
			spoiled := strings.Split(f.path, "/")[1]
			var parts []string
			for _, name := range form.members {
				if name != spoiled {
					parts = append(parts, fmt.Sprintf("%q:%s", name, good[name]))
				}
			}
			if f.value != "" {
				parts = append(parts, fmt.Sprintf("%q:%s", spoiled, f.value))
			}
			bad = append(bad, struct {
				body string
				code chat.Code
				path string
			}{"{" + strings.Join(parts, ",") + "}", f.code, f.path})
		}
		for _, b := range bad {
			total++
			w.server.hub.device(ann.deviceID()).faults.pardon()
			ann.wants(room, kind, b.body, b.code, "/body"+b.path)
		}
	}
	if stateHash(t, w.store) != before {
		t.Error("something has changed")
	}
	for _, kind := range []chat.Kind{chat.KindReactionAdd, chat.KindReactionRemove, chat.KindPinAdd, chat.KindPinRemove, chat.KindEdit, chat.KindDelete} {
		body := `{"later":[1]`
		for _, name := range forms[kind].members {
			body += fmt.Sprintf(",%q:%s", name, good[name])
		}
		ann.say(room, kind, body+"}") // members of later versions are no mistake
	}
	t.Log(total, "bad bodies")
}
