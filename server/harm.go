package server

import (
	"log/slog"
	"sync"

	"hearth/chat"
	"hearth/net/wire"
)

// mostHarm is how many damaged places are told apart; a disk that has more of them
// is known well enough.
const mostHarm = 1000

// harm is what of the stored data was found damaged while serving: said once each in
// the log, and for as long as the server runs to whoever asks whether it is ready.
type harm struct {
	mu     sync.Mutex
	places map[harmed]bool // guarded by mu
}

type harmed struct {
	room chat.RoomID
	seq  chat.Seq
}

func (h *harm) found(log *slog.Logger, room chat.RoomID, seq chat.Seq, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := harmed{room, seq}
	if h.places[at] || len(h.places) >= mostHarm {
		return
	}
	if h.places == nil {
		h.places = map[harmed]bool{}
	}
	h.places[at] = true
	log.Error("Stored data are damaged; members are told that they do not get them", "room", room, "seq", seq, "err", err)
}

func (h *harm) any() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.places) > 0
}

// tellMisfits tells the operator that a device has read in this very epoch what is not
// in the logs: older data are in their place without "restore", or somebody has changed
// them. It may as well be the device that lies, so that nothing but the word follows;
// whoever has lost something finds out by themselves, see docs/protocol.md section 8.
func (s *session) tellMisfits(answer *wire.SyncStarted, epoch chat.Epoch) {
	n := 0
	for i := range answer.Rooms {
		if state := answer.Rooms[i].State; epoch == answer.Epoch && (state == wire.SyncAhead || state == wire.SyncDiverged) {
			n++
		}
	}
	if n > 0 {
		s.srv.metrics.misfits.Inc()
		s.log.Error("A device has read what is not stored here; were older data put in place without restore?", "rooms", n)
	}
}
