package ui

import (
	"context"
	"fmt"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// showDetails tells everything known about a row: it is read anew, because the
// timeline keeps only what it draws.
func (h *home) showDetails(r *timeline.Row) {
	u, room := h.u, h.room
	w := app.Window{Around: chat.Seq(r.Seq), Limit: 3}
	if r.Seq == 0 {
		if view := h.roomOf(room); view != nil {
			w = app.Window{After: view.Head, Limit: 500}
		}
	}
	u.pump.work(func(ctx context.Context) func() {
		page, err := u.core.Messages(ctx, room, w)
		if err != nil {
			return func() { u.toast(explain(err).text, look.Bad) }
		}
		for _, m := range page.Messages {
			if m.MID.String() == r.ID {
				return func() { u.showMessage(room, m) }
			}
		}
		return nil
	})
}

// stateWords say how far a message has come.
var stateWords = map[app.MessageState]tr.Key{
	app.StateWaiting: "state.waiting",
	app.StateSending: "state.sending",
	app.StateSent:    "state.sent",
	app.StateFailed:  "state.failed",
}

func (u *UI) showMessage(room chat.RoomID, m app.MessageView) {
	state := tr.S("state.sent")
	if k, ok := stateWords[m.State]; ok {
		state = tr.S(k)
	}
	if m.Delay != nil {
		state = delayText(m.Delay)
	}
	if m.Failure != nil {
		state += ": " + codeText(m.Failure.Why())
	}
	who := cleanName(m.Name)
	if who == "" {
		who = tr.S("who.server")
	}
	when := newPara(tr.Moment(zone.In(m.Time)), look.Body, look.Text)
	body := facts(tr.S("details.who"), who)
	body.Add(fact(tr.S("details.when"), when))
	addFacts(body, tr.S("details.utc"), m.Time.UTC().Format("2006-01-02 15:04:05.000 UTC"),
		tr.S("details.state"), state)
	if m.Seq > 0 {
		body.Add(fact(tr.S("details.seq"), newPara(fmt.Sprint(uint64(m.Seq)), look.Body, look.Text)))
	}
	if by := u.readersOf(room, m.Seq, m.Author); by != "" {
		body.Add(fact(tr.S("details.read_by"), newPara(by, look.Body, look.Text)))
	} else if r := u.roomShown(room); r != nil && (r.HideReadings || len(r.Members) > app.MostReaders) && m.Kind == chat.KindMessage {
		body.Add(fact(tr.S("details.read_by"), newPara(readingsText(r), look.Body, look.Secondary)))
	}
	body.Add(fact(tr.S("details.kind"), monoPara(string(m.Kind), look.Text)))
	body.Add(fact(tr.S("details.id"), monoPara(m.MID.String(), look.Text)))
	if !m.Author.IsZero() {
		body.Add(fact(tr.S("details.author"), monoPara(m.Author.String(), look.Text)))
	}
	if !m.Chain.IsZero() {
		body.Add(fact(tr.S("details.chain"), monoPara(m.Chain.String(), look.Text)))
	}
	var d *dialog
	done := look.NewButton(tr.S("button.close"), look.Quiet, func() { d.Close() })
	d = u.open(dialogSpec{title: tr.S("timeline.details"), width: 420, body: body, buttons: []*look.Button{done}})
	u.timely(d.shown, func() { when.SetText(tr.Moment(zone.In(m.Time))) })
	u.addWhy(d, body, room, m.Seq)
}
