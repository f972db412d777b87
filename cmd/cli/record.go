package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/zone"
)

// record is one event with --json: one object a line. The members are stable;
// new ones may be added.
type record struct {
	Room    string       `json:"room"`
	Seq     uint64       `json:"seq"` // 0: not in the log yet
	MID     string       `json:"mid"`
	Author  string       `json:"author"` // account id; "" for the server
	Name    string       `json:"name"`   // display name of the author
	Time    int64        `json:"time"`   // milliseconds since 1970-01-01 UTC, server's clock
	Kind    string       `json:"kind"`
	Text    string       `json:"text"`
	Subject string       `json:"subject,omitzero"` // who joined or left
	Value   string       `json:"value,omitzero"`   // new name or topic
	Target  uint64       `json:"target,omitzero"`  // the sequence of the message that a change is about
	Emoji   string       `json:"emoji,omitzero"`   // of a reaction
	Reply   uint64       `json:"reply,omitzero"`   // the sequence of the message that this one answers
	Files   []fileRecord `json:"files,omitzero"`
	Erased  bool         `json:"erased,omitzero"` // what it said was deleted
	Lost    bool         `json:"lost,omitzero"`   // no longer on the server
	// Unloaded: one's own, and its event is not on this disk yet; no chain, and this
	// computer's time.
	Unloaded bool   `json:"unloaded,omitzero"`
	Chain    string `json:"chain"`          // chain value after the event; "" while waiting
	State    string `json:"state,omitzero"` // of own messages: waiting, sending, sent, failed
	Error    string `json:"error,omitzero"` // code of a failed message
}

func recordOf(room chat.RoomID, m *app.MessageView) record {
	r := record{
		Room: room.String(), Seq: uint64(m.Seq), MID: m.MID.String(), Name: m.Name,
		Time: m.Time.UnixMilli(), Kind: string(m.Kind), Text: m.Text, Subject: m.Subject, Value: m.Value,
	}
	r.Target, r.Erased, r.Lost, r.Unloaded = uint64(m.Target), m.Erased, m.Lost, m.Unloaded
	r.Files = fileRecords(room, m)
	if m.Reply != nil {
		r.Reply = uint64(m.Reply.Seq)
	}
	if m.Kind == chat.KindReactionAdd || m.Kind == chat.KindReactionRemove {
		r.Emoji, r.Value = m.Value, ""
	}
	if !m.Author.IsZero() {
		r.Author = m.Author.String()
	}
	if !m.Chain.IsZero() {
		r.Chain = m.Chain.String()
	}
	if m.Own && m.Kind == chat.KindMessage {
		r.State = string(m.State)
	}
	if m.Failure != nil {
		r.Error = string(m.Failure.Code)
	}
	return r
}

// printJSON writes one object and a line break. JSON leaves some control characters
// as they are that a terminal obeys; they are escaped like the others.
func (t *terminal) printJSON(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	if bytes.ContainsFunc(b, unescaped) {
		var safe strings.Builder
		for _, r := range string(b) {
			if unescaped(r) {
				fmt.Fprintf(&safe, "\\u%04x", r)
				continue
			}
			safe.WriteRune(r)
		}
		b = []byte(safe.String())
	}
	_, err = t.out.Write(append(b, '\n'))
	return err
}

// unescaped reports a control character that JSON may hold as it is.
func unescaped(r rune) bool { return r >= 0x7f && r < 0xa0 }

// printEvent writes one event, for people or as JSON.
func (t *terminal) printEvent(room chat.RoomID, m *app.MessageView, asJSON bool) error {
	if asJSON {
		return t.printJSON(recordOf(room, m))
	}
	mark := ""
	switch {
	case m.Lost:
		mark = "(no longer on the server) "
	case m.Unloaded:
		mark = "(sent, not loaded yet) "
	}
	_, err := fmt.Fprintf(t.out, "%6d  %s  %s%s\n", m.Seq, zone.In(m.Time).Format(time.DateTime), mark, oneLine(line(m)))
	return err
}

// line is an event as a sentence.
func line(m *app.MessageView) string {
	who := m.Name
	if who == "" {
		who = "server"
	}
	switch m.Kind {
	case chat.KindMessage:
		if m.Erased {
			return who + ": (deleted)"
		}
		return who + ": " + m.Text + filesLine(m)
	case chat.KindRoomCreate:
		return "* " + who + " created the room " + m.Value
	case chat.KindJoin:
		if m.Name == "" || m.Name == m.Subject {
			return "* " + m.Subject + " joined"
		}
		return "* " + who + " added " + m.Subject // as the window says it
	case chat.KindLeave:
		return "* " + m.Subject + " left"
	case chat.KindRemove:
		return "* " + who + " removed " + m.Subject
	case chat.KindGone:
		return "* an account was deleted"
	case chat.KindRole:
		return "* " + m.Subject + " is now an owner"
	case chat.KindName:
		return "* " + m.Subject + " is now called " + m.Value
	case chat.KindRename:
		return "* " + who + " named the room " + m.Value
	case chat.KindArchive:
		if m.On {
			return "* " + who + " archived the room"
		}
		return "* " + who + " opened the room again"
	case chat.KindReadings:
		if m.On {
			return "* " + who + " hides from all who has read"
		}
		return "* " + who + " shows again who has read"
	case chat.KindHistory:
		if m.Value == string(chat.HistoryAll) {
			return "* " + who + " lets newcomers see what is written from here on"
		}
		return "* " + who + " lets newcomers see only what is written once they have joined"
	case chat.KindKeep:
		if m.Days == 0 {
			return "* " + who + " has the server keep messages for ever"
		}
		return "* " + who + " has the server keep messages for " + strconv.Itoa(m.Days) + " days"
	case chat.KindTopic:
		return "* " + who + " set the topic: " + m.Value
	}
	if m.Kind.Changes() {
		return changeLine(who, m)
	}
	return fmt.Sprintf("* %s: %s (needs a newer version)", who, m.Kind)
}

// changeLine is a change of a message as a sentence.
func changeLine(who string, m *app.MessageView) string {
	if m.Erased {
		return "* " + who + " edited a message that was deleted"
	}
	switch m.Kind {
	case chat.KindEdit:
		return fmt.Sprintf("* %s edited %d: %s", who, m.Target, m.Text)
	case chat.KindDelete:
		return fmt.Sprintf("* %s deleted %d", who, m.Target)
	case chat.KindReactionAdd:
		return fmt.Sprintf("* %s put %s on %d", who, m.Value, m.Target)
	case chat.KindReactionRemove:
		return fmt.Sprintf("* %s took %s off %d", who, m.Value, m.Target)
	case chat.KindPinAdd:
		return fmt.Sprintf("* %s pinned %d", who, m.Target)
	}
	return fmt.Sprintf("* %s unpinned %d", who, m.Target)
}
