package fault

import "slices"

// Planted is a bug that was planted on purpose, or an injector.
type Planted string

// Bugs on the server.
const (
	AckBeforeCommit        Planted = "ack-before-commit"        // answers before the disk has it
	PushBeforeCommit       Planted = "push-before-commit"       // broadcasts before the disk has it
	DedupeInMemory         Planted = "dedupe-in-memory"         // a restart forgets the message ids
	DseqNotChecked         Planted = "dseq-not-checked"         // takes a device's messages in any order
	SubscribeAfterSnapshot Planted = "subscribe-after-snapshot" // what comes in between reaches neither
	LagDropsEvents         Planted = "lag-drops-events"         // a full queue loses pushes
	LeftRoomDelivered      Planted = "left-room-delivered"      // a feed outlives the membership
	AuthNonceFixed         Planted = "auth-nonce-fixed"         // every hello has the same nonce
	ExporterNotBound       Planted = "exporter-not-bound"       // the proof names no connection (both ends)
	RequestUnanswered      Planted = "request-unanswered"       // a refused send gets no answer
	DuplicateAckWrong      Planted = "duplicate-ack-wrong"      // a retry is told the newest place
	ContentNotBound        Planted = "content-not-bound"        // a known id with another content is "stored"
	EditAfterErase         Planted = "edit-after-erase"         // an edit of what was deleted is stored
	DeleteNotErased        Planted = "delete-not-erased"        // a deletion is an event and nothing more
	DirectTwice            Planted = "direct-twice"             // two people can have two direct rooms
	MarkerOverwritten      Planted = "marker-overwritten"       // the newest word counts, not the furthest
	UploadInMemory         Planted = "upload-in-memory"         // pieces are answered before they are on disk
	EraseBeforeCommit      Planted = "erase-before-commit"      // a deletion is answered before what it deletes is gone
	VoidUndeclared         Planted = "void-undeclared"          // nobody says that what lies before is not for who came later
	HistoryReopened        Planted = "history-reopened"         // a rule that is wide again shows what was written under a narrower one
	BlockForgotten         Planted = "block-forgotten"          // a sync does not say whom the account has blocked
	PurgeForgetsDedupe     Planted = "purge-forgets-dedupe"     // with an event goes the memory of its message id
	PurgeWithoutVoid       Planted = "purge-without-void"       // what was purged is left out of pages without a word
	PurgeTooYoung          Planted = "purge-too-young"          // what is half as old as it may become is purged
	SuspendedStays         Planted = "suspended-stays"          // who is shut out keeps the connections there are
	DeletionForgotten      Planted = "deletion-forgotten"       // a deletion that a crash cut short is left at that
	ErasesOthers           Planted = "erases-others"            // with what somebody wrote goes what others answered
	ContentMiscounted      Planted = "content-miscounted"       // the first message that goes takes the content along
)

// Bugs in the client.
const (
	CursorBeforeEvents  Planted = "cursor-before-events"   // two transactions, the cursor's first
	DigestIgnored       Planted = "digest-ignored"         // a heartbeat's digest is not compared
	ChainNotChecked     Planted = "chain-not-checked"      // stores whatever comes
	OutboxRemovedOnSend Planted = "outbox-removed-on-send" // what was written counts as done
	NewMIDOnRetry       Planted = "new-mid-on-retry"       // another connection, another id
	RetryReorders       Planted = "retry-reorders"         // newest first
	ClockOrdersOutbox   Planted = "clock-orders-outbox"    // the outbox goes by the wall clock
	DuplicateCounted    Planted = "duplicate-counted"      // an event that was there counts as unread again
	AckRemovesEntry     Planted = "ack-removes-entry"      // although the event is not there yet
	VoidIgnored         Planted = "void-ignored"           // a void moves nothing
	EpochIgnored        Planted = "epoch-ignored"          // a restored server is taken for the old one
	ReadMarkerDecreases Planted = "read-marker-decreases"  // the marker follows the eye
	GapUnrepaired       Planted = "gap-unrepaired"         // what is missing is not asked for
	SendProbeMissing    Planted = "send-probe-missing"     // an unanswered send waits for the idle beat
	HeartbeatMissing    Planted = "heartbeat-missing"      // a dead idle link stays "live"
	ResendForgotten     Planted = "resend-forgotten"       // after a reconnect only new messages go out
	RefusedEntryDropped Planted = "refused-entry-dropped"  // a failure nobody sees
	SuspendedDropped    Planted = "suspended-dropped"      // who is shut out loses what waits to be sent
	ReactionCountsTwice Planted = "reaction-counts-twice"  // what is said again of a message counts again
)

// Bugs in the client around holes, the parts of a log that a snapshot leaves out. They need
// a client that is a little behind and gets one all the same, which only the simulation has.
const (
	HoleForgotten    Planted = "hole-forgotten"     // the cursor moves past a hole, and nobody notes it
	HoleCountedTwice Planted = "hole-counted-twice" // an event that is loaded into a hole is applied a second time
	HoleGivenUp      Planted = "hole-given-up"      // what was refused while one was out of a room is not asked for again
	LodgedDropped    Planted = "lodged-dropped"     // what is answered for once its place is in a hole counts as here
)

// Simulated are the bugs that the simulation alone tries to catch.
var Simulated = []Planted{HoleForgotten, HoleCountedTwice, HoleGivenUp, LodgedDropped}

// Injectors are not bugs: they make a link or a server misbehave in ways that a
// right program survives, so that a bug in the part that survives it shows.
const (
	InjectPushLost      Planted = "inject-push-lost"      // every 40th push of a feed is lost silently
	InjectPushesLost    Planted = "inject-pushes-lost"    // every push is: events come by pages only, long after their acks
	InjectPushTwice     Planted = "inject-push-twice"     // every 10th push of a feed comes twice
	InjectBodyRewritten Planted = "inject-body-rewritten" // every 60th pushed body differs from the log
	InjectBusy          Planted = "inject-busy"           // every 40th send is answered "busy"
)

// Injectors are all of them.
var Injectors = []Planted{InjectPushLost, InjectPushesLost, InjectPushTwice, InjectBodyRewritten, InjectBusy}

// Bugs are all planted bugs, injectors left out.
var Bugs = []Planted{
	AckBeforeCommit, PushBeforeCommit, DedupeInMemory, DseqNotChecked, SubscribeAfterSnapshot, LagDropsEvents,
	LeftRoomDelivered, AuthNonceFixed, ExporterNotBound, RequestUnanswered, DuplicateAckWrong, ContentNotBound,
	EditAfterErase, DeleteNotErased, DirectTwice, MarkerOverwritten, UploadInMemory,
	EraseBeforeCommit, VoidUndeclared, HistoryReopened, BlockForgotten, ContentMiscounted, PurgeForgetsDedupe, PurgeWithoutVoid,
	PurgeTooYoung, SuspendedStays, DeletionForgotten, ErasesOthers, SuspendedDropped,
	CursorBeforeEvents, DigestIgnored, ChainNotChecked, OutboxRemovedOnSend, NewMIDOnRetry, RetryReorders,
	ClockOrdersOutbox, DuplicateCounted, AckRemovesEntry, VoidIgnored, EpochIgnored, ReadMarkerDecreases,
	GapUnrepaired, SendProbeMissing, HeartbeatMissing, ResendForgotten, RefusedEntryDropped, ReactionCountsTwice,
	HoleForgotten, HoleCountedTwice, HoleGivenUp, LodgedDropped,
}

// Known reports whether a name is one of a bug or an injector.
func Known(b Planted) bool { return slices.Contains(Bugs, b) || slices.Contains(Injectors, b) }
