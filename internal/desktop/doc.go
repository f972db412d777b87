// Package desktop is what Hearth asks of the desktop it runs on besides a window:
// notifications with an action, starting at login, and whether there is a tray. It
// owns the talk with the system about them, a file per system.
//
// It must never put text into a script or a command line: what people write goes to
// the system as data only. It logs no text, decides nothing about what is worth a
// notification (package app does), and is never needed: where the system has no such
// thing, nothing happens.
package desktop
