package ui

import (
	"time"

	"fyne.io/fyne/v2"

	known "hearth/internal/emoji"
	"hearth/ui/emoji"
)

// galleryEmoji has emoji of all kinds in names, previews and messages.
func galleryEmoji(c *invented, _ time.Time) {
	c.view.Me.Display = "Ana 🌻"
	r := &c.view.Rooms[0]
	r.Name, r.Topic = "Release 🚀 房间", "Launch on Friday 🎉 – 你好 👋🏽"
	for i, text := range []string{"Merħba 🇲🇹 👨‍👩‍👧‍👦", "👍🏽👍🏿", "谢谢🙏🏻大家！", "1️⃣ first 2️⃣ second"} {
		if last := c.view.Rooms[i+1].Last; last != nil {
			last.Text = text
		}
	}
	room := c.messages[inventedRoom("release-room")]
	for i, text := range []string{
		"Families 👨‍👩‍👧‍👦 👩‍👩‍👦 👨‍👧 and couples 👩🏻‍❤️‍👨🏿 🧑🏽‍🤝‍🧑🏿",
		"Flags 🇲🇹🇨🇳🇬🇧🏴󠁧󠁢󠁳󠁣󠁴󠁿🏳️‍🌈🏴‍☠️ – skin 👍🏻👍🏼👍🏽👍🏾👍🏿 – keycaps 1️⃣2️⃣#️⃣🔟",
		"你好👍🏽谢谢🎉。ħobż 🍞, **bold 🎉** and `code 🎉`, 中文 mixed ☺ and ☺️, https://example.org 🔗",
		"🎉👍🏽🇲🇹",
		"😀😃😄😁😆😅🤣😂🙂🙃🫠😉😊😇🥰😍🤩😘😗☺️😚😙🥲😋😛😜🤪😝🤑🤗🤭🫢🫣🤫🤔🫡🤐🤨😐😑😶🫥",
		"👨‍👩‍👧‍👦",
	} {
		room[len(room)-6+i].Text = text
	}
}

// galleryPicker opens the picker as the composer's button does, with something
// typed into it.
func galleryPicker(search string) func(*UI) {
	return func(u *UI) {
		size := u.win.Canvas().Size()
		emoji.Show(u.win.Canvas(), fyne.NewPos(size.Width-110, size.Height-60), fyne.NewSquareSize(36), emoji.Options{
			Recent: []string{"🎉", "👍🏽", "🇲🇹", "👨‍👩‍👧‍👦", "❤️"}, Tone: known.Medium,
		}, func(string) {})
		if e, ok := u.win.Canvas().Focused().(interface{ SetText(string) }); ok && search != "" {
			e.SetText(search)
		}
	}
}
