// Package storetest says what package store must do, in a form that runs: a
// model in memory written as simply as possible, a set of named cases, and a
// state machine that plays random histories to both and compares everything that
// can be seen. It also makes valid room logs for the tests of other packages. It
// must never be imported by code that is not a test, and knows no files.
package storetest

import (
	"context"

	"hearth/chat"
	"hearth/store"
)

// Store is what *store.Store and Model have in common.
type Store interface {
	Apply(ctx context.Context, u store.Update) (store.Applied, error)
	FillHole(ctx context.Context, f store.Fill) (store.Filled, error)
	VoidHole(ctx context.Context, room chat.RoomID, v store.Void, before chat.Hash) ([]chat.MID, error)
	VoidBefore(ctx context.Context, room chat.RoomID, v store.Void) ([]chat.MID, error)
	Gaps(ctx context.Context, room chat.RoomID) ([]store.Gap, error)
	Rewind(ctx context.Context, room chat.RoomID, re store.Rewinding) (store.Rewound, error)
	Strays(ctx context.Context, room chat.RoomID) ([]chat.Event, error)

	Rooms(ctx context.Context) ([]store.Room, error)
	Room(ctx context.Context, room chat.RoomID) (store.Room, error)
	Messages(ctx context.Context, room chat.RoomID, q store.Query) (store.Window, error)
	Event(ctx context.Context, room chat.RoomID, seq chat.Seq) (chat.Event, error)
	ChainAt(ctx context.Context, room chat.RoomID, seq chat.Seq) (chat.Hash, error)
	Places(ctx context.Context, room chat.RoomID, seqs []chat.Seq) ([]chat.Head, error)

	Enqueue(ctx context.Context, subs ...store.Submission) ([]store.Entry, error)
	Outbox(ctx context.Context) ([]store.Entry, error)
	MarkTransmitted(ctx context.Context, ts ...store.Transmission) error
	Acknowledge(ctx context.Context, acks ...store.Ack) (store.Acknowledged, error)
	Fail(ctx context.Context, mid chat.MID, code chat.Code, message string) error
	Hold(ctx context.Context, mids ...chat.MID) error
	Doubt(ctx context.Context, mids ...chat.MID) error
	Retry(ctx context.Context, mids ...chat.MID) error
	Discard(ctx context.Context, mids ...chat.MID) error
	Edit(ctx context.Context, mid, replacement chat.MID, kind chat.Kind, body []byte, draft *chat.Draft) (store.Entry, error)

	Info(ctx context.Context) (store.Info, error)
	SetInfo(ctx context.Context, info store.Info) error
	Epoch(ctx context.Context) (chat.Epoch, error)
	SetEpoch(ctx context.Context, epoch chat.Epoch) error
	SetRead(ctx context.Context, room chat.RoomID, seq chat.Seq) (store.Counters, error)
	MarkUnread(ctx context.Context, room chat.RoomID, seq chat.Seq) (store.Counters, error)
	MergeMarkers(ctx context.Context, markers map[chat.RoomID]chat.Marker) ([]store.Counters, error)
	SetNotified(ctx context.Context, room chat.RoomID, seq chat.Seq) error
	SetNextDSeq(ctx context.Context, room chat.RoomID, next uint64) error
	SetGone(ctx context.Context, room chat.RoomID, gone bool) error
	Draft(ctx context.Context, room chat.RoomID) (chat.Draft, error)
	SetDraft(ctx context.Context, room chat.RoomID, d chat.Draft) error
	Setting(ctx context.Context, key string) ([]byte, error)
	SetSetting(ctx context.Context, key string, value []byte) error
	SetIgnored(ctx context.Context, accounts []chat.AccountID) ([]store.Counters, error)

	Check(ctx context.Context) error
	Close() error
}

// Opener opens the subject of a test: the same data each time it is called after
// a Close.
type Opener func(owner store.Owner, outbox int) (Store, error)

var (
	_ Store = (*store.Store)(nil)
	_ Store = (*Model)(nil)
)
