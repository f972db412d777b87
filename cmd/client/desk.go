package main

import (
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/systray"

	"hearth/assets"
	"hearth/internal/desktop"
	"hearth/store/profile"
	"hearth/ui"
)

// newDesktop gathers what the desktop gives besides windows, for the profile in a
// folder. opened is called when somebody clicks a notification; hold says that what is
// changed now would not be painted.
func newDesktop(dir string, log *slog.Logger, opened func(tag string), hold func() bool) ui.Desktop {
	steady, full := steadyPointer(log, hold), filling{}
	return ui.Desktop{
		Notifier: desktop.NewNotifier(desktop.NotifierOptions{App: "Hearth", ID: appID, Icon: assets.IconPNG, Log: log, Opened: opened}),
		Login:    loginEntry(dir, log),
		Tray:     desktop.MayHaveTray(), HasTray: desktop.HasTray, TrayTapped: systray.SetOnTapped,
		AskFiles: desktop.AskFiles, ReadClip: desktop.ReadClip, Maximized: full.maximized, Maximize: maximize,
		Shown: func(win fyne.Window) {
			steady(win)
			full.follow(win)
		},
	}
}

// loginEntry is what the desktop starts at login for a profile: one entry each.
func loginEntry(dir string, log *slog.Logger) *desktop.Login {
	program, err := desktop.Program()
	if err != nil {
		log.Warn("the program does not know its own path", "err", err)
		return nil
	}
	l := &desktop.Login{
		ID: appID, Name: "Hearth", Comment: "A group chat that you host yourself", Exec: program, Hidden: "--hidden",
	}
	if standard, err := profile.Path(profile.DefaultName); err != nil || standard != dir {
		sum := sha256.Sum256([]byte(dir))
		l.ID += "-" + hex.EncodeToString(sum[:4])
		l.Name += " (" + filepath.Base(dir) + ")"
		l.Args = []string{"--profile", dir}
	}
	return l
}
