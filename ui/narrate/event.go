package narrate

import (
	"hearth/app"
	"hearth/chat"
	"hearth/internal/linkguard"
	"hearth/ui/tr"
)

// Person is a name as the reader knows it: who is no more is called so in their
// language.
func Person(name string) string {
	if name == app.DeletedName {
		return tr.S("person.deleted")
	}
	return name
}

// Name is a name within a sentence of ours.
func Name(name string) string { return linkguard.Isolate(Person(name)) }

// Event is the sentence for an event that is no message, or is one whose words are
// gone; hint: it is about the program and not about what somebody did.
func Event(m *app.MessageView) (text string, hint bool) {
	who, whom := Name(m.Name), Name(m.Subject)
	if who == "" {
		who = tr.S("who.unknown")
	}
	if whom == "" {
		whom = who
	}
	switch {
	case m.Unknown:
		return tr.S("row.unknown"), true
	case m.Erased:
		return erased(m), true
	}
	switch m.Kind {
	case chat.KindRoomCreate:
		if m.Value == "" {
			return tr.S("direct.begun"), false
		}
		if m.Name == "" {
			return tr.F("row.created", "Room", Name(m.Value)), false
		}
		return tr.F("row.create", "Who", who, "Room", Name(m.Value)), false
	case chat.KindJoin:
		if m.Name == "" || m.Name == m.Subject {
			return tr.F("row.join", "Who", whom), false
		}
		return tr.F("row.added", "Who", who, "Whom", whom), false
	case chat.KindLeave:
		return tr.F("row.leave", "Who", whom), false
	case chat.KindRemove:
		return tr.F("row.removed", "Who", who, "Whom", whom), false
	case chat.KindGone:
		return tr.S("row.gone"), false
	case chat.KindRole:
		return tr.F("row.owner", "Whom", whom), false
	case chat.KindName:
		return tr.F("row.name", "Who", whom, "Name", Name(m.Value)), false
	case chat.KindRename:
		return tr.F("row.rename", "Who", who, "Room", Name(m.Value)), false
	case chat.KindArchive:
		if m.On {
			return tr.F("row.archive", "Who", who), false
		}
		return tr.F("row.unarchive", "Who", who), false
	case chat.KindReadings:
		if m.On {
			return tr.F("row.readings_hidden", "Who", who), false
		}
		return tr.F("row.readings_shown", "Who", who), false
	case chat.KindHistory:
		if m.Value == string(chat.HistoryAll) {
			return tr.F("row.history_all", "Who", who), false
		}
		return tr.F("row.history_joined", "Who", who), false
	case chat.KindKeep:
		if m.Days == 0 {
			return tr.F("row.keep_ever", "Who", who), false
		}
		return tr.N("row.keep", m.Days, "Who", who), false
	case chat.KindPinAdd:
		return tr.F("row.pin", "Who", who), false
	case chat.KindTopic:
		if m.Value == "" {
			return tr.F("row.no_topic", "Who", who), false
		}
		return tr.F("row.topic", "Who", who, "Topic", Name(m.Value)), false
	}
	return tr.S("row.unknown"), true
}

// erased says that a message was deleted, and by whom if that was not its author, whose
// name stands beside it.
func erased(m *app.MessageView) string {
	if m.ErasedBy == "" || m.ErasedBy == m.Name {
		return tr.S("row.erased")
	}
	return tr.F("row.erased_by", "Who", Name(m.ErasedBy))
}
