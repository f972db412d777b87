package ui

import (
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// facts is a list of names and values, one pair a line.
func facts(pairs ...string) *fyne.Container {
	c := column(10)
	addFacts(c, pairs...)
	return c
}

func addFacts(c *fyne.Container, pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			c.Add(fact(pairs[i], newPara(pairs[i+1], look.Body, look.Text)))
		}
	}
}

func fact(name string, value fyne.CanvasObject) fyne.CanvasObject {
	return column(1, look.NewElided(name, look.Caption, look.Faint), value)
}

// showConnection opens the details of the connection below its state.
func (h *home) showConnection() {
	u := h.u
	v := u.view
	c := v.Connection
	body := column(12)
	var d *dialog
	state, _, ink := connectionWords(c, time.Now(), false)
	head := newPara(state, look.Body, ink)
	head.Bold = true
	body.Add(head)
	if c.State != app.ConnLive && c.State != app.ConnSyncing && c.Reason != app.ReasonNone {
		body.Add(newPara(overText(v), look.Body, look.Secondary))
	}
	if v.Waiting > 0 {
		all := look.NewButton(tr.S("outbox.show"), look.Plain, func() {
			d.Close()
			h.showOutbox()
		})
		body.Add(rowGrow(8, 0, note(tr.N("conn.outbox", v.Waiting)), all))
	}
	address := c.Address
	if address == "" && len(v.Group.Addresses) > 0 {
		address = v.Group.Addresses[0]
	}
	body.Add(u.connectionFacts(c, address))
	authority := look.NewButton(tr.S("authority.open"), look.Plain, func() {
		d.Close()
		u.showAuthority("", nil)
	})
	elsewhere := look.NewButton(tr.S("follow.open"), look.Plain, func() {
		d.Close()
		u.showFollow("")
	})
	buttons := []*look.Button{authority}
	if v.Hosting == nil {
		buttons = append(buttons, elsewhere)
	}
	if c.State == app.ConnStopped && c.Reason == app.ReasonPinMismatch {
		buttons = append(buttons, look.NewButton(tr.S("pin.show"), look.Dangerous, func() {
			d.Close()
			h.showAlarm(c)
		}))
	}
	if c.Reason == app.ReasonAuthority {
		authority.SetKind(look.Quiet)
	}
	if c.State != app.ConnLive && c.State != app.ConnSyncing && c.State != app.ConnConnecting {
		buttons = append(buttons, look.NewIconTextButton(look.IconRefresh, tr.S("conn.try_now"), look.Primary, func() {
			d.Close()
			u.core.TryNow()
		}))
	}
	var anchor fyne.CanvasObject
	if h.pane.pillArea.Visible() && h.pane.object.Visible() {
		anchor = h.pane.pillArea
	}
	d = u.open(dialogSpec{title: tr.S("conn.title"), width: 360, body: body, buttons: buttons, anchor: anchor})
}

// connectionFacts are what is known of the connection, with their names.
func (u *UI) connectionFacts(c app.ConnectionView, address string) fyne.CanvasObject {
	v := u.view
	list := facts(tr.S("conn.address"), address, tr.S("conn.since"), since(c.Since))
	if c.RTT > 0 {
		list.Add(fact(tr.S("conn.rtt"), newPara(tr.Milliseconds(c.RTT), look.Body, look.Text)))
	}
	if c.ClockSkew != 0 {
		list.Add(fact(tr.S("conn.skew"), newPara(skew(c.ClockSkew), look.Body, look.Warn)))
	}
	identity := tr.S("conn.fingerprint")
	if !v.Group.Verified {
		identity = tr.S("conn.fingerprint_unverified")
	}
	list.Add(fact(identity, monoPara(v.Group.Fingerprint, look.Text)))
	if c.Unbound {
		list.Add(fact(tr.S("conn.through"), newPara(tr.S("conn.proxy"), look.Body, look.Warn)))
	}
	if own := authorityFact(v.Group.Authority); own != nil {
		list.Add(own)
	}
	if c.Detail != "" && c.State != app.ConnLive {
		list.Add(fact(tr.S("conn.detail"), newPara(c.Detail, look.Preview, look.Secondary)))
	}
	if v.Hosting != nil {
		list.Add(fact(tr.S("conn.hosting"), newPara(hostingText(v.Hosting)+u.endedWords(), look.Body, look.Text)))
	}
	return list
}

// since is a moment with its day, short.
func since(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = zone.In(t)
	return tr.F("conn.since_value", "Day", tr.Day(t, time.Now()), "Time", t.Format("15:04:05"))
}

// skew says how far this machine's clock is off.
func skew(d time.Duration) string {
	if d < 0 {
		return tr.F("conn.skew_behind", "D", tr.Length(-d))
	}
	return tr.F("conn.skew_ahead", "D", tr.Length(d))
}

// endedWords say what one can do about a group that goes on here without oneself.
func (u *UI) endedWords() string {
	if !ended(u.view) {
		return ""
	}
	return " " + tr.S("ending.storage")
}

// hostingText says how the group hosted here runs.
func hostingText(v *app.HostingView) string {
	switch {
	case v.Paused:
		return tr.S("hosting.paused")
	case !v.Running && v.PortTaken > 0:
		return tr.F("hosting.port", "Port", v.PortTaken)
	case !v.Running && v.Damaged:
		return tr.S("hosting.damaged")
	case !v.Running && v.Problem != "":
		return tr.F("hosting.problem", "Why", v.Problem)
	case !v.Running:
		return tr.S("hosting.stopped")
	case v.Local:
		return tr.S("hosting.local")
	}
	text := tr.S("hosting.running")
	for _, a := range v.Addresses {
		text += "\n" + a
	}
	return text
}
