// Package host makes a server out of a folder: identity, certificates, storage,
// listeners, the first room, the owner's invite, and backups. hearth-server and
// "Host a group here" in the window both run it. It owns the data folder while it
// is open, and must never change or lose an identity by itself: clients pin it.
// Nor does it ever remove data: what a restore replaces is renamed.
//
// docs/storage.md lists the folder's files, docs/server.md is the operator's page.
//
// A damaged database can end a process in ways that nothing catches. So every look
// at one that may be damaged happens in another process of the same program:
// Config.Rerun starts it, and RunTask, called first thing in main, is its other end.
package host
