package ui

import (
	"context"
	"time"

	"hearth/app"
	"hearth/chat"
)

// SeqAt implements app.Commands.
func (c *invented) SeqAt(_ context.Context, room chat.RoomID, at time.Time) (chat.Seq, error) {
	for _, m := range c.messages[room] {
		if m.Seq > 0 && !m.Time.Before(at) {
			return m.Seq, nil
		}
	}
	return 0, nil
}

// Storage implements app.Commands.
func (c *invented) Storage(context.Context) (app.Storage, error) {
	return app.Storage{
		Folder: "/home/daniel/.config/hearth/profiles/default", Messages: 48_300_000, Files: 312_000_000, Aside: 5_100_000, All: 365_700_000,
	}, nil
}

// DeleteLocal implements app.Commands.
func (c *invented) DeleteLocal(context.Context) error { return c.done() }

// galleryDrafts has messages begun in several rooms.
func galleryDrafts(c *invented, _ time.Time) {
	c.view.Waiting = 2
	for i, text := range []string{"", "Shall we meet on **Friday**?\nOr later", "明天见", "A draft that is so long that it does not fit on one line of the list, however wide the window may be made"} {
		c.view.Rooms[i].Draft = chat.Draft{Text: text}
	}
	c.view.Rooms[2].Draft.Files = []chat.DraftFile{
		{Content: chat.Hash{1}, Name: "Pasted picture 2026-11-21 18.47.58.png", Size: 2_000_000, Picture: true},
		{Path: "/nowhere/Minutes.odt", Name: "Minutes.odt", Size: 31_000},
	}
	for _, m := range c.messages[c.view.Rooms[1].ID] {
		if m.Kind == chat.KindMessage && m.Seq > 0 {
			c.view.Rooms[1].Draft.Reply = m.Seq
		}
	}
	c.view.Rooms[4].Draft = chat.Draft{Files: []chat.DraftFile{{Path: "/nowhere/Plan.pdf", Name: "Plan.pdf", Size: 900_000}}}
}

// galleryDelete asks before everything of a group is removed.
func galleryDelete(u *UI) {
	u.showSettingsNamed("settings.storage")
	u.askDelete()
}

// gallerySwitch types into the switcher.
func gallerySwitch(text string) func(*home) {
	return func(h *home) {
		h.showSwitcher()
		if e, ok := h.u.win.Canvas().Focused().(*input); ok {
			e.SetText(text)
		}
	}
}
