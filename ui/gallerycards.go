package ui

import (
	"context"

	"hearth/app"
	"hearth/chat"
)

// SetAvatar implements app.Commands.
func (c *invented) SetAvatar(context.Context, []byte) error { return c.done() }

// SetStatus implements app.Commands.
func (c *invented) SetStatus(context.Context, app.StatusView) error { return c.done() }

// Avatar implements app.Commands.
func (c *invented) Avatar(_ context.Context, account chat.AccountID) ([]byte, error) {
	if data, ok := inventedPictures[c.view.Cards[account].Avatar]; ok {
		return data, nil
	}
	return nil, &app.Failed{Code: app.FailFileAbsent}
}
