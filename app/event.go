package app

import "hearth/chat"

// Changes is what happened since a subscriber last looked: merged, bounded, and
// never a copy of the state itself. The subscriber reads App.View and the pages
// it shows anew. The first Changes of a subscription says that everything did.
type Changes struct {
	// View says that App.View returns something new.
	View bool
	// Rooms maps each room whose timeline changed to how it did.
	Rooms map[chat.RoomID]RoomChange
	// Reset says that changes were dropped because nobody looked for long: read
	// everything shown anew.
	Reset bool
	// Notices are things to tell the person once, oldest first, at most 20.
	Notices []Notice
	// Closed says that the core has ended; nothing follows.
	Closed bool
}

// RoomChange says which parts of a room's timeline to read anew.
type RoomChange struct {
	Tail    bool // events were added behind the newest
	Waiting bool // own messages that wait were added, removed, or changed state
	Names   bool // somebody's display name changed: rows show it
	Changed bool // rows changed in place (edited, deleted, reactions, pins): read those shown anew, keep the position
	Reload  bool // anything may have changed
}

// NoticeKind names a notice; the window has words for each.
type NoticeKind string

// Notices.
const (
	// NoticeMessages: others wrote what the person's rules say is worth a
	// notification on the desktop. Room, Rooms, Count, News, Silent and CaughtUp are
	// set. A room's notices merge while nobody takes them.
	NoticeMessages NoticeKind = "messages"
	// NoticeSendFailed: a message was refused. Room and Code are set.
	NoticeSendFailed NoticeKind = "send_failed"
	// NoticeChangeRefused: a deletion, a reaction, a pin or a choice about the room was
	// refused, and is shown no more; nobody has to decide. Room and Code are set, and
	// Target unless it is about the room.
	NoticeChangeRefused NoticeKind = "change_refused"
	// NoticeAddedToRoom: somebody added the person to Room.
	NoticeAddedToRoom NoticeKind = "added"
	// NoticeRemoved: the owner of Room, By, has removed the person from it.
	NoticeRemoved NoticeKind = "removed"
	// NoticeDiverged: the server's history of Room does not fit what is stored here.
	NoticeDiverged NoticeKind = "diverged"
	// NoticeLost: the server has lost the newest part of Room, as after a restored
	// backup. It is kept here; Count own messages wait in the outbox, held.
	NoticeLost NoticeKind = "lost"
	// NoticeProfileLost: the server has lost Count parts of what the person shows of
	// themselves. They wait in the outbox, held.
	NoticeProfileLost NoticeKind = "profile_lost"
	// NoticePrivacyKept: the server, restored from an older backup, showed again what the
	// account keeps to itself. It was told, and hides it.
	NoticePrivacyKept NoticeKind = "privacy_kept"
	// NoticeClockSkew: this machine's clock is far from the server's.
	NoticeClockSkew NoticeKind = "clock"
	// NoticeDeviceAdded: somebody signed in to the account with the password, on
	// Device. Whoever did not do so must hear of it: the window offers to remove
	// the device and to change the password.
	NoticeDeviceAdded NoticeKind = "device"
	// NoticeRecoveryReplaced: a new recovery key was made on another device of the
	// account; the one before counts no more. Whoever did not do so must hear of it.
	NoticeRecoveryReplaced NoticeKind = "recovery"
)

// Notice is something to tell the person once.
type Notice struct {
	Kind  NoticeKind
	Room  chat.RoomID
	Count int
	Code  chat.Code
	// By is who did it, as people read it: foreign text, guard it.
	By string
	// Target is the message that a refused change was about.
	Target chat.Seq

	// Rooms is over how many rooms a NoticeMessages speaks. If it is more than one,
	// Room is zero and there is no News.
	Rooms    int
	News     []News // the newest of the messages, oldest first
	Silent   bool   // no sound
	CaughtUp bool   // the messages came while catching up after an absence

	// Device is the device concerned. Its name is foreign text: guard it.
	Device DeviceView
}
