package ui

import (
	"context"
	"image"
	"image/color"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"github.com/skip2/go-qrcode"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// The choices for a new invite.
var (
	inviteUses = []int{1, 5, 25, 100}
	inviteDays = []int{1, 7, 30}
)

// showInvite makes invites and lists those that live. The link is shown once:
// nobody keeps its secret.
func (h *home) showInvite() {
	if h.shutOut() {
		return
	}
	u := h.u
	if !u.view.Group.MayInvite {
		u.toast(tr.S("invite.forbidden"), look.Warn)
		return
	}
	f := newForm(u)
	var d *dialog
	shown := column(14)
	live := column(6)
	var uses, days *segments
	submit := func() {
		n, life := inviteUses[uses.at], time.Duration(inviteDays[days.at])*24*time.Hour
		var link app.InviteLink
		f.run(tr.S("invite.busy"), func(ctx context.Context) (err error) {
			link, err = u.core.CreateInvite(ctx, n, life)
			return err
		}, func() {
			result, copyLink := u.inviteResult(link)
			shown.Objects = []fyne.CanvasObject{result}
			d.Refresh()
			u.win.Canvas().Focus(copyLink)
			u.loadInvites(live, d)
		})
	}
	var useWords, dayWords []string
	for _, n := range inviteUses {
		useWords = append(useWords, tr.N("invite.uses", n))
	}
	for _, n := range inviteDays {
		dayWords = append(dayWords, tr.N("time.days", n))
	}
	uses, days = newSegments(useWords, 0, nil), newSegments(dayWords, 1, nil)
	f.submit = look.NewIconTextButton(look.IconLink, tr.S("invite.submit"), look.Primary, submit)
	done := look.NewButton(tr.S("button.done"), look.Quiet, func() { d.Close() })
	d = u.open(dialogSpec{
		title: tr.S("side.invite"), width: 520,
		body: column(14,
			note(tr.F("invite.text", "Group", inSentence(groupName(u.view)))),
			column(5, fieldName(tr.S("invite.for")), uses),
			column(5, fieldName(tr.S("invite.lasts")), days),
			f.all, f.busy, shown, live),
		buttons: []*look.Button{done, f.submit},
	})
	f.page = d
	u.loadInvites(live, d)
}

// inviteResult shows a fresh invite as text and as a QR code, and returns the
// button that copies it as well.
func (u *UI) inviteResult(l app.InviteLink) (fyne.CanvasObject, *look.Button) {
	return u.linkResult(tr.S("invite.ready"), l.Link,
		tr.F("invite.once", "Until", tr.Until(time.Until(l.Expires)), "Uses", tr.N("invite.uses", l.Uses)))
}

// linkResult shows a fresh link as text and as a QR code, and returns the button that
// copies it as well.
func (u *UI) linkResult(title, link, once string) (fyne.CanvasObject, *look.Button) {
	var copied *look.Button
	copied = look.NewIconTextButton(look.IconCopy, tr.S("invite.copy"), look.Quiet, func() {
		u.copyText(link)
		copied.SetText(tr.S("invite.copied"))
		u.pump.after(2*time.Second, func() { copied.SetText(tr.S("invite.copy")) })
	})
	text := column(10,
		heading(title, look.Body),
		newBoxed(look.PanelFill, look.EdgeInk, 10, 8, monoPara(link, look.Text)),
		flow(8, copied),
		note(once),
	)
	code := qrCode(link)
	if code == nil {
		return newBoxed(look.FieldFill, nil, 16, 16, text), copied
	}
	return newBoxed(look.FieldFill, nil, 16, 16, container.New(&besideLayout{gap: 16}, text, code)), copied
}

// besideLayout puts the second object right of the first, or below it where the
// width does not allow that.
type besideLayout struct{ gap float32 }

func (l *besideLayout) split(objects []fyne.CanvasObject, width float32) (first float32, beside bool) {
	w := objects[1].MinSize().Width
	if first = width - w - l.gap; first >= 200 {
		return first, true
	}
	return width, false
}

func (l *besideLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	first, beside := l.split(objects, width)
	a, b := heightFor(objects[0], first), objects[1].MinSize().Height
	if beside {
		return max(a, b)
	}
	return a + l.gap + b
}

func (l *besideLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(objects[1].MinSize().Width, l.heightFor(objects, 400))
}

func (l *besideLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	first, beside := l.split(objects, s.Width)
	m := objects[1].MinSize()
	objects[0].Resize(fyne.NewSize(first, heightFor(objects[0], first)))
	objects[1].Resize(m)
	if beside {
		objects[1].Move(fyne.NewPos(first+l.gap, 0))
	} else {
		objects[1].Move(fyne.NewPos((s.Width-m.Width)/2, heightFor(objects[0], first)+l.gap))
	}
}

// qrCode draws a link as a QR code, dark on white in either theme because
// cameras want it so; nil if the text is too long for one.
func qrCode(text string) fyne.CanvasObject {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return nil
	}
	bits := code.Bitmap() // with its quiet zone
	const scale = 4
	side := len(bits) * scale
	img := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			if !bits[y/scale][x/scale] {
				img.SetGray(x, y, color.Gray{Y: 0xff})
			}
		}
	}
	pic := canvas.NewImageFromImage(img)
	pic.ScaleMode = canvas.ImageScalePixels
	pic.CornerRadius = look.Radius
	pic.SetMinSize(fyne.NewSquareSize(200))
	return pic
}

// loadInvites lists the invites that live, each with a button that ends it.
func (u *UI) loadInvites(list *fyne.Container, d *dialog) {
	u.pump.work(func(ctx context.Context) func() {
		invites, err := u.core.Invites(ctx)
		return func() {
			list.Objects = nil
			if err != nil {
				list.Add(newPara(explain(err).text, look.Preview, look.Bad))
				u.onceBack(d, func() { u.loadInvites(list, d) })
			}
			for _, part := range []struct {
				name tr.Key
				dead bool
			}{{"invite.live", false}, {"invite.dead", true}} {
				head := false
				for _, l := range invites {
					if (l.Lead == app.LeadsNowhere) != part.dead {
						continue
					}
					if !head {
						head = true
						list.Add(fieldName(tr.S(part.name)))
					}
					list.Add(u.inviteLine(l, list, d))
				}
			}
			d.Refresh()
		}
	})
}

// known finds somebody in the rooms that are on this disk.
func (u *UI) known(account chat.AccountID) (app.MemberView, bool) {
	for _, r := range u.view.Rooms {
		if i := slices.IndexFunc(r.Members, func(m app.MemberView) bool { return m.Account == account }); i >= 0 {
			return r.Members[i], true
		}
	}
	return app.MemberView{}, false
}

func (u *UI) inviteLine(l app.InviteLink, list *fyne.Container, d *dialog) fyne.CanvasObject {
	revoke := look.NewIconButton(look.IconTrash, tr.S("invite.revoke"), func() {
		u.pump.work(func(ctx context.Context) func() {
			err := u.core.RevokeInvite(ctx, l.ID)
			return func() {
				if err != nil {
					u.toast(explain(err).text, look.Bad)
				}
				u.loadInvites(list, d)
			}
		})
	})
	ink := look.Ink(look.Text)
	if l.Lead == app.LeadsNowhere {
		ink = look.Faint
	}
	what, made := look.NewElided("", look.Preview, ink), look.NewElided("", look.Caption, look.Faint)
	set := func() {
		what.SetText(u.inviteWords(&l))
		made.SetText(tr.F("invite.made", "When", tr.Moment(zone.In(l.Created))))
	}
	set()
	words := column(0, what, made)
	switch l.Lead {
	case app.LeadsNowhere:
		words.Add(newPara(tr.S("invite.leads.nowhere"), look.Caption, look.Bad))
	case app.LeadsHere:
		words.Add(newPara(tr.S("invite.leads.here"), look.Caption, look.Warn))
	}
	line := rowGrow(8, 1, look.NewIcon(look.IconLink, look.Faint, 18), words, revoke)
	u.timely(func() bool { return d.isOpen && slices.Contains(list.Objects, fyne.CanvasObject(line)) }, set)
	return line
}

// inviteWords say what an invite is for and how long it lives.
func (u *UI) inviteWords(l *app.InviteLink) string {
	until := tr.Until(time.Until(l.Expires))
	if l.For.IsZero() {
		return tr.F("invite.line", "Used", l.Used, "Uses", l.Uses, "Until", until)
	}
	if m, ok := u.known(l.For); ok {
		return tr.F("reset.line_for", "Name", inSentence(personName(m)), "Until", until)
	}
	return tr.F("reset.line", "Until", until)
}
