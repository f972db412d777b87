package wire

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"hearth/chat"
)

// FromEvent returns the wire form of an event.
func FromEvent(e *chat.Event) Event {
	w := Event{Seq: e.Seq, Kind: e.Kind, Author: e.Author, Device: e.Device, MID: e.MID, Time: e.Time}
	if e.Erased {
		w.Erased, w.Hash = true, e.BodyHash
		return w
	}
	w.Salt, w.Body = e.Salt, string(e.Body)
	return w
}

// Event returns the event that stands in a frame of room.
func (w *Event) Event(room chat.RoomID) chat.Event {
	e := chat.Event{
		Room: room, Seq: w.Seq, Kind: w.Kind, Author: w.Author, Device: w.Device,
		MID: w.MID, Time: w.Time, Erased: w.Erased, BodyHash: w.Hash,
	}
	if !w.Erased {
		e.Salt, e.Body, e.BodyHash = w.Salt, []byte(w.Body), chat.Hash{}
	}
	return e
}

// AppendEvents appends an Events frame to b. It is Encode(&Events{…}) without
// reflection, for the hot path of a broadcast; a test holds the two together.
func AppendEvents(b []byte, room chat.RoomID, events []chat.Event, chain chat.Hash) ([]byte, error) {
	b = append(b, `{"t":"events","room":"`...)
	b, _ = room.AppendText(b)
	b = append(b, `","events":[`...)
	for i := range events {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendEvent(b, &events[i]); err != nil {
			return nil, err
		}
	}
	b = append(b, `],"chain":"`...)
	b, _ = chain.AppendText(b)
	return append(b, `"}`...), nil
}

func appendEvent(b []byte, e *chat.Event) ([]byte, error) {
	var err error
	b = append(b, `{"seq":`...)
	b = strconv.AppendUint(b, uint64(e.Seq), 10)
	b = append(b, `,"kind":`...)
	if b, err = jsontext.AppendQuote(b, string(e.Kind)); err != nil {
		return nil, err
	}
	if !e.Author.IsZero() {
		b = append(b, `,"author":"`...)
		b, _ = e.Author.AppendText(b)
		b = append(b, '"')
	}
	if !e.Device.IsZero() {
		b = append(b, `,"device":"`...)
		b, _ = e.Device.AppendText(b)
		b = append(b, '"')
	}
	b = append(b, `,"mid":"`...)
	b, _ = e.MID.AppendText(b)
	b = append(b, `","time":`...)
	b = strconv.AppendInt(b, e.Time, 10)
	if b, err = appendBody(b, e); err != nil {
		return nil, err
	}
	return append(b, '}'), nil
}

func appendBody(b []byte, e *chat.Event) ([]byte, error) {
	if e.Erased {
		b = append(b, `,"erased":true`...)
		if !e.BodyHash.IsZero() {
			b = append(b, `,"hash":"`...)
			b, _ = e.BodyHash.AppendText(b)
			b = append(b, '"')
		}
		return b, nil
	}
	if !e.Salt.IsZero() {
		b = append(b, `,"salt":"`...)
		b, _ = e.Salt.AppendText(b)
		b = append(b, '"')
	}
	if len(e.Body) == 0 {
		return b, nil
	}
	b = append(b, `,"body":`...)
	return jsontext.AppendQuote(b, e.Body)
}

// FromError returns the wire form of an error that answers request re.
func FromError(re uint64, e *chat.Error) *Error {
	return &Error{
		Rep: Rep{Re: re}, Code: e.Code, Path: e.Path, Message: e.Message, Retryable: e.Retryable,
		RetryAfterMS: e.RetryAfter.Milliseconds(), Fatal: e.Fatal, Next: e.Next,
	}
}

// Err returns the error a frame carries, its texts cut to what an honest server
// says and without hidden characters: they reach logs, terminals and windows.
func (f *Error) Err() *chat.Error {
	return &chat.Error{
		Code: chat.Code(plain(string(f.Code), maxErrorCode)), Path: plain(f.Path, maxErrorPath), Message: plain(f.Message, maxErrorText), Retryable: f.Retryable,
		RetryAfter: time.Duration(f.RetryAfterMS) * time.Millisecond, Fatal: f.Fatal, Next: f.Next,
	}
}
