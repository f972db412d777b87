package app

import (
	"cmp"
	"slices"
	"sync"

	"hearth/chat"
	"hearth/store"
)

// snapshot is everything the loop lets others see, as it was at one moment. It is
// never changed. Publishing one costs the loop a list of pointers, not a copy of
// every room; who reads it first puts the View together.
type snapshot struct {
	base  View           // without Rooms; fixed
	rooms []*roomShot    // in the order to show; fixed
	store *store.Store   // nil while no group is open; fixed
	me    chat.AccountID // fixed
	stock *stock         // nil while no group is open; fixed
	port  *porter        // likewise

	blocked  map[chat.AccountID]bool // never changed
	keywords []string                // likewise

	once sync.Once
	view *View // set by once
}

// roomShot is one room in a snapshot; shared by all snapshots until it changes.
type roomShot struct {
	view    RoomView
	state   *chat.Room              // who is called what; nil before the first event; never changed
	alike   map[chat.AccountID]bool // whose name looks like another's; never changed
	like    string                  // what the room's name has in common with all that look like it; "": nothing to compare
	maker   string                  // login name of who made the room, "" not known
	own     bool                    // the group's own: the server made it, before anybody was there
	waiting []*MessageView          // own messages behind the log, in order
	lodged  []chat.Event            // own events in holes, in order; never changed

	changing []ownChange // own changes that wait and are shown already, in order
	pins     []chat.Seq  // with those changes
}

// full returns the View.
func (s *snapshot) full() *View {
	s.once.Do(func() {
		v := s.base
		v.Rooms = make([]RoomView, len(s.rooms))
		for i, r := range s.rooms {
			v.Rooms[i] = r.view
		}
		markRooms(v.Rooms, s.rooms)
		s.view = &v
	})
	return s.view
}

// markRooms tells apart the rooms whose names look alike. The group's own room, which
// was there before anybody, keeps its plain name: what is marked are the others.
func markRooms(views []RoomView, rooms []*roomShot) {
	first := make(map[string]int, len(rooms))
	var groups map[string][]int
	for i, r := range rooms {
		if r.like == "" {
			continue
		}
		at, taken := first[r.like]
		if !taken {
			first[r.like] = i
			continue
		}
		if groups == nil {
			groups = map[string][]int{}
		}
		if groups[r.like] == nil {
			groups[r.like] = []int{at}
		}
		groups[r.like] = append(groups[r.like], i)
	}
	for _, group := range groups {
		for _, i := range group {
			same := func(k int) bool { return k != i && rooms[k].maker == rooms[i].maker && rooms[k].own == rooms[i].own }
			several := slices.ContainsFunc(group, same)
			switch id := views[i].ID.String()[:markedBy]; {
			case rooms[i].own && !several: // nobody made it, and nobody else can make another
			case rooms[i].maker == "":
				views[i].Mark = id
			case several: // one person's own rooms
				views[i].Mark = rooms[i].maker + ", " + id
			default:
				views[i].Mark = rooms[i].maker
			}
		}
	}
}

// markedBy is how much of a room's id tells apart what one person has made.
const markedBy = 5

// room finds a room; nil if it is not known.
func (s *snapshot) room(id chat.RoomID) *roomShot {
	for _, r := range s.rooms {
		if r.view.ID == id {
			return r
		}
	}
	return nil
}

// byActivity is the order of the room list: newest activity first.
func byActivity(a, b *roomShot) int {
	if c := b.view.Activity.Compare(a.view.Activity); c != 0 {
		return c
	}
	return slices.Compare(a.view.ID[:], b.view.ID[:])
}

// reorder returns the list without the rooms that are out of date and with the
// changed ones in their places. The old list is not touched. For many rooms
// sorting them all is cheaper.
func reorder(old, outdated, changed []*roomShot) []*roomShot {
	list := make([]*roomShot, 0, len(old)+len(changed))
	for _, r := range old {
		if !slices.Contains(outdated, r) {
			list = append(list, r)
		}
	}
	for _, c := range changed {
		at, _ := slices.BinarySearchFunc(list, c, byActivity)
		list = slices.Insert(list, at, c)
	}
	return list
}

// memberViews lists the members of a room: by what people read, then by login name.
func memberViews(state *chat.Room, alike map[chat.AccountID]bool, me chat.AccountID) []MemberView {
	if state == nil {
		return nil
	}
	list := make([]MemberView, 0, len(state.Members))
	for id, m := range state.Members {
		list = append(list, MemberView{Account: id, Name: m.Name, Display: m.Display, Role: m.Role, Me: id == me, Alike: alike[id]})
	}
	if state.Access == chat.AccessDirect { // with whom one talked there
		for id, m := range state.Former {
			if m.Deleted {
				list = append(list, MemberView{Account: id, Display: DeletedName, Deleted: true})
			}
		}
	}
	slices.SortFunc(list, func(a, b MemberView) int {
		return cmp.Or(cmp.Compare(a.Display, b.Display), cmp.Compare(a.Name, b.Name), slices.Compare(a.Account[:], b.Account[:]))
	})
	return list
}
