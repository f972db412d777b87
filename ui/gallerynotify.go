package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/desktop"
)

func (c *invented) SetAtEnd(bool) {} // SetAtEnd implements app.Commands.

// ChangeNotify implements app.Commands: rules are the one thing that the gallery
// lets a person change, so that the page of choices can be looked at.
func (c *invented) ChangeNotify(_ context.Context, change func(*app.NotifyRules)) error {
	if c.fail != nil {
		return c.fail
	}
	rules := c.view.Notify.Clone()
	change(&rules)
	v := *c.view
	v.Notify = &rules
	c.view = &v
	return nil
}

// WhyNotified implements app.Commands.
func (c *invented) WhyNotified(_ context.Context, _ chat.RoomID, seq chat.Seq) (app.Notified, error) {
	return app.Notified{Seq: seq, Ring: true, Rule: app.RuleKeyword, Keyword: "Hearth"}, c.fail
}

// galleryRules are invented rules, and a desktop that can do all.
func galleryRules(c *invented, now time.Time) {
	c.view.Notify = &app.NotifyRules{
		Keywords: []string{"Hearth", "release", "发布"},
		Quiet: []app.QuietHours{
			{Days: app.EveryDay, From: 22 * 60, To: 7 * 60}, {Days: app.Weekdays(0).With(time.Sunday, true), From: 13 * 60, To: 15*60 + 30},
		},
		Rooms: map[chat.RoomID]app.RoomNotify{
			inventedRoom("general"): {Muted: now.Add(3 * time.Hour)}, inventedRoom("design"): {Level: app.LevelNone},
		},
	}
}

// galleryDesktop opens the page on a desktop that can do all; its entry for the
// login cannot be written.
func galleryDesktop(u *UI) {
	u.desktop.Tray, u.desktop.Login = true, &desktop.Login{}
	u.showNotifySettings()
}

// galleryScroll shows the end of the newest dialog.
func galleryScroll(u *UI) {
	if len(u.dialogs) == 0 {
		return // another screen shows already
	}
	u.dialogs[len(u.dialogs)-1].page.scroll.ScrollToOffset(fyne.NewPos(0, 10000))
}
