package ui

import (
	"context"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// Hosting again a group that the person has ended and whose data were kept.

// mayHostAgain reports whether that can be done.
func mayHostAgain(v *app.View) bool { return v.EndedHere && v.Kept != "" && v.Phase == app.PhaseOpen }

// overText says why nothing new comes: whoever ended a group is not told of somebody else.
func overText(v *app.View) string {
	switch {
	case !v.EndedHere || v.Connection.Reason != app.ReasonEnded:
		return reasonText(v.Connection.Reason)
	case v.Kept != "":
		return tr.S("again.banner")
	}
	return tr.S("again.gone")
}

// askHostAgain asks, and then serves it where it was served before.
func (u *UI) askHostAgain() {
	u.confirm(confirmation{
		title: tr.F("again.title", "Group", inSentence(groupName(u.view))), text: tr.S("again.text"), do: tr.S("again.do"),
		then: func() {
			u.pump.work(func(ctx context.Context) func() {
				err := u.core.HostAgain(ctx)
				return func() {
					if err != nil {
						u.toast(explain(err).text, look.Bad)
						return
					}
					u.toast(tr.S("again.done"), look.Good)
				}
			})
		},
	})
}

// hostedOnce is a group that can be hosted here again, if there is one.
func (w *Window) hostedOnce() *UI {
	for _, u := range w.all {
		if u.view != nil && mayHostAgain(u.view) {
			return u
		}
	}
	return nil
}
