package ui

import (
	"time"

	"hearth/app"
	"hearth/chat"
)

// galleryRecovery gives the person a recovery key that is not kept yet; shown says
// whether this run of the program made it.
func galleryRecovery(shown bool) func(*invented, time.Time) {
	return func(c *invented, now time.Time) {
		r := app.RecoveryView{Known: true, Made: now.AddDate(0, -2, 0), Owed: true}
		if shown {
			for i := range r.Key {
				r.Key[i] = byte(i * 17)
			}
		}
		c.view.Me.Recovery = r
	}
}

// galleryAuthority gives the group an authority of its own, which ends in some years.
func galleryAuthority(v app.ConnectionView, years int) func(*invented, time.Time) {
	return func(c *invented, now time.Time) {
		c.view.Connection = v
		c.view.Group.Authority = app.AuthorityView{
			Name: "Harbour Works Root Authority 2024", Count: 2, Until: now.AddDate(years, 2, 0),
			Fingerprint: "3f0a 91c2 77de 045b 8a16 e2f9 60cd 1b34 c9a8 5e07 42d1 fb66 0e93 d85c a17f 2b40",
		}
	}
}

// galleryRecover is the page that takes a recovery key, with what somebody typed.
func galleryRecover(u *UI, typed string) {
	server := app.ServerView{Address: "192.168.1.20:7480", Verified: true}
	f := u.showRecover(inventedLink, server, chat.ServerID{}, "ana")
	if typed == "" {
		return
	}
	f.fields["key"].entry.SetText(typed)
	typedRecovery(f)
}
