package ui

import (
	"slices"

	"fyne.io/fyne/v2"

	"hearth/app"
	known "hearth/internal/emoji"
	"hearth/ui/emoji"
)

// What the person uses of the table of emoji belongs to the whole window. Every group
// keeps it; what the one says that has heard of the newest change counts.

// takeEmoji takes over what a group has kept, or tells it what is newer.
func (u *UI) takeEmoji(v *app.View) {
	switch {
	case v.Phase != app.PhaseOpen:
	case v.Emoji.Rev > u.emoji.Rev:
		u.emoji = v.Emoji
		u.emoji.Recent = slices.DeleteFunc(slices.Clone(v.Emoji.Recent), func(e string) bool { return !known.Is(e) })
	case v.Emoji.Rev < u.emoji.Rev && u.toldEmoji < u.emoji.Rev:
		u.toldEmoji = u.emoji.Rev
		u.core.SetEmoji(u.emoji)
	}
}

// changeEmoji changes what the person uses, in all groups.
func (w *Window) changeEmoji(change func(*app.EmojiChoice)) {
	change(&w.emoji)
	w.emoji.Rev++
	for _, u := range w.all {
		if u.view != nil && u.view.Phase == app.PhaseOpen {
			u.toldEmoji = w.emoji.Rev
			u.core.SetEmoji(w.emoji)
		}
	}
}

// usedEmoji remembers an emoji that was taken from elsewhere than the picker. One that
// is offered first already keeps its place: what is looked at must not move.
func (w *Window) usedEmoji(e string) {
	if slices.Contains(w.emoji.Recent[:min(len(w.emoji.Recent), quickRecent)], e) {
		return
	}
	w.changeEmoji(func(c *app.EmojiChoice) {
		rest := slices.DeleteFunc(slices.Clone(c.Recent), func(x string) bool { return x == e })
		c.Recent = append([]string{e}, rest...)
		c.Recent = c.Recent[:min(len(c.Recent), app.MaxRecentEmoji)]
	})
}

// quickReactions are offered with one click before anybody has used others.
var quickReactions = []string{"👍", "❤️", "😂", "🎉", "😮", "😢"}

// quickRecent is how many of them make place for those used last.
const quickRecent = 3

// quick are the six emoji of the menu: those used last, then the usual ones, hands in
// the person's tone.
func (w *Window) quick() []string {
	list := slices.Clone(w.emoji.Recent[:min(len(w.emoji.Recent), quickRecent)])
	for _, e := range quickReactions {
		e = w.toned(e)
		if len(list) < len(quickReactions) && !slices.Contains(list, e) {
			list = append(list, e)
		}
	}
	return list
}

// completedEmoji are those that a short code may become: those used last first, and in
// the person's tone.
func (w *Window) completedEmoji(begin string, most int) []known.Completion {
	const looked = 60
	list := known.Complete(begin, looked)
	rank := func(e string) int {
		for i, recent := range w.emoji.Recent {
			if known.WithTone(recent, known.NoTone) == e {
				return i
			}
		}
		return len(w.emoji.Recent)
	}
	slices.SortStableFunc(list, func(a, b known.Completion) int { return rank(a.Emoji) - rank(b.Emoji) })
	list = list[:min(most, len(list))]
	for i := range list {
		list[i].Emoji = w.toned(list[i].Emoji)
	}
	return list
}

// toned returns an emoji in the person's tone.
func (w *Window) toned(e string) string {
	if w.emoji.Tone == 0 {
		return e
	}
	return known.WithTone(e, known.Tone(w.emoji.Tone))
}

// pickEmoji opens the picker beside a rectangle of the window.
func (u *UI) pickEmoji(at fyne.Position, size fyne.Size, chosen func(emoji string)) {
	emoji.Show(u.win.Canvas(), at, size, emoji.Options{
		Recent:   u.emoji.Recent,
		Remember: func(recent []string) { u.changeEmoji(func(c *app.EmojiChoice) { c.Recent = recent }) },
		Tone:     known.Tone(u.emoji.Tone),
		SetTone:  func(t known.Tone) { u.changeEmoji(func(c *app.EmojiChoice) { c.Tone = int(t) }) },
	}, chosen)
}
