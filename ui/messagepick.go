package ui

import (
	"context"
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// pickBar stands in place of the composer while messages are being chosen: how many they
// are, and what can be done with all of them.
type pickBar struct {
	widget.BaseWidget
	p      *pane
	count  *look.Line
	cancel *look.IconButton
	wide   [3]*look.Button     // forward, copy, delete
	small  [3]*look.IconButton // the same, where there is no room for words
}

func newPickBar(p *pane) *pickBar {
	b := &pickBar{p: p, count: look.NewStrong("", look.Body, look.Text)}
	b.cancel = look.NewIconButton(look.IconClose, tr.S("button.cancel"), p.stopPicking)
	for i, a := range []struct {
		icon look.Icon
		key  tr.Key
		kind look.ButtonKind
		do   func()
	}{
		{look.IconForward, "pick.forward", look.Quiet, p.forwardPicked},
		{look.IconCopy, "pick.copy", look.Quiet, p.copyPicked},
		{look.IconTrash, "pick.delete", look.Dangerous, p.deletePicked},
	} {
		b.wide[i] = look.NewIconTextButton(a.icon, tr.S(a.key), a.kind, a.do)
		b.small[i] = look.NewIconButton(a.icon, tr.S(a.key), a.do)
	}
	b.Hide()
	b.ExtendBaseWidget(b)
	return b
}

// CreateRenderer implements fyne.Widget.
func (b *pickBar) CreateRenderer() fyne.WidgetRenderer {
	back := canvas.NewRectangle(color.Transparent)
	refresh := func() {
		p := look.Now()
		back.FillColor, back.CornerRadius = p.Bubble, look.RadiusBig
		back.StrokeColor, back.StrokeWidth = look.Mix(p.Edge, p.Accent, 0.6), 1
	}
	refresh()
	objects := []fyne.CanvasObject{back, b.cancel, b.count}
	for i := range b.wide {
		objects = append(objects, b.wide[i], b.small[i])
	}
	return look.NewRenderer(look.RendererParts{
		Of: b, Objects: objects, Refresh: refresh,
		Min: func() fyne.Size { return fyne.NewSize(200, b.height()) },
		Layout: func(s fyne.Size) {
			back.Resize(s)
			b.layout(s)
		},
	})
}

func (b *pickBar) height() float32 {
	return max(look.IconButtonSide(), b.wide[0].MinSize().Height) + 12
}

func (b *pickBar) layout(s fyne.Size) {
	side := look.IconButtonSide()
	middle := func(o fyne.CanvasObject, x, width, height float32) { lay(o, x, (s.Height-height)/2, width, height) }
	middle(b.cancel, 6, side, side)
	left, right := 6+side+8, s.Width-8
	need := left + b.count.Natural() + 12
	for _, w := range b.wide {
		need += w.MinSize().Width + 6
	}
	words := need <= s.Width
	for i := len(b.wide) - 1; i >= 0; i-- {
		b.wide[i].Hidden, b.small[i].Hidden = !words, words
		if words {
			m := b.wide[i].MinSize()
			right -= m.Width
			middle(b.wide[i], right, m.Width, m.Height)
		} else {
			right -= side
			middle(b.small[i], right, side, side)
		}
		right -= 6
	}
	middle(b.count, left, max(0, right-left-6), b.count.MinSize().Height)
}

// apply says how many are chosen, and offers what can be done with them.
func (b *pickBar) apply(n int) {
	b.count.SetText(tr.N("pick.count", n))
	for i := range b.wide {
		if off := n == 0 || i == 0 && over(b.p.h.u.view); off {
			b.wide[i].Disable()
			b.small[i].Disable()
		} else {
			b.wide[i].Enable()
			b.small[i].Enable()
		}
	}
	b.Refresh()
}

// picked follows what is being chosen.
func (p *pane) picked() {
	on := p.timeline.Picking()
	if on {
		p.h.u.endBack()
		p.picks.apply(len(p.timeline.Picked()))
	}
	if on != p.picks.Visible() {
		setShown(p.picks, on)
		if on {
			p.composer.offer.close()
		}
		p.object.arrange()
	}
}

// stopPicking ends the choosing of messages and gives the keyboard to the composer; false
// if none were being chosen.
func (p *pane) stopPicking() {
	if p.timeline.Picking() {
		p.timeline.StopPicking()
		p.h.focus()
	}
}

// pickMenu is the menu of a message while some are being chosen.
func (p *pane) pickMenu(r *timeline.Row) (items []look.MenuItem) {
	for i, w := range p.picks.wide {
		icon := []look.Icon{look.IconForward, look.IconCopy, look.IconTrash}[i]
		items = append(items, look.MenuItem{Text: w.Text(), Icon: icon, Off: w.Disabled(), Danger: i == 2, Action: w.OnTapped})
	}
	return append(items, look.MenuItem{}, look.MenuItem{Text: tr.S("button.cancel"), Icon: look.IconClose, Action: p.stopPicking})
}

// pickedMost says that no more can be chosen.
func (p *pane) pickedMost() {
	p.h.u.toast(tr.N("pick.most", timeline.MostPicked), look.Warn)
}

// copyPicked puts what is chosen into the clipboard.
func (p *pane) copyPicked() {
	n := len(p.timeline.Picked())
	if n == 0 {
		return
	}
	p.h.u.copyText(p.timeline.CopiedPicked())
	p.stopPicking()
	p.h.u.toast(tr.N("pick.copied", n), look.Good)
}

// forwardPicked passes what is chosen on, in the order in which it was written.
func (p *pane) forwardPicked() {
	if rows := p.timeline.Picked(); len(rows) > 0 && !over(p.h.u.view) {
		p.forward(rows...)
	}
}

// seqsOf are the places of messages in the log.
func seqsOf(rows []*timeline.Row) []chat.Seq {
	seqs := make([]chat.Seq, len(rows))
	for i, r := range rows {
		seqs[i] = chat.Seq(r.Seq)
	}
	return seqs
}

// eachOf does something with each of some messages, one after the other, and returns how
// many it was not done with and why not.
func eachOf(ctx context.Context, seqs []chat.Seq, do func(chat.Seq) error) (failed int, why error) {
	for _, seq := range seqs {
		if err := do(seq); err != nil {
			failed, why = failed+1, err
			if ctx.Err() != nil {
				break
			}
		}
	}
	return failed, why
}

// tellFailed says of how many of several messages something could not be done.
func (u *UI) tellFailed(failed, of int, why error) {
	text := explain(why).text
	if of > 1 {
		text = tr.N("pick.failed", failed, "Why", text)
	}
	u.toast(text, look.Bad)
}

// deletePicked erases what is chosen for everyone, after asking once; what may not be
// deleted stays, which it says.
func (p *pane) deletePicked() {
	rows := p.timeline.Picked()
	if len(rows) == 0 {
		return
	}
	u, c, room := p.h.u, p.h.u.core, p.h.room
	may := slices.DeleteFunc(slices.Clone(rows), func(r *timeline.Row) bool { return !r.MayDelete })
	switch {
	case !p.composer.usable():
		u.toast(p.composer.off, look.Warn)
		return
	case len(may) == 0:
		u.toast(tr.S("pick.delete.none"), look.Warn)
		return
	}
	ask := confirmation{title: tr.S("delete.title"), text: tr.S("delete.text"), do: tr.S("message.delete"), danger: true}
	if len(rows) > 1 {
		ask.title = tr.N("pick.delete.title", len(may))
	}
	if len(may) > 1 {
		ask.text = tr.S("pick.delete.text")
	}
	if stay := len(rows) - len(may); stay > 0 {
		ask.text = tr.N("pick.delete.stay", stay) + "\n\n" + ask.text
	}
	ask.then = func() {
		p.stopPicking()
		seqs := seqsOf(may)
		u.pump.work(func(ctx context.Context) func() {
			failed, why := eachOf(ctx, seqs, func(seq chat.Seq) error { return c.DeleteMessage(ctx, room, seq) })
			if failed == 0 || ctx.Err() != nil {
				return nil
			}
			return func() { u.tellFailed(failed, len(seqs), why) }
		})
	}
	u.confirm(ask)
}

// forward lets the person choose the room, or whom, to pass messages on to.
func (p *pane) forward(rows ...*timeline.Row) {
	u, from, c, seqs := p.h.u, p.h.room, p.h.u.core, seqsOf(rows)
	send := func(name string, to func(context.Context) (chat.RoomID, error)) {
		p.stopPicking()
		u.pump.work(func(ctx context.Context) func() {
			room, err := to(ctx)
			failed := len(seqs)
			if err == nil {
				failed, err = eachOf(ctx, seqs, func(seq chat.Seq) error {
					_, err := c.Forward(ctx, from, seq, room)
					return err
				})
			}
			return func() {
				switch done := len(seqs) - failed; {
				case failed > 0:
					u.tellFailed(failed, len(seqs), err)
				case done > 1:
					u.toast(tr.N("forward.done_many", done, "Room", inSentence(name)), look.Good)
				default:
					u.toast(tr.F("forward.done", "Room", inSentence(name)), look.Good)
				}
			}
		})
	}
	p.h.chooseRoom(roomChoice{
		title: tr.S("forward.title"),
		only:  func(v *app.RoomView) bool { return (v.Joined || v.Pending) && !v.Archived },
		taken: func(to chat.RoomID) {
			name := ""
			if v := p.h.roomOf(to); v != nil {
				name = roomName(v)
			}
			send(name, func(context.Context) (chat.RoomID, error) { return to, nil })
		},
		person: func(m app.MemberView) {
			send(personName(m), func(ctx context.Context) (chat.RoomID, error) { return c.Direct(ctx, []app.MemberView{m}) })
		},
	})
}
