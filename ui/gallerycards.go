package ui

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"math"
	"time"

	"hearth/app"
	"hearth/chat"
)

// SetAvatar implements app.Commands.
func (c *invented) SetAvatar(context.Context, []byte) error { return c.done() }

// SetStatus implements app.Commands.
func (c *invented) SetStatus(context.Context, app.StatusView) error { return c.done() }

// Avatar implements app.Commands.
func (c *invented) Avatar(_ context.Context, account chat.AccountID) ([]byte, error) {
	if data := inventedPictures.of(c.view.Cards[account].Avatar); data != nil {
		return data, nil
	}
	return nil, &app.Failed{Code: app.FailFileAbsent}
}

// inventFace draws somebody who does not exist.
func inventFace(seed int) image.Image {
	const side = 192
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	skin := []color.RGBA{{242, 205, 172, 255}, {198, 144, 104, 255}, {141, 94, 62, 255}, {250, 221, 196, 255}}[seed%4]
	hair := []color.RGBA{{62, 42, 30, 255}, {24, 22, 26, 255}, {196, 142, 70, 255}, {120, 120, 128, 255}, {150, 62, 34, 255}}[seed%5]
	shirt := []color.RGBA{{70, 120, 200, 255}, {210, 90, 90, 255}, {80, 160, 120, 255}}[seed%3]
	for y := range side {
		for x := range side {
			dx, dy := float64(x-side/2), float64(y-side/2)
			c := color.RGBA{uint8(150 + seed*17%80), uint8(190 - y/4), uint8(215 - x/5), 255}
			switch {
			case math.Hypot(dx/38, (dy+6)/46) < 1:
				if c = skin; math.Hypot((math.Abs(dx)-15)/4, (dy+12)/5) < 1 || math.Hypot(dx/14, (dy-20)/5) < 1 && dy > 18 {
					c = color.RGBA{60, 40, 40, 255}
				}
				if dy < -26+float64(seed%3)*3 {
					c = hair
				}
			case math.Hypot(dx/46, (dy+14)/52) < 1 && dy < 8+float64(seed%2)*24:
				c = hair
			case math.Hypot(dx/66, (dy-92)/48) < 1:
				c = shirt
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

// galleryFaces gives people pictures and statuses.
func galleryFaces(c *invented, now time.Time) {
	galleryPeople(c, now)
	c.view.Cards = map[chat.AccountID]app.CardView{}
	show := func(name string, seed int, s app.StatusView) {
		card := app.CardView{Status: s}
		if seed > 0 {
			var b bytes.Buffer
			if png.Encode(&b, inventFace(seed)) == nil {
				card.Avatar = chat.AvatarHash(b.Bytes())
				inventedPictures.put(card.Avatar, b.Bytes())
			}
		}
		c.view.Cards[inventedAccount(name)] = card
	}
	show("daniel", 7, app.StatusView{Text: "Writing the release notes", Emoji: "🎧", Until: now.Add(40 * time.Minute)})
	show("ana", 1, app.StatusView{Emoji: "🌴"})
	show("liwei", 5, app.StatusView{Text: "在路上，下午回来。In the train to the coast, back on Monday if the weather holds; write to Sofia", Emoji: "🚆", Until: now.Add(50 * time.Hour)})
	show("sofia", 2, app.StatusView{})
	show("tom", 0, app.StatusView{Text: "At lunch"})
	show("noor", 3, app.StatusView{})
}
