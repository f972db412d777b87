// Package window drives the real window on a virtual screen with a keyboard, as a
// person would: xdotool types, xclip reads the clipboard, import takes pictures.
// It owns nothing but its tests (build tag window); it must never look into the
// program: what happened is read from titles, pictures, the clipboard and, once
// the windows are closed, from the stores with hearth-cli.
//
// scripts/with-window.sh gives it a screen, a window manager and a keyring.
package window
