package wire

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"hearth/chat"
)

// MaxObjects bounds the objects of one frame of a server. An event takes three
// bytes to claim and a hundred times that in memory, so that without a bound a
// hostile server could exhaust a client by frames of ordinary size.
const MaxObjects = 20_000

// Bounds of what a server may say in an error, characters of plain text.
const (
	maxErrorText = 500
	maxErrorCode = 64
	maxErrorPath = 256
)

// crowded reports whether a frame holds more objects than any honest one.
func crowded(data []byte) bool {
	if bytes.Count(data, []byte{'{'}) <= MaxObjects {
		return false
	}
	// Braces in texts were counted too: look properly.
	objects, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && c == '{':
			objects++
		}
	}
	return objects > MaxObjects
}

// checkFrame refuses sequences and times that no server can mean, and that
// arithmetic would go wrong with.
func checkFrame(f Frame) *chat.Error {
	switch f := f.(type) {
	case *Events:
		return checkEvents(f.Events)
	case *HistoryPage:
		return checkEvents(f.Events)
	case *Void:
		return first(seq(f.From, "/from"), seq(f.To, "/to"))
	case *Snapshot:
		return first(seq(f.At, "/at"), seq(f.HoleFrom, "/hole_from"), seq(f.VoidFrom, "/void_from"))
	case *Ack:
		return first(seq(f.Seq, "/seq"), moment(f.Time, "/time"))
	case *SyncStarted:
		for i := range f.Rooms {
			at := pointer("/rooms", i)
			if e := first(seq(f.Rooms[i].Head, at+"/head"), seq(f.Rooms[i].From, at+"/from")); e != nil {
				return e
			}
		}
	case *SendState:
		for i := range f.Items {
			if e := seq(f.Items[i].Seq, pointer("/items", i)+"/seq"); e != nil {
				return e
			}
		}
	case *Live:
		return checkHeads("/heads", f.Heads)
	case *HeadsAt:
		return checkHeads("/heads", f.Heads)
	case *ChainsAt:
		return checkHeads("/chains", f.Chains)
	case *Ready:
		return first(moment(f.Time, "/time"), moment(f.SessionExpires, "/session_expires"), moment(f.AwayMS, "/away_ms"),
			moment(f.Recovery.Made, "/recovery/made"))
	case *RecoveryChanged:
		return moment(f.Recovery.Made, "/recovery/made")
	case *RecoveryReplaced:
		return moment(f.Recovery.Made, "/recovery/made")
	case *Goodbye:
		return moment(f.AfterMS, "/after_ms")
	case *Error:
		return moment(f.RetryAfterMS, "/retry_after_ms")
	}
	return checkSignals(f)
}

func checkEvents(events []Event) *chat.Error {
	for i := range events {
		e := &events[i]
		if e.Seq > MaxNumber || e.Time < 0 || e.Time > MaxNumber {
			return chat.Errorf(chat.CodeOutOfRange, pointer("/events", i), "a sequence or time lies beyond 2^53 − 1")
		}
	}
	return nil
}

func checkHeads(path string, heads []RoomHead) *chat.Error {
	for i := range heads {
		if e := seq(heads[i].Seq, pointer(path, i)+"/seq"); e != nil {
			return e
		}
	}
	return nil
}

func moment(ms int64, path string) *chat.Error {
	if ms < 0 || ms > MaxNumber {
		return chat.Errorf(chat.CodeOutOfRange, path, "lies outside 0 to 2^53 − 1")
	}
	return nil
}

// plain makes text of a server fit for a log line, a terminal or a label: no
// control or direction characters, at most n bytes.
func plain(s string, n int) string {
	if len(s) <= n && utf8.ValidString(s) && strings.IndexFunc(s, hidden) < 0 {
		return s
	}
	if len(s) > 4*n {
		s = s[:4*n]
	}
	s = strings.Map(func(r rune) rune {
		if hidden(r) {
			return -1
		}
		return r
	}, s)
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "")
}

func hidden(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }
