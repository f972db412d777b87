package server

import "hearth/chat"

// Standing is what an account is to a room.
type Standing string

// Standings.
const (
	StandingMember   Standing = "member"
	StandingOutsider Standing = "outsider"
)

// Operation is something an account may want with a room.
type Operation string

// Operations.
const (
	OpMessage Operation = "message"
	OpJoin    Operation = "join" // oneself
	OpAdd     Operation = "add"  // somebody else
	OpLeave   Operation = "leave"
	OpRename  Operation = "rename"
	OpTopic   Operation = "topic"
	OpRead    Operation = "read" // history, chains, status of own sends
)

// cell is one case of the table.
type cell struct {
	op       Operation
	standing Standing
	access   chat.Access
}

// rules is the one table of who may do what. What is not in it is refused.
var rules = map[cell]bool{
	{OpMessage, StandingMember, chat.AccessOpen}:   true,
	{OpMessage, StandingMember, chat.AccessClosed}: true,
	{OpAdd, StandingMember, chat.AccessOpen}:       true,
	{OpAdd, StandingMember, chat.AccessClosed}:     true,
	{OpLeave, StandingMember, chat.AccessOpen}:     true,
	{OpLeave, StandingMember, chat.AccessClosed}:   true,
	{OpRename, StandingMember, chat.AccessOpen}:    true,
	{OpRename, StandingMember, chat.AccessClosed}:  true,
	{OpTopic, StandingMember, chat.AccessOpen}:     true,
	{OpTopic, StandingMember, chat.AccessClosed}:   true,
	{OpRead, StandingMember, chat.AccessOpen}:      true,
	{OpRead, StandingMember, chat.AccessClosed}:    true,
	{OpJoin, StandingOutsider, chat.AccessOpen}:    true,
}

// Allowed reports whether an account of the given standing may do op in a room.
func Allowed(op Operation, s Standing, a chat.Access) bool { return rules[cell{op, s, a}] }

// standing of an account in a room's state.
func standing(state *chat.Room, account chat.AccountID) Standing {
	if _, ok := state.Members[account]; ok {
		return StandingMember
	}
	return StandingOutsider
}

// permit answers with the error a refused operation gets.
func permit(op Operation, state *chat.Room, account chat.AccountID) *chat.Error {
	s := standing(state, account)
	if Allowed(op, s, state.Access) {
		return nil
	}
	if s == StandingOutsider && op != OpJoin {
		return chat.Errorf(chat.CodeNotMember, "/room", "you are not in this room")
	}
	return chat.Errorf(chat.CodeForbidden, "/kind", "that is not allowed in this room")
}
