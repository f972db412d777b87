// Package link is the client's end of the connection to a server. It owns
// dialling, the check of the server's identity, the ways in (invite, password,
// device key), the one live connection with its heartbeats, and the visible
// state machine that reconnects for ever. It must never send anything that
// depends on a secret before the server has proven the pinned identity, never
// follow a redirect, never skip a check, never store anything, and never judge a
// timeout, an order or an expiry by this machine's wall clock.
//
// # One-shot functions
//
// [Probe] looks at a server, [CheckInvite] at an invite; [Register] makes an
// account and [Login] enrols this device for one that exists. Each dials, talks
// and hangs up.
//
// # The lasting link
//
// [New] and [Link.Run] keep one connection for a device that is enrolled. The
// owner learns of states, connections and frames through a [Handler] and talks
// through the [Session] it is given.
//
// # Goroutines
//
// Run is one goroutine: it waits, dials, and while connected owns heartbeats.
// Each connection adds three, all ended before the next is dialled: the reader
// (the only one that reads the socket), the writer (the only one that writes
// it), and the deliverer (the only one that calls Handler.Up, Push and Down and
// the callbacks of Session.Go). Reader and deliverer are joined by a bounded
// queue: a slow handler makes the reader pause, the pause fills TCP's buffers,
// and the server then pages instead of pushing. While the reader pauses no
// silence is held against the server.
package link
