package ui

import (
	"context"
	"io"
	"os"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// The authority of a company that vouches for the certificate of one group's server
// (docs/adr/0040): chosen as a file, shown, and removed.

// faultWords has a sentence for everything that may be wrong with an authority's file.
var faultWords = map[app.AuthorityFault]tr.Key{
	app.AuthorityLarge:   "authority.large",
	app.AuthorityForeign: "authority.foreign",
	app.AuthorityDamaged: "authority.damaged",
	app.AuthorityLeaf:    "authority.leaf",
	app.AuthorityMany:    "authority.many",
	app.AuthorityNone:    "authority.none",
}

// largestFile is more than any file of an authority has: what is larger is not read on.
const largestFile = 1 << 20

// isAuthority reports that a server's certificate is of an authority that is not known
// here.
func (f failure) isAuthority() bool {
	return f.Code == app.FailConnection && app.Reason(f.Detail) == app.ReasonAuthority
}

// authorityFact says which authority counts, nil for the system's.
func authorityFact(v app.AuthorityView) fyne.CanvasObject {
	if v.Count == 0 {
		return nil
	}
	return fact(tr.S("authority.fact"), newPara(authorityName(v)+"\n"+untilDay(v.Until), look.Body, look.Text))
}

func authorityName(v app.AuthorityView) string {
	if name := cleanName(v.Name); name != "" {
		return inSentence(name)
	}
	return tr.S("authority.unnamed")
}

func untilDay(t time.Time) string {
	t = zone.In(t)
	if t.Before(time.Now()) {
		return tr.F("authority.over", "Date", tr.Date(t, true))
	}
	return tr.F("authority.until", "Date", tr.Date(t, true))
}

// showAuthority is the page of the authority that counts for this group's server, or for
// the one that is joined. why says what makes it needed, "" nothing; then runs after another counts; it may be nil.
func (u *UI) showAuthority(why string, then func()) {
	v := u.core.View().Group.Authority // which may be newer than what is shown
	f := newForm(u)
	var d *dialog
	changed := func(said string) func() {
		return func() {
			d.Close()
			u.toast(said, look.Good)
			if then != nil {
				then()
			}
		}
	}
	use := func(path string) {
		f.run(tr.S("authority.busy"), func(ctx context.Context) error {
			file, err := readAuthority(path)
			if err != nil {
				return err
			}
			_, err = u.core.SetAuthority(ctx, file)
			return err
		}, changed(tr.S("authority.taken")))
	}
	f.submit = look.NewButton(tr.S("authority.choose"), look.Primary, func() {
		u.chooseFiles(fileAsk{
			title: tr.S("authority.file"), take: tr.S("authority.take"), most: 1, kind: &kindCertificates,
			taken: func(paths []string) { use(paths[0]) }, wanted: func() bool { return d.isOpen },
		})
	})
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { d.Close() })
	body := column(14)
	if why != "" {
		body.Add(newPara(why, look.Body, look.Text))
	}
	body.Add(newPara(tr.S("authority.text"), look.Body, look.Secondary))
	buttons := []*look.Button{cancel, f.submit}
	if v.Count > 0 {
		remove := look.NewButton(tr.S("authority.remove"), look.Quiet, func() {
			f.run(tr.S("authority.busy"), u.core.RemoveAuthority, changed(tr.S("authority.removed")))
		})
		f.inert = append(f.inert, remove)
		buttons = []*look.Button{cancel, remove, f.submit}
		body.Add(newBoxed(look.FieldFill, nil, 16, 14, authorityFacts(v)))
	}
	body.Add(f.all)
	body.Add(f.busy)
	d = u.open(dialogSpec{title: tr.S("authority.title"), width: 480, body: body, buttons: buttons})
	f.page = d
}

// authorityLine says on a way in that an authority was given which counts there, nothing
// if none was.
func (u *UI) authorityLine() fyne.CanvasObject {
	own := authorityFact(u.core.View().Group.Authority)
	if own == nil {
		none := gap(0)
		none.Hide() // or it would stand between two gaps
		return none
	}
	return rowGrow(8, 0, own, look.NewButton(tr.S("authority.open"), look.Plain, func() { u.showAuthority("", nil) }))
}

// authorityFacts are name, fingerprint and end of what is imported.
func authorityFacts(v app.AuthorityView) fyne.CanvasObject {
	ink := look.Ink(look.Text)
	if v.Until.Before(time.Now()) {
		ink = look.Warn
	}
	list := column(12,
		fact(tr.S("authority.name"), newPara(authorityName(v), look.Body, look.Text)),
		fact(tr.S("authority.print"), monoPara(v.Fingerprint, look.Text)),
		fact(tr.S("authority.valid"), newPara(untilDay(v.Until), look.Body, ink)),
	)
	if v.Count > 1 {
		list.Add(note(tr.N("authority.more", v.Count-1)))
	}
	return list
}

// readAuthority reads a file that somebody chose, no further than a certificate can be
// long; off the UI goroutine.
func readAuthority(path string) ([]byte, error) {
	unreadable := func(err error) error {
		return &app.Failed{Code: app.FailFileUnreadable, Detail: err.Error(), Err: err}
	}
	if info, err := os.Stat(path); err != nil {
		return nil, unreadable(err)
	} else if !info.Mode().IsRegular() { // nobody waits for a pipe
		return nil, &app.Failed{Code: app.FailFileUnreadable}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, largestFile))
	if err != nil {
		return nil, unreadable(err)
	}
	return data, nil
}

// needAuthority offers to choose the authority's file where a way in failed for want of
// it, and goes that way again.
func (f *form) needAuthority() {
	f.u.showAuthority(reasonText(app.ReasonAuthority), func() {
		f.clear()
		if !f.going && f.submit.OnTapped != nil {
			f.submit.OnTapped()
		}
	})
}
