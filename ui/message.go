package ui

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// change runs a command about a message of the open room and says what went wrong.
func (p *pane) change(do func(ctx context.Context, c app.Commands, room chat.RoomID) error) {
	u, room, c := p.h.u, p.h.room, p.h.u.core
	u.endBack()
	u.pump.work(func(ctx context.Context) func() {
		if err := do(ctx, c, room); err != nil && ctx.Err() == nil {
			return func() { u.toast(explain(err).text, look.Bad) }
		}
		return nil
	})
}

// react puts the person's emoji on a message, or takes it off if it is there.
func (p *pane) react(r *timeline.Row, emoji string) {
	on := !slices.ContainsFunc(r.Reactions, func(x timeline.Reaction) bool { return x.Own && x.Emoji == emoji })
	p.change(func(ctx context.Context, c app.Commands, room chat.RoomID) error {
		return c.React(ctx, room, chat.Seq(r.Seq), emoji, on)
	})
}

func (p *pane) pickReaction(r *timeline.Row, at fyne.Position, size fyne.Size) {
	if r.Fixed {
		p.h.u.toast(tr.S("fail.purged"), look.Warn)
		return
	}
	p.h.u.pickEmoji(at, size, func(emoji string) { p.react(r, emoji) })
}

// mostReactors is how many people a tooltip names.
const mostReactors = 8

// reactors tells who put an emoji on a message.
func (p *pane) reactors(r *timeline.Row, emoji string, done func(names string)) {
	c, room := p.h.u.core, p.h.room
	p.h.u.pump.work(func(ctx context.Context) func() {
		list, err := c.Reactors(ctx, room, chat.Seq(r.Seq))
		i := slices.IndexFunc(list, func(x app.ReactionView) bool { return x.Emoji == emoji })
		if err != nil || i < 0 {
			return nil
		}
		return func() { done(reactorNames(list[i])) }
	})
}

func reactorNames(r app.ReactionView) string {
	var names []string
	for _, m := range r.People {
		if len(names) == mostReactors {
			break
		}
		name := inSentence(personName(m))
		if m.Me {
			name = tr.S("who.you")
		}
		names = append(names, name)
	}
	text := strings.Join(names, ", ")
	if more := max(r.Count, len(r.People)) - len(names); more > 0 && text != "" {
		text = tr.N("reaction.more", more, "Names", text)
	}
	return text
}

// messageMenu completes the context menu of a message.
func (p *pane) messageMenu(r *timeline.Row, own []look.MenuItem) []look.MenuItem {
	if p.timeline.Picking() {
		return p.pickMenu(r)
	}
	if r.Folded {
		return append([]look.MenuItem{{Text: tr.S("block.show"), Icon: look.IconEye, Action: func() { p.unfoldRow(r) }}}, own...)
	}
	if !r.Live() {
		return append(own, p.readItems(r)...)
	}
	var items []look.MenuItem
	add := func(key tr.Key, icon look.Icon, do func()) {
		items = append(items, look.MenuItem{Text: tr.S(key), Icon: icon, Action: do})
	}
	if p.composer.usable() {
		if !r.Fixed {
			marked := map[string]bool{}
			for _, x := range r.Reactions {
				marked[x.Emoji] = x.Own
			}
			items = append(items, look.MenuItem{Emoji: p.h.u.quick(), Marked: marked, Pick: func(e string) { p.react(r, e) }})
			add("message.react", look.IconSmilePlus, func() { p.timeline.PickAt(r) })
			items = append(items, look.MenuItem{})
		}
		add("message.reply", look.IconReply, func() { p.composer.answer(r) })
		if r.MayEdit {
			add("timeline.edit", look.IconEdit, func() { p.composer.change(r) })
		}
	}
	items = append(items, own[:len(own)-1]...) // but details
	items = append(items, p.veilItems(r)...)
	add("message.copy_link", look.IconLink, func() {
		p.h.u.copyText(p.linkTo(r))
		p.h.u.toast(tr.S("invite.copied"), look.Good)
	})
	if !over(p.h.u.view) {
		add("message.forward", look.IconForward, func() { p.forward(r) })
	}
	add("message.select", look.IconCheck, func() { p.timeline.Pick(r) })
	if p.composer.usable() && !r.Fixed {
		key := tr.Key("message.pin")
		if r.Pinned {
			key = "message.unpin"
		}
		add(key, look.IconPin, func() { p.pin(chat.Seq(r.Seq), !r.Pinned) })
	}
	items = append(items, p.readItems(r)...)
	if !r.Edited.IsZero() {
		add("versions.title", look.IconClock, func() { p.versions(r) })
	}
	items = append(items, own[len(own)-1])
	if r.MayDelete && p.composer.usable() {
		items = append(items, look.MenuItem{}, look.MenuItem{
			Text: tr.S("message.delete"), Icon: look.IconTrash, Danger: true, Action: func() { p.delete(r) },
		})
	}
	return items
}

// linkTo is the link to a message of the open room.
func (p *pane) linkTo(r *timeline.Row) string {
	return chat.PlaceLink{Server: p.h.u.view.Group.Server, Room: p.h.room, Seq: chat.Seq(r.Seq)}.String()
}

// pin keeps a message at hand for the room, or no longer.
func (p *pane) pin(seq chat.Seq, on bool) {
	p.change(func(ctx context.Context, c app.Commands, room chat.RoomID) error { return c.Pin(ctx, room, seq, on) })
}

// delete erases a message for everyone, after asking.
func (p *pane) delete(r *timeline.Row) {
	p.h.u.confirm(confirmation{
		title: tr.S("delete.title"), text: tr.S("delete.text"), do: tr.S("message.delete"), danger: true,
		then: func() {
			p.change(func(ctx context.Context, c app.Commands, room chat.RoomID) error {
				return c.DeleteMessage(ctx, room, chat.Seq(r.Seq))
			})
		},
	})
}
