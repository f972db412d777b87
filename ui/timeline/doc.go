// Package timeline is the conversation: a virtual list of message rows that is
// anchored to a message, never to an index or an offset from the top. It owns
// which rows are on screen, their look, selection and keys; it must never know
// the core, the store or the network: rows come from a [Source], decisions leave
// through [Hooks]. All of it belongs to the UI goroutine, and it starts none.
//
// # How it stays cheap and still
//
// The state is the anchor row and the distance of its lower edge from the lower
// edge of the view. A step places rows upwards and downwards from there until the
// view is full: only those are measured, and measures are kept for some hundred
// rows. Nothing is computed for rows elsewhere, so that a step costs the same at
// 100,000 rows as at 100, and rows put in front of the others move nothing.
//
// Rows are pooled canvas objects in one container each; a step moves containers.
// They are placed in arrange, which runs when something happened, never in the
// toolkit's Layout: that one is empty, because refreshing there repaints for ever.
//
// At the lower end the list follows new messages; further up they only raise the
// pill that jumps there.
//
//	t := timeline.New(words, hooks)
//	t.Open(source, timeline.Start{Unread: room.Read})   // shows a room
//	t.Changed(timeline.Tail)                            // the room has something new
//	p := t.Place()                                      // to come back to the same place
package timeline
