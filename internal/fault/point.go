package fault

// Place is a place in a program's work at which it can be killed.
type Place string

// Places on the server, in the order in which a message passes them.
const (
	ServerSendRead        Place = "server.send.read"         // decoded, nothing decided
	ServerSendQueued      Place = "server.send.queued"       // waits for the room's owner
	ServerAppendBefore    Place = "server.append.before"     // decided, not handed to storage
	ServerAppendInTx      Place = "server.append.in-tx"      // written, not committed
	ServerAppendCommitted Place = "server.append.committed"  // on disk, nobody knows
	ServerPushMid         Place = "server.push.mid"          // some feeds have it, some do not
	ServerAckQueued       Place = "server.ack.queued"        // acks are queued for the connections
	ServerWriteBefore     Place = "server.write.before"      // a writer is about to write frames
	ServerWriteAfter      Place = "server.write.after"       // frames were given to the system
	ServerPageRead        Place = "server.page.read"         // a catch-up page was read, not sent
	ServerRegister        Place = "server.register.stored"   // a new account or device is on disk
	ServerReady           Place = "server.ready.sent"        // a device was let in
	ServerGoodbye         Place = "server.shutdown.goodbye"  // goodbyes are queued
	ServerShutdownDrained Place = "server.shutdown.drained"  // the last group commit is through
	ServerShutdownClosed  Place = "server.shutdown.closed"   // connections are closed, database open
	ServerStarted         Place = "server.start.before-port" // database open, nothing listens
	ServerPieceWritten    Place = "server.piece.written"     // a piece of an upload was given to the system
	ServerPieceSynced     Place = "server.piece.synced"      // it is on disk, nobody was told
	ServerUploadPlaced    Place = "server.upload.placed"     // a content has its name, the upload does not say so
	ServerUploadDone      Place = "server.upload.done"       // the upload says so, nobody was told
	ServerEraseInTx       Place = "server.erase.in-tx"       // what a deletion erases is emptied, not committed
	ServerPurgeTold       Place = "server.purge.told"        // the log says what is purged, all of it is there
	ServerPurgeInTx       Place = "server.purge.in-tx"       // a step of a purge has run, not committed
	ServerPurgeStep       Place = "server.purge.step"        // a step of a purge is on disk
	ServerSuspendStored   Place = "server.suspend.stored"    // an account is shut out, its connections go on
	ServerDeleteStored    Place = "server.delete.stored"     // nothing is left of an account, no room was told
	ServerDeleteTold      Place = "server.delete.told"       // one room was told
	ServerDeleteErased    Place = "server.delete.erased"     // some of what it wrote is erased
	ServerMarksBefore     Place = "server.marks.before"      // read positions are about to be written
	ServerMarksAfter      Place = "server.marks.after"       // they are on disk
	ServerNameStored      Place = "server.name.stored"       // a name is on disk, no room was told
	ServerNameTold        Place = "server.name.told"         // one room was told
	ServerCardStored      Place = "server.card.stored"       // what somebody shows is on disk, nobody was told
	ServerBlockStored     Place = "server.block.stored"      // whom somebody has blocked is on disk, nobody was told
)

// Places in both programs: around the commit of a database.
const (
	BoltBeforeSync  Place = "bolt.commit.before-sync" // all requests of the group have run
	BoltAfterSync   Place = "bolt.commit.after-sync"  // on disk, nobody was answered
	BoltMigrate     Place = "bolt.migrate.in-tx"      // a step ran, nothing is committed
	BoltMigrateDone Place = "bolt.migrate.committed"  // the new version is on disk
)

// Places in the client.
const (
	ClientOutboxBefore Place = "client.outbox.before-commit" // typed, not on disk
	ClientOutboxAfter  Place = "client.outbox.after-commit"  // on disk, nobody knows
	ClientMarkAfter    Place = "client.mark.after-commit"    // disk says it may have left
	ClientWriteBefore  Place = "client.send.before-write"    // about to be written
	ClientWriteAfter   Place = "client.send.after-write"     // given to the system
	ClientAckBefore    Place = "client.ack.before-commit"    // ack read, not on disk
	ClientAckAfter     Place = "client.ack.after-commit"     // ack on disk
	ClientApplyMid     Place = "client.apply.mid"            // events written, cursor not
	ClientApplyAfter   Place = "client.apply.after-commit"   // on disk, window does not know
	ClientPageApplied  Place = "client.page.applied"         // a catch-up page is on disk
	ClientLive         Place = "client.live"                 // the sync has just ended
	ClientSecretBefore Place = "client.secret.before-write"  // keyring or vault not written
	ClientSecretAfter  Place = "client.secret.after-write"   // written, not registered yet
	ClientRegistered   Place = "client.registered"           // the server knows the device
	ClientExit         Place = "client.exit"                 // asked to end, nothing closed
	ClientMendPutAside Place = "client.mend.put-aside"       // lost events are put aside
	ClientRebuildAside Place = "client.rebuild.put-aside"    // a store is put aside, there is no other
	ClientRebuildMade  Place = "client.rebuild.made"         // another one was made, nothing is taken over
	ClientRebuildTaken Place = "client.rebuild.taken-over"   // what waited is in it, and not noted to be
)

// ServerPlaces are the places a server passes in ordinary work with one or more
// live clients.
var ServerPlaces = []Place{
	ServerSendRead, ServerSendQueued, ServerAppendBefore, ServerAppendInTx, BoltBeforeSync, BoltAfterSync,
	ServerAppendCommitted, ServerPushMid, ServerAckQueued, ServerWriteBefore, ServerWriteAfter, ServerPageRead,
	ServerReady,
}

// ServerDeedPlaces are passed by uploads, deletions and read positions.
var ServerDeedPlaces = []Place{
	ServerPieceWritten, ServerPieceSynced, ServerUploadPlaced, ServerUploadDone, ServerEraseInTx, ServerMarksBefore, ServerMarksAfter,
}

// ServerPurgePlaces are passed while a server purges what is older than a room keeps.
var ServerPurgePlaces = []Place{ServerPurgeTold, ServerPurgeInTx, ServerPurgeStep}

// ServerLeavePlaces are passed while an account is shut out, or deleted with what it wrote.
var ServerLeavePlaces = []Place{ServerSuspendStored, ServerDeleteStored, ServerDeleteTold, ServerDeleteErased}

// ServerSelfPlaces are passed while people change what they are called, what they show and
// whom they do not want to hear of.
var ServerSelfPlaces = []Place{ServerNameStored, ServerNameTold, ServerCardStored, ServerBlockStored}

// ServerStopPlaces are passed once while a server stops.
var ServerStopPlaces = []Place{ServerGoodbye, ServerShutdownDrained, ServerShutdownClosed}

// ClientEnrolPlaces are passed once while an account is made. The store is new
// then, so its migrations run as well.
var ClientEnrolPlaces = []Place{ClientSecretBefore, ClientSecretAfter, ClientRegistered, BoltMigrate, BoltMigrateDone}

// ClientRebuildPlaces are passed once while a store is made anew.
var ClientRebuildPlaces = []Place{ClientRebuildAside, ClientRebuildMade, ClientRebuildTaken}

// ClientPlaces are the places a client passes in ordinary work.
var ClientPlaces = []Place{
	ClientOutboxBefore, ClientOutboxAfter, ClientMarkAfter, ClientWriteBefore, ClientWriteAfter, ClientAckBefore,
	ClientAckAfter, ClientApplyMid, ClientApplyAfter, ClientPageApplied, ClientLive, BoltBeforeSync, BoltAfterSync,
}
