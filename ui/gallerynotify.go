package ui

import (
	"context"

	"hearth/app"
	"hearth/chat"
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
