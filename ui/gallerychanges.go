package ui

import (
	"context"
	"slices"
	"time"

	"hearth/app"
	"hearth/chat"
)

// SendMessage implements app.Commands.
func (c *invented) SendMessage(_ context.Context, _ chat.RoomID, _ app.Outgoing) (chat.MID, error) {
	return chat.NewMID(), c.done()
}

// EditMessage implements app.Commands.
func (c *invented) EditMessage(context.Context, chat.RoomID, chat.Seq, string) error { return c.done() }

// DeleteMessage implements app.Commands.
func (c *invented) DeleteMessage(context.Context, chat.RoomID, chat.Seq) error { return c.done() }

// React implements app.Commands.
func (c *invented) React(context.Context, chat.RoomID, chat.Seq, string, bool) error { return c.done() }

// Pin implements app.Commands.
func (c *invented) Pin(context.Context, chat.RoomID, chat.Seq, bool) error { return c.done() }

// Forward implements app.Commands.
func (c *invented) Forward(context.Context, chat.RoomID, chat.Seq, chat.RoomID) (chat.MID, error) {
	return chat.NewMID(), c.done()
}

// Versions implements app.Commands.
func (c *invented) Versions(context.Context, chat.RoomID, chat.Seq) ([]app.Version, error) {
	now := time.Now()
	return []app.Version{
		{Seq: 5, Text: "Bonġu! Can somebody look at the login flow?", Time: now.Add(-51 * time.Minute)},
		{Seq: 11, Text: "Bonġu! Can somebody look at the login flow today?", Time: now.Add(-50 * time.Minute)},
		{Seq: 12, Text: "Bonġu! Can somebody look at the login flow before noon? The Maltese strings (żgħir, ħut, ċavetta) were cut off on narrow windows.", Time: now.Add(-48 * time.Minute)},
	}, c.fail
}

// Reactors implements app.Commands.
func (c *invented) Reactors(_ context.Context, room chat.RoomID, seq chat.Seq) ([]app.ReactionView, error) {
	i := slices.IndexFunc(c.messages[room], func(m app.MessageView) bool { return m.Seq == seq })
	if i < 0 {
		return nil, c.fail
	}
	list := slices.Clone(c.messages[room][i].Reactions)
	for k := range list {
		list[k].People = inventedMembers(min(list[k].Count, len(inventedPeople)))
	}
	return list, c.fail
}

// Pins implements app.Commands.
func (c *invented) Pins(_ context.Context, room chat.RoomID) (list []app.MessageView, err error) {
	for _, r := range c.view.Rooms {
		if r.ID != room {
			continue
		}
		for _, seq := range slices.Backward(r.Pins) {
			i := slices.IndexFunc(c.messages[room], func(m app.MessageView) bool { return m.Seq == seq })
			if i < 0 {
				list = append(list, app.MessageView{Seq: seq, Missing: true})
				continue
			}
			list = append(list, c.messages[room][i])
		}
	}
	return list, c.fail
}
