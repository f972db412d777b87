package app

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"hearth/chat"
)

// json writes one event as a line.
func (e *exporter) json(ctx context.Context, m *MessageView, files []ExportedFile) error {
	x := ExportedEvent{
		Room: e.view.ID.String(), Seq: uint64(m.Seq), MID: m.MID.String(), Name: m.Name, Time: m.Time.UTC().Format(time.RFC3339Nano),
		Kind: string(m.Kind), Lost: m.Lost, Text: m.Text, Subject: m.Subject, Value: m.Value, Erased: m.Erased, ErasedBy: m.ErasedBy, Files: files,
	}
	if !m.Chain.IsZero() {
		x.Chain = m.Chain.String()
	}
	if !m.Author.IsZero() {
		x.Author = m.Author.String()
	}
	x.Target, x.Pinned = uint64(m.Target), m.Pinned
	if !m.Edited.IsZero() {
		x.Edited = m.Edited.UTC().Format(time.RFC3339Nano)
	}
	if m.Reply != nil {
		x.Reply = uint64(m.Reply.Seq)
	}
	if m.Forward != nil {
		x.Forward = m.Forward.Name
	}
	if err := e.history(ctx, m, &x); err != nil {
		return err
	}
	return e.object(&x)
}

// history adds what was done to a message: the texts it has had, and who reacted.
func (e *exporter) history(ctx context.Context, m *MessageView, x *ExportedEvent) error {
	for _, r := range m.Reactions {
		if x.Reactions == nil {
			x.Reactions = map[string]int{}
		}
		x.Reactions[r.Emoji] = r.Count
	}
	if m.Lost || m.Kind != chat.KindMessage || m.Erased {
		return nil
	}
	if !m.Edited.IsZero() {
		list, err := e.app.Versions(ctx, e.view.ID, m.Seq)
		if err != nil {
			return err
		}
		for i := range list {
			v := &list[i]
			x.Versions = append(x.Versions, ExportedVersion{Seq: uint64(v.Seq), Time: v.Time.UTC().Format(time.RFC3339Nano), Text: v.Text})
		}
	}
	if len(m.Reactions) == 0 {
		return nil
	}
	list, err := e.app.Reactors(ctx, e.view.ID, m.Seq)
	if err != nil {
		return err
	}
	x.Reactors = make(map[string][]ExportedActor, len(list))
	for _, r := range list {
		for i := range r.People {
			p := &r.People[i]
			x.Reactors[r.Emoji] = append(x.Reactors[r.Emoji], ExportedActor{Author: p.Account.String(), Name: p.Display})
		}
	}
	return nil
}

// object writes one line.
func (e *exporter) object(x *ExportedEvent) error {
	data, err := json.Marshal(x)
	if err != nil {
		return fmt.Errorf("encode an event: %w", err)
	}
	_, err = e.out.Write(append(data, '\n'))
	return err
}
