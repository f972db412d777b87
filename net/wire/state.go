package wire

import (
	"slices"

	"hearth/chat"
)

// RoomState is the content of Snapshot.State: chat.Room with its people as lists,
// in the order of their accounts.
type RoomState struct {
	Room    chat.RoomID    `json:"room"`
	Name    string         `json:"name"`
	Topic   string         `json:"topic,omitempty"`
	Access  chat.Access    `json:"access"`
	History chat.History   `json:"history"`
	Creator chat.AccountID `json:"creator,omitzero"`
	Created int64          `json:"created"`
	// Archived is left out of states of before there was such a thing.
	Archived bool          `json:"archived,omitzero"`
	Members  []chat.Member `json:"members"`
	Former   []chat.Member `json:"former,omitempty"` // people who left
	Pins     []chat.Seq    `json:"pins,omitempty"`   // the one pinned last at the end
	Keep     int           `json:"keep,omitzero"`    // days; 0: for ever
	Purged   chat.Seq      `json:"purged,omitzero"`  // nothing is kept up to here
	// HideReadings keeps from members how far others have read.
	HideReadings bool `json:"hide_readings,omitzero"`
	// Ruled is where History was changed the last time; 0: never.
	Ruled chat.Seq `json:"ruled,omitzero"`
}

// EncodeState returns a room's state as it travels in a Snapshot.
func EncodeState(r *chat.Room) (string, error) {
	return EncodeRecord(RoomState{
		Room: r.ID, Name: r.Name, Topic: r.Topic, Access: r.Access, History: r.History, Creator: r.Creator, Created: r.Created,
		Members: people(r.Members), Former: people(r.Former), Pins: r.Pins, Archived: r.Archived,
		Keep: r.Keep, Purged: r.Purged, HideReadings: r.HideReadings, Ruled: r.Ruled,
	})
}

func people(of map[chat.AccountID]chat.Member) []chat.Member {
	list := make([]chat.Member, 0, len(of))
	for _, m := range of {
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b chat.Member) int { return slices.Compare(a.Account[:], b.Account[:]) })
	return list
}

// DecodeState reads the state of a Snapshot so that chat.Room.Apply can go on
// with it.
func DecodeState(text string) (*chat.Room, error) {
	s, err := decodeRecord[RoomState](text)
	if err != nil {
		return nil, err
	}
	r := chat.NewRoom(s.Room)
	r.Name, r.Topic, r.Access, r.History, r.Creator, r.Created = s.Name, s.Topic, s.Access, s.History, s.Creator, s.Created
	for _, m := range s.Members {
		r.Members[m.Account] = m
	}
	for _, m := range s.Former {
		r.Former[m.Account] = m
	}
	r.Pins, r.Archived, r.Keep, r.Purged, r.HideReadings, r.Ruled = s.Pins, s.Archived, s.Keep, s.Purged, s.HideReadings, s.Ruled
	if s.Room.IsZero() || len(r.Members) != len(s.Members) || len(r.Former) != len(s.Former) {
		return nil, chat.Errorf(chat.CodeBadValue, "/members", "somebody stands twice, or the room is missing")
	}
	return r, nil
}
