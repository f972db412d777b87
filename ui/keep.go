package ui

import (
	"context"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// For how long the server keeps messages of a room. Nothing of it touches what is on
// people's devices, and the words say so.

// keepPresets are what most people choose, days.
var keepPresets = []int{365, 90, 30, 7}

// keepText says for how long messages of a room are kept.
func keepText(r *app.RoomView) string {
	if r.Kept == 0 {
		return tr.S("keep.fact.ever")
	}
	return tr.N("keep.fact.days", r.Kept)
}

// keepDialog asks for how long messages are to be kept.
type keepDialog struct {
	h    *home
	room chat.RoomID
	was  int
	f    *form
	d    *dialog
	days *field
}

// showKeep changes for how long messages of a room are kept.
func (h *home) showKeep(id chat.RoomID) {
	r := h.roomOf(id)
	if r == nil {
		return
	}
	x := &keepDialog{h: h, room: id, was: r.Keep, f: newForm(h.u), days: newField(tr.S("keep.days"), tr.S("keep.days.hint"))}
	if r.Keep > 0 {
		x.days.entry.SetText(strconv.Itoa(r.Keep))
	}
	preset := func(text, days string) fyne.CanvasObject {
		return look.NewButton(text, look.Quiet, func() { x.days.entry.SetText(days) })
	}
	presets := []fyne.CanvasObject{preset(tr.S("keep.ever"), "")}
	for _, days := range keepPresets {
		text := tr.N("time.days", days)
		if days == 365 {
			text = tr.S("keep.year")
		}
		presets = append(presets, preset(text, strconv.Itoa(days)))
	}
	body := column(14, note(tr.S("keep.text")), flow(8, presets...), x.days)
	if r.Kept != r.Keep { // whoever runs the server has a say
		body.Add(note(tr.N("keep.server", r.Kept)))
	}
	body.Add(x.f.all)
	body.Add(x.f.busy)
	x.f.add("body/days", x.days, x.submit)
	x.f.submit = look.NewButton(tr.S("button.save"), look.Primary, x.submit)
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { x.d.Close() })
	x.d = h.u.open(dialogSpec{
		title: tr.F("keep.title", "Room", inSentence(roomName(r))), width: 480, body: body,
		buttons: []*look.Button{cancel, x.f.submit}, focus: x.days.entry,
	})
	x.f.page = x.d
	x.days.entry.TypedShortcut(&fyne.ShortcutSelectAll{}) // what is typed takes its place
}

// chosen is what stands in the field; ok is false if it is no number of days.
func (x *keepDialog) chosen() (days int, ok bool) {
	text := strings.TrimSpace(x.days.Text())
	if text == "" {
		return 0, true
	}
	days, err := strconv.Atoi(text)
	return days, err == nil && days > 0 && days <= chat.MaxKeepDays
}

// submit asks once more where messages would go, and says how many.
func (x *keepDialog) submit() {
	days, ok := x.chosen()
	switch {
	case x.f.going:
	case !ok:
		x.days.SetError(tr.F("keep.bad", "Most", strconv.Itoa(chat.MaxKeepDays)))
	case days == x.was:
		x.d.Close()
	case days == 0 || x.was > 0 && days > x.was:
		x.save(days)
	default:
		u := x.h.u
		u.pump.work(func(ctx context.Context) func() {
			older, err := u.core.Older(ctx, x.room, days)
			return func() {
				if err != nil {
					x.f.setAll(explain(err).text)
					return
				}
				x.ask(days, older)
			}
		})
	}
}

func (x *keepDialog) ask(days int, older app.Older) {
	text := tr.N("keep.confirm", older.Messages)
	switch {
	case older.More:
		text = tr.N("keep.confirm.more", older.Messages)
	case older.Messages == 0:
		text = tr.S("keep.confirm.none")
	}
	x.h.u.confirm(confirmation{
		title: tr.N("keep.confirm.title", days), text: text, do: tr.S("keep.do"), danger: true,
		then: func() { x.save(days) },
	})
}

func (x *keepDialog) save(days int) {
	x.f.run(tr.S("room.saving"), func(ctx context.Context) error { return x.h.u.core.KeepRoom(ctx, x.room, days) }, func() { x.d.Close() })
}
