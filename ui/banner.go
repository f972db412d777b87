package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// banner is the strip below the head of a room that says what is wrong with the
// group as a whole and offers what helps.
type banner struct {
	h      *home
	object *fyne.Container
	back   *look.Box
	icon   *look.IconView
	text   *para
	button *look.Button
	later  *look.Button    // of what can be put off, and the way that is not the first
	ways   *fyne.Container // two ways back in, below the text
	shown  bannerFacts
}

// bannerFacts is what the banner says; comparable.
type bannerFacts struct {
	text   string
	tone   bannerTone
	button string
	act    bannerAct
}

type bannerTone int

const (
	toneCalm bannerTone = iota
	toneWarn
	toneBad
)

type bannerAct int

const (
	actNone bannerAct = iota
	actTry
	actPin
	actSignIn
	actHost
	actReturn // sign in, or join with another invite
	actRecovery
	actNewRecovery
	actAuthority
	actBackups
	actAgain
)

func newBanner(h *home) *banner {
	b := &banner{h: h}
	b.icon = look.NewIcon(look.IconInfo, look.Secondary, 18)
	b.text = newPara("", look.Preview, look.Text)
	b.button = look.NewButton("", look.Plain, b.press)
	b.later = look.NewButton(tr.S("banner.later"), look.Plain, b.pressLater)
	b.later.Hide()
	b.ways = inset(0, 0, 0, 6, flowEnd(8,
		look.NewButton(tr.S("banner.invite"), look.Quiet, h.showRejoin),
		look.NewButton(tr.S("banner.sign_in"), look.Plain, h.showSignInAgain)))
	b.ways.Hide()
	says := container.New(&rowLayout{gap: 12, grow: 1, roomy: true}, plain([]fyne.CanvasObject{b.icon, inset(0, 6, 0, 6, b.text), flowEnd(0, b.later, b.button)})...)
	b.object = newBoxed(look.WarnFill, nil, 20, 4, column(2, says, b.ways))
	b.back = b.object.Objects[0].(*look.Box)
	b.back.Radius = 0
	b.object.Hide()
	return b
}

// bannerOf decides what to say after before.
func bannerOf(v *app.View, now time.Time, before bannerFacts) bannerFacts {
	c := v.Connection
	switch {
	case c.State == app.ConnStopped && c.Reason == app.ReasonPinMismatch:
		return bannerFacts{tr.S("banner.pin"), toneBad, tr.S("pin.show"), actPin}
	case c.State == app.ConnStopped && c.Reason == app.ReasonUnknown:
		return bannerFacts{reasonText(c.Reason), toneBad, "", actReturn}
	case c.State == app.ConnStopped && (c.Reason == app.ReasonExpired || c.Reason == app.ReasonRevoked):
		return bannerFacts{reasonText(c.Reason), toneBad, tr.S("banner.sign_in"), actSignIn}
	case ended(v):
		return bannerFacts{reasonText(c.Reason), toneBad, "", actNone}
	case v.Hosting != nil && !v.Hosting.Running && v.Hosting.Damaged:
		return bannerFacts{hostingText(v.Hosting), toneBad, tr.S("hosting.restore.open"), actBackups}
	case v.Hosting != nil && !v.Hosting.Running:
		return bannerFacts{hostingText(v.Hosting), toneBad, tr.S("hosting.start"), actHost}
	case c.Reason == app.ReasonAuthority && (c.State == app.ConnStopped || c.State == app.ConnWaiting):
		return bannerFacts{reasonText(c.Reason), toneBad, tr.S("authority.open"), actAuthority}
	case c.State == app.ConnStopped && mayHostAgain(v):
		return bannerFacts{overText(v), toneCalm, tr.S("again.open"), actAgain}
	case c.State == app.ConnStopped:
		return bannerFacts{overText(v), toneBad, tr.S("conn.try_now"), actTry}
	case c.State == app.ConnWaiting || c.State == app.ConnOffline:
		text := tr.S("conn.offline_sentence")
		if c.Reason != app.ReasonNone {
			text = reasonText(c.Reason)
		}
		if c.State == app.ConnWaiting {
			state, _, _ := connectionWords(c, now, false)
			text += " " + state + "."
		}
		if v.Waiting > 0 {
			text += " " + tr.N("conn.outbox", v.Waiting)
		}
		return bannerFacts{text, toneWarn, tr.S("conn.try_now"), actTry}
	case c.State == app.ConnConnecting && before.act == actTry && before.tone != toneCalm:
		// It stays while an attempt lasts, so that the page does not jump.
		text := tr.S("conn.connecting")
		if v.Waiting > 0 {
			text += " " + tr.N("conn.outbox", v.Waiting)
		}
		return bannerFacts{text, toneWarn, "", actTry}
	case v.Hosting != nil && diskText(v.Hosting) != "":
		text, tone := diskText(v.Hosting), toneWarn
		if v.Hosting.Disk.Full {
			tone = toneBad
		}
		if v.ServerFull {
			text += " " + tr.N("conn.outbox", v.Waiting)
		}
		return bannerFacts{text, tone, "", actNone}
	case v.ServerFull:
		return bannerFacts{tr.S("banner.server_full") + " " + tr.N("conn.outbox", v.Waiting), toneWarn, "", actNone}
	case v.Me.Vault == app.SecretMemory:
		return bannerFacts{tr.S("banner.memory"), toneCalm, "", actNone}
	}
	return bannerFacts{}
}

func (b *banner) apply(v *app.View) {
	f := bannerOf(v, time.Now(), b.shown)
	if f.tone == toneCalm && f.act == actNone {
		if offer := b.h.u.recoveryOffer(v); offer != (bannerFacts{}) {
			f = offer
		}
	}
	if f == b.shown {
		return
	}
	b.shown = f
	if f.text == "" {
		b.object.Hide()
		return
	}
	icon, fill, ink := look.IconInfo, look.Ink(look.AccentFill), look.Ink(look.Accent)
	switch f.tone {
	case toneWarn:
		icon, fill, ink = look.IconOffline, look.WarnFill, look.Warn
		if f.act == actNone {
			icon = look.IconServer
		}
	case toneBad:
		icon, fill, ink = look.IconAlert, look.BadFill, look.Bad
	}
	b.back.Fill = fill
	b.icon.Set(icon, ink)
	b.text.SetText(f.text)
	b.button.SetText(f.button)
	b.button.Hidden = f.button == ""
	b.later.Hidden = f.act != actRecovery && f.act != actNewRecovery && f.act != actAgain
	if f.act == actAgain { // somebody else may serve it
		b.later.SetText(tr.S("conn.try_now"))
	} else {
		b.later.SetText(tr.S("banner.later"))
	}
	b.ways.Hidden = f.act != actReturn
	b.object.Show()
	b.object.Refresh()
}

func (b *banner) pressLater() {
	if b.shown.act == actAgain {
		b.h.u.core.TryNow()
		return
	}
	b.h.u.putOffRecovery()
}

func (b *banner) press() {
	u := b.h.u
	switch b.shown.act {
	case actTry:
		u.core.TryNow()
	case actPin:
		b.h.showAlarm(u.view.Connection)
	case actRecovery:
		u.showRecoveryKey()
	case actAuthority:
		u.showAuthority("", u.core.TryNow)
	case actNewRecovery:
		u.showNewRecovery()
	case actSignIn:
		b.h.showSignInAgain()
	case actBackups:
		u.showBackups()
	case actAgain:
		u.askHostAgain()
	case actHost:
		b.button.Disable()
		u.pump.work(func(ctx context.Context) func() {
			err := u.core.StartHosting(ctx)
			return func() {
				b.button.Enable()
				if err != nil {
					u.toast(explain(err).text, look.Bad)
				}
			}
		})
	}
}
