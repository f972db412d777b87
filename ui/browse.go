package ui

import (
	"context"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// showBrowse lists the rooms anybody of the group may join.
func (h *home) showBrowse() {
	if h.shutOut() {
		return
	}
	u := h.u
	state, wait := note(""), newSkeleton(u, 3, tr.S("browse.loading"))
	state.Hide() // before the dialog measures what it shows
	list := column(4)
	d := u.open(dialogSpec{title: tr.S("side.browse"), width: 480, body: column(12, note(tr.S("browse.text")), state, wait, list)})
	u.pump.work(func(ctx context.Context) func() {
		rooms, err := u.core.OpenRooms(ctx)
		return func() {
			wait.Hide()
			state.Show()
			switch {
			case err != nil:
				state.Set(explain(err).text, look.Bad)
			case len(rooms) == 0:
				state.SetText(tr.S("browse.none"))
			default:
				state.Hide()
				for _, r := range rooms {
					list.Add(h.openRoomLine(r, d))
				}
			}
			d.Refresh()
		}
	})
}

// openRoomLine is one room with the button that joins or opens it.
func (h *home) openRoomLine(r app.OpenRoom, d *dialog) fyne.CanvasObject {
	u := h.u
	name := cleanName(r.Name)
	about := tr.N("pane.members", r.Members)
	about = dotted(about, cleanName(r.Topic))
	if r.Alike {
		about = dotted(tr.S("browse.alike"), about)
	}
	var b *look.Button
	if r.Joined {
		b = look.NewButton(tr.S("browse.open"), look.Quiet, func() {
			d.Close()
			h.openRoom(r.ID)
		})
	} else {
		b = look.NewButton(tr.S("browse.join"), look.Primary, func() {
			b.Disable()
			u.pump.work(func(ctx context.Context) func() {
				err := u.core.JoinRoom(ctx, r.ID)
				return func() {
					if err != nil {
						b.Enable()
						u.toast(explain(err).text, look.Bad)
						return
					}
					d.Close()
					h.wanted = r.ID
					h.apply(app.Changes{}, u.core.View())
				}
			})
		})
	}
	return inset(0, 5, 0, 5, rowGrow(12, 1,
		look.NewAvatar(r.ID.String(), name, look.AvatarSize),
		column(1, look.NewStrong(name, look.Body, look.Text), look.NewElided(about, look.Preview, look.Secondary)),
		b))
}
