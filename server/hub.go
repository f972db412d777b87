package server

import (
	"sync"

	"hearth/chat"
)

// hub finds rooms by id and sessions by whom they act for. Its mutex is held for
// map work only.
type hub struct {
	mu       sync.Mutex
	rooms    map[chat.RoomID]*room         // guarded by mu
	sessions map[*session]struct{}         // guarded by mu: all that are ready
	accounts map[chat.AccountID][]*session // guarded by mu
	devices  map[chat.DeviceID]*session    // guarded by mu
	forgets  uint64                        // guarded by mu: rooms forgotten so far
}

func newHub() *hub {
	return &hub{
		rooms:    map[chat.RoomID]*room{},
		sessions: map[*session]struct{}{},
		accounts: map[chat.AccountID][]*session{},
		devices:  map[chat.DeviceID]*session{},
	}
}

// enter makes a session findable and returns the older session of the same
// device, which it displaces; ok is false if the account has too many others.
func (h *hub) enter(s *session, most int) (displaced *session, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	displaced = h.devices[s.device.ID]
	others := 0
	for _, o := range h.accounts[s.account] {
		if h.devices[o.device.ID] == o && o != displaced && !o.expelled.Load() { // the displaced and the removed are going
			others++
		}
	}
	if others >= most {
		return nil, false
	}
	h.devices[s.device.ID] = s
	h.sessions[s] = struct{}{}
	h.accounts[s.account] = append(h.accounts[s.account], s)
	return displaced, true
}

// leave forgets a session.
func (h *hub) leave(s *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.sessions[s]; !ok {
		return
	}
	delete(h.sessions, s)
	if h.devices[s.device.ID] == s {
		delete(h.devices, s.device.ID)
	}
	list := h.accounts[s.account]
	for i, other := range list {
		if other == s {
			list = append(list[:i:i], list[i+1:]...)
			break
		}
	}
	if len(list) == 0 {
		delete(h.accounts, s.account)
	} else {
		h.accounts[s.account] = list
	}
}

// has reports whether a room is in use or being created.
func (h *hub) has(r *room) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.rooms[r.id] == r
}

// all returns the ready sessions.
func (h *hub) all() []*session {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]*session, 0, len(h.sessions))
	for s := range h.sessions {
		list = append(list, s)
	}
	return list
}

// of returns the sessions of an account.
func (h *hub) of(account chat.AccountID) []*session {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]*session(nil), h.accounts[account]...)
}

// device returns the session of a device; nil if it is not connected.
func (h *hub) device(id chat.DeviceID) *session {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.devices[id]
}

// connections returns all sessions of a device: one that was displaced is among them for
// as long as it takes to end.
func (h *hub) connections(id chat.DeviceID) (list []*session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.sessions {
		if s.device.ID == id {
			list = append(list, s)
		}
	}
	return list
}

// joined begins to feed a room to the sessions of accounts that have joined it.
func (h *hub) joined(r *room, accounts []chat.AccountID) {
	for _, a := range accounts {
		for _, s := range h.of(a) {
			s.follow(r)
		}
	}
}

// count returns how many sessions are ready.
func (h *hub) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.sessions)
}
