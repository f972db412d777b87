package ui

import (
	"fmt"
	"time"

	"hearth/app"
	"hearth/chat"
)

// galleryLost has a room of which the server has lost the end, after it was restored from
// an older backup: one message of the person's own waits to be sent again.
func galleryLost(c *invented, now time.Time) {
	r := &c.view.Rooms[0]
	people := map[string]string{}
	for _, p := range inventedPeople {
		people[p.name] = p.display
	}
	for i, m := range []struct{ who, text string }{
		{"liwei", "谢谢！新的安装包我也测试了，没有问题。"},
		{"marek", "Then I tag it. The notes for the release are in the wiki:\n\n- the **login flow** is repaired\n- Maltese strings are whole again"},
		{"daniel", "I write to everybody when it is out."},
		{"ana", "Grazzi! 🎉"},
	} {
		c.lost = append(c.lost, app.MessageView{
			MID: chat.MID(id16(fmt.Sprint("lost", i))), Seq: chat.Seq(9 + i), Kind: chat.KindMessage, State: app.StateSent, Lost: true, Waits: m.who == "daniel",
			Author: inventedAccount(m.who), Name: people[m.who], Own: m.who == "daniel", Text: m.text, Time: now.Add(time.Duration(i-20) * time.Minute),
		})
	}
	c.lost[3].Edited = now.Add(-16 * time.Minute)
	list := c.messages[r.ID]
	behind := list[7].Seq
	c.losses = []app.Loss{{Behind: behind, First: c.lost[0].MID, Messages: 3}}
	held := c.lost[2]
	held.Seq, held.Lost, held.Waits, held.State, held.MayRetry = 0, false, false, app.StateFailed, true
	held.Failure = &app.Failure{Code: app.CodeHeld, Because: app.CodeLost}
	c.messages[r.ID] = append(list, held)
	r.Lost, r.Failed, c.view.Failed = 4, 1, 1
	r.Complete.Through = 10
}

// lostAt opens what the server has lost, at its first message.
func lostAt(h *home) { h.showLost(h.room, h.u.core.(*invented).lost[0].MID) }

// galleryLostProfile has lost, besides, what the person showed of themselves.
func galleryLostProfile(c *invented, now time.Time) {
	galleryLost(c, now)
	r := &c.view.Rooms[0]
	list := c.messages[r.ID]
	held := list[len(list)-1]
	c.outbox = nil
	for i, part := range []app.OutboxEntry{
		{Part: app.PartName, Message: app.MessageView{Text: "Daniel Camilleri"}},
		{Part: app.PartPicture},
		{Part: app.PartStatus, Message: app.MessageView{Text: "🌴 back on Monday"}},
		{Room: r.ID, RoomName: r.Name, Message: held},
	} {
		if part.Part != "" {
			part.Message.MID, part.Message.Time = chat.MID(id16(fmt.Sprint("part", i))), now.Add(-time.Hour)
			part.Message.State, part.Message.Failure = app.StateFailed, held.Failure
		}
		part.MayRetry, part.MayCancel = true, true
		c.outbox = append(c.outbox, part)
	}
	c.view.Failed = 4
}
