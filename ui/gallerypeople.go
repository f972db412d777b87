package ui

import (
	"context"

	"hearth/app"
	"hearth/chat"
)

// MarkUnread implements app.Commands.
func (c *invented) MarkUnread(context.Context, chat.RoomID, chat.Seq) error { return c.done() }

// Typing implements app.Commands.
func (c *invented) Typing(chat.RoomID) {}

// SetPrivacy implements app.Commands.
func (c *invented) SetPrivacy(context.Context, app.Privacy) error { return c.done() }
