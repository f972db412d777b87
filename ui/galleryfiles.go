package ui

import (
	"bytes"
	"context"
	"slices"

	"hearth/app"
	"hearth/chat"
)

// What the invented core answers about files: nothing of them is on a disk.

func (c *invented) SendFiles(context.Context, chat.RoomID, app.Outgoing, []app.LocalFile) (chat.MID, error) {
	return chat.MID{}, c.fail
}

func (c *invented) LoadFile(ctx context.Context, _ chat.RoomID, f chat.File) error {
	_, err := c.picture(ctx, f)
	return err
}

func (c *invented) LoadThumb(ctx context.Context, _ chat.RoomID, f chat.File) ([]byte, error) {
	return c.picture(ctx, f)
}

func (c *invented) OpenFile(ctx context.Context, f chat.File) (app.FileContent, error) {
	data, err := c.picture(ctx, f)
	if err != nil {
		return nil, err
	}
	return inventedContent{bytes.NewReader(data)}, nil
}

func (c *invented) SaveFile(context.Context, chat.File, string, bool) error { return c.absent() }

func (c *invented) absent() error {
	if c.fail != nil {
		return c.fail
	}
	return &app.Failed{Code: app.FailFileAbsent}
}

func (c *invented) PauseUpload(context.Context, chat.RoomID, chat.MID, bool) error { return c.fail }

func (c *invented) RoomFiles(_ context.Context, room chat.RoomID, before chat.Seq, limit int) ([]app.MessageView, error) {
	var list []app.MessageView
	for _, m := range slices.Backward(c.messages[room]) {
		if len(m.Files) > 0 && m.Seq > 0 && (before == 0 || m.Seq < before) && len(list) < limit {
			list = append(list, m)
		}
	}
	return list, c.fail
}

func (c *invented) FileUsage(context.Context) (app.FileUsage, error) {
	return app.FileUsage{Bytes: 312_000_000, Spare: 298_000_000, Contents: 283}, c.fail
}

func (c *invented) ClearFiles(context.Context, chat.RoomID) (int64, error) {
	return 298_000_000, c.fail
}
