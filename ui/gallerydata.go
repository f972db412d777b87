package ui

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"hearth/app"
	"hearth/chat"
)

// invented is a core without a network or a disk: it shows a view somebody made
// up. It belongs to the UI goroutine, except that commands only read it.
type invented struct {
	view     *app.View
	messages map[chat.RoomID][]app.MessageView
	outbox   []app.OutboxEntry
	gaps     []app.Gap         // in the first room
	losses   []app.Loss        // in the first room
	lost     []app.MessageView // of it
	fail     error             // what commands answer; nil success
	accounts []app.HostedAccount
	heirs    []app.Heir
	beside   []app.GroupItem
	joined   []app.JoinRequest
	// exporting, if not nil, is what an export does before it writes.
	exporting func(context.Context, *app.ExportRequest) error
	exported  app.Exported // what it comes to
}

var _ app.Commands = (*invented)(nil)

func id16(s string) (id [16]byte) {
	sum := sha256.Sum256([]byte(s))
	copy(id[:], sum[:])
	return id
}

func inventedAccount(name string) chat.AccountID { return chat.AccountID(id16("account " + name)) }
func inventedRoom(name string) chat.RoomID       { return chat.RoomID(id16("room " + name)) }

// inventedPeople are the people of the made-up group; the first is "me".
var inventedPeople = []struct{ name, display string }{
	{"daniel", "Daniel Camilleri"},
	{"ana", "Ana Borg"},
	{"marek", "Marek Vella"},
	{"liwei", "李伟 Li Wei"},
	{"sofia", "Sofia Rossi"},
	{"tom", "Tom Baker"},
	{"noor", "Noor El-Khatib"},
	{"zoe", "Żoe Għarbi"},
}

const (
	inventedPrint = "q7f2 hk3m x5za b2ne 7yod 4rtl wc6u gvps 3mja kq2x e7dh t5bo y4rn"
	inventedOther = "m3xk 7pda w2rt h6qe 5yzb n4uo c7jl f2vs gk3a t6mx q5dh r7wo 2bye"
	inventedLink  = "hearth://192.168.1.20:7480/join?f=q7f2hk3mx5zab2ne7yod4rtlwc6ugvps3mjakq2xe7dht5boy4rn&b=1#k3q7f2hk3mx5zab2ne7yod4rtl"
)

func inventedMembers(n int) []app.MemberView {
	var list []app.MemberView
	for i := range n {
		p := struct{ name, display string }{fmt.Sprintf("member%d", i), fmt.Sprintf("Member %d", i)}
		if i < len(inventedPeople) {
			p.name, p.display = inventedPeople[i].name, inventedPeople[i].display
		}
		m := app.MemberView{Account: inventedAccount(p.name), Name: p.name, Display: p.display, Role: chat.RoleMember, Me: i == 0}
		if i == 1 {
			m.Role = chat.RoleOwner
		}
		list = append(list, m)
	}
	return list
}

// newInvented makes the group that most screens show.
func newInvented(now time.Time) *invented {
	c := &invented{messages: map[chat.RoomID][]app.MessageView{}}
	c.view = &app.View{
		Phase: app.PhaseOpen, Settings: app.DefaultSettings(),
		Group: app.GroupView{
			Name: "Nimbus", Fingerprint: inventedPrint, Addresses: []string{"192.168.1.20:7480"}, Verified: true,
			MayInvite: true, MayCreate: true, Limits: chat.DefaultLimits(),
		},
		Me: app.MeView{Account: inventedAccount("daniel"), Name: "daniel", Display: "Daniel Camilleri", Vault: app.SecretKeyring},
		Connection: app.ConnectionView{
			State: app.ConnLive, RTT: 12 * time.Millisecond, Address: "192.168.1.20:7480", Since: now.Add(-3 * time.Hour),
		},
	}
	c.view.Known = map[chat.AccountID]bool{}
	for _, p := range inventedPeople {
		c.view.Known[inventedAccount(p.name)] = true
	}
	last := func(author, text string) *app.LastView {
		return &app.LastView{Author: author, Own: author == "Daniel Camilleri", Text: text, Kind: chat.KindMessage, State: app.StateSent}
	}
	room := func(name, topic string, ago time.Duration, members int, l *app.LastView) *app.RoomView {
		c.view.Rooms = append(c.view.Rooms, app.RoomView{
			ID: inventedRoom(name), Name: name, Topic: topic, Access: chat.AccessOpen, History: chat.HistoryAll, Joined: true,
			Members: inventedMembers(members), Activity: now.Add(-ago), Last: l, Read: 200, Head: 200,
		})
		return &c.view.Rooms[len(c.view.Rooms)-1]
	}
	r := room("release-room", "Shipping 2.4 on Thursday", 4*time.Minute, 14, last("李伟 Li Wei", "One more thing: the dark palette needs a softer divider."))
	r.Unread, r.Read, r.Head = 2, 8, 10
	r = room("general", "Everything that fits nowhere else", 25*time.Minute, 8, last("Ana Borg", "Bonġu! Min ġej għall-kafè?"))
	r.Unread = 1
	r = room("design", "", 41*time.Minute, 5, last("Sofia Rossi", "new avatars are in the shared folder"))
	r.Unread = 12
	r = room("train", "", 2*time.Hour, 3, last("Daniel Camilleri", "Writing this on the train"))
	r.Waiting = 2
	r = room("support", "", 26*time.Hour, 6, last("Tom Baker", "ticket 4412 is solved"))
	r.Draft = chat.Draft{Text: "Could you also look at"}
	room("李伟的房间", "中文也没问题", 50*time.Hour, 4, last("李伟 Li Wei", "好的，明天见"))
	r = room("announcements", "", 74*time.Hour, 60, last("Daniel Camilleri", "Too long for the server"))
	r.Failed = 1
	r = room("old-project", "", 30*24*time.Hour, 2, last("Marek Vella", "coffee machine is back"))
	r.Joined = false
	r = room("random", "", 40*24*time.Hour, 8, nil)
	r.Last, r.Head, r.Read = nil, 0, 0
	c.view.LastRoom = inventedRoom("release-room")
	c.converse(now)
	return c
}

// converse fills the first room with a conversation.
func (c *invented) converse(now time.Time) {
	room := inventedRoom("release-room")
	say := func(name, text string, minutes int) *app.MessageView {
		display := name
		for _, p := range inventedPeople {
			if p.name == name {
				display = p.display
			}
		}
		n := len(c.messages[room]) + 1
		c.messages[room] = append(c.messages[room], app.MessageView{
			MID: chat.MID(id16(fmt.Sprint("message", n))), Seq: chat.Seq(n), Kind: chat.KindMessage, State: app.StateSent,
			Author: inventedAccount(name), Name: display, Own: name == "daniel", Text: text,
			Time: now.Add(-time.Duration(minutes) * time.Minute), Chain: chat.Hash(sha256.Sum256([]byte(text))),
		})
		return &c.messages[room][n-1]
	}
	created := say("daniel", "", 26*60)
	created.Kind, created.Value = chat.KindRoomCreate, "release-room"
	joined := say("marek", "", 25*60)
	joined.Kind, joined.Subject = chat.KindJoin, joined.Name
	say("marek", "The build for tonight is up. Could everybody who has a minute install it and click around? I only tried it on the old laptop.", 24*60+8)
	say("marek", "No hurry 🎉", 24*60+7)
	say("ana", "Bonġu! Can somebody look at the login flow before noon? The Maltese strings (żgħir, ħut, ċavetta) were cut off on narrow windows.", 51)
	say("ana", "Steps are here: https://chat.example.org/r/login?step=2#narrow", 50)
	say("daniel", "> The Maltese strings were cut off on narrow windows.\n\nOn it. The label had a **fixed width**, patch below.", 43)
	say("daniel", "```go\nfunc (l *Login) MinSize() fyne.Size {\n    return l.form.MinSize().Max(l.hint)\n}\n```", 42)
	say("liwei", "谢谢！我刚刚测试了，中文显示正常。 See https://chat.example.org/r/login for notes", 5)
	say("liwei", "One more thing: the dark palette needs a softer divider.", 4)
}

// pend adds own messages that were not sent.
func (c *invented) pend(now time.Time) {
	room := inventedRoom("release-room")
	for i, m := range []app.MessageView{
		{Text: "Will do after lunch.", State: app.StateSending},
		{Text: "Writing this on the train, it goes out when there is a network again.", State: app.StateWaiting},
		{Text: "And this one the server did not want.", State: app.StateFailed, Failure: &app.Failure{Code: chat.CodeTooLong}, MayEdit: true, MayRetry: true},
	} {
		m.MID, m.Kind, m.Own, m.Time = chat.MID(id16(fmt.Sprint("waiting", i))), chat.KindMessage, true, now
		m.Author, m.Name = c.view.Me.Account, c.view.Me.Display
		c.messages[room] = append(c.messages[room], m)
	}
	c.view.Rooms[0].Waiting, c.view.Rooms[0].Failed, c.view.Waiting, c.view.Failed = 2, 1, 2, 1
	c.hold(now)
}

// hold fills the outbox with what pend added and with things of other rooms.
func (c *invented) hold(now time.Time) {
	add := func(room string, ago time.Duration, e app.OutboxEntry) {
		e.Room, e.RoomName = inventedRoom(room), room
		e.Message.MID = chat.MID(id16(fmt.Sprint("outbox", len(c.outbox))))
		e.Message.Kind, e.Message.Own, e.Message.Time = chat.KindMessage, true, now.Add(-ago)
		c.outbox = append(c.outbox, e)
	}
	add("train", 2*time.Hour, app.OutboxEntry{MayEdit: true, MayCancel: true, Message: app.MessageView{Text: "Writing this on the train", State: app.StateWaiting}})
	add("release-room", 4*time.Minute, app.OutboxEntry{Transmitted: true, Message: app.MessageView{Text: "Will do after lunch.", State: app.StateSending}})
	add("release-room", 3*time.Minute, app.OutboxEntry{MayEdit: true, MayCancel: true, Message: app.MessageView{
		Text: "Writing this on the train, it goes out when there is a network again. It is long enough for a second line, and has one more sentence.", State: app.StateWaiting,
	}})
	add("announcements", 74*time.Hour, app.OutboxEntry{MayEdit: true, MayCancel: true, MayRetry: true, Message: app.MessageView{
		Text: "Too long for the server", State: app.StateFailed, Failure: &app.Failure{Code: chat.CodeTooLong},
	}})
	add("李伟的房间", 9*24*time.Hour, app.OutboxEntry{Transmitted: true, MayCancel: true, MayRetry: true, Message: app.MessageView{
		Text: "明天见，别忘了带钥匙", State: app.StateFailed, Failure: &app.Failure{Code: app.CodeHeld, Because: app.CodeAway},
	}})
}

// View implements app.Commands.
func (c *invented) View() *app.View { return c.view }

// Subscribe implements app.Commands; nothing ever changes by itself.
func (c *invented) Subscribe() *app.Subscription { return &app.Subscription{} }

// Messages implements app.Commands.
func (c *invented) Messages(_ context.Context, room chat.RoomID, w app.Window) (app.Page, error) {
	all := c.messages[room]
	from, to := max(0, len(all)-w.Limit), len(all)
	at := func(seq chat.Seq) int {
		i := slices.IndexFunc(all, func(m app.MessageView) bool { return m.Seq == 0 || m.Seq >= seq })
		if i < 0 {
			return len(all)
		}
		return i
	}
	switch {
	case w.Around > 0:
		from = max(0, at(w.Around)-w.Limit/2)
		to = min(len(all), from+w.Limit)
	case w.Before > 0:
		to = at(w.Before)
		from = max(0, to-w.Limit)
	case w.After > 0:
		from = at(w.After + 1)
		to = min(len(all), from+w.Limit)
	}
	return app.Page{Messages: slices.Clone(all[from:to]), Older: from > 0, Newer: to < len(all), Gaps: c.gaps, Losses: c.losses}, nil
}

// CheckInvite implements app.Commands.
func (c *invented) CheckInvite(context.Context, string) (app.InviteView, error) {
	return app.InviteView{
		Group: "Nimbus", Inviter: "Ana Borg", Addresses: []string{"192.168.1.20:7480", "nimbus.example.org:7480"},
		Fingerprint: inventedPrint, Expires: time.Now().Add(6*24*time.Hour + 20*time.Hour), UsesLeft: 3,
	}, c.fail
}

// CheckServer implements app.Commands.
func (c *invented) CheckServer(context.Context, string) (app.ServerView, error) {
	return app.ServerView{Address: "chat.example.org:7480", Fingerprint: inventedPrint}, c.fail
}

var errInvented = errors.New("this is a picture: nothing happens here")

func (c *invented) done() error {
	if c.fail != nil {
		return c.fail
	}
	return &app.Failed{Code: app.FailOffline, Err: errInvented}
}

// The commands below answer with an invented failure.

func (c *invented) Join(_ context.Context, r app.JoinRequest) error {
	c.joined = append(c.joined, r)
	return c.done()
} // Join implements app.Commands.

func (c *invented) ResetPassword(context.Context, app.ResetRequest) error { return c.done() } // ResetPassword implements app.Commands.

func (c *invented) Recover(context.Context, app.RecoverRequest) error { return c.done() } // Recover implements app.Commands.
func (c *invented) NewRecoveryKey(context.Context, []byte) error      { return c.done() } // NewRecoveryKey implements app.Commands.
func (c *invented) RecoveryKept(context.Context) error                { return c.done() } // RecoveryKept implements app.Commands.

// Accounts implements app.Commands.
func (c *invented) Accounts(context.Context) ([]app.HostedAccount, error) {
	return slices.Clone(c.accounts), nil
}

// ChangeAccount implements app.Commands.
func (c *invented) ChangeAccount(context.Context, string, app.AccountChange) ([]app.Heir, error) {
	return c.heirs, c.done()
}

// MakeReset implements app.Commands.
func (c *invented) MakeReset(context.Context, string) (string, error) {
	return inventedLink, c.done()
}
func (c *invented) SignIn(context.Context, app.SignInRequest) error { return c.done() } // SignIn implements app.Commands.
func (c *invented) Host(context.Context, app.HostRequest) error     { return c.done() } // Host implements app.Commands.
func (c *invented) Unlock(context.Context, []byte) error            { return c.done() } // Unlock implements app.Commands.
func (c *invented) Retry()                                          {}                  // Retry implements app.Commands.
func (c *invented) Rebuild(context.Context) error                   { return c.done() } // Rebuild implements app.Commands.

// Send implements app.Commands.
func (c *invented) Send(context.Context, chat.RoomID, string) (chat.MID, error) {
	return chat.MID{}, c.done()
}

// RetryMessage implements app.Commands.
func (c *invented) RetryMessage(context.Context, chat.RoomID, chat.MID) error { return c.done() }

// DiscardMessage implements app.Commands.
func (c *invented) DiscardMessage(context.Context, chat.RoomID, chat.MID) error { return c.done() }

// RemoveFile implements app.Commands.
func (c *invented) RemoveFile(context.Context, chat.RoomID, chat.MID, int, chat.Hash) error {
	return c.done()
}

// EditWaiting implements app.Commands.
func (c *invented) EditWaiting(context.Context, chat.RoomID, chat.MID, string) error { return c.done() }

// KeepContent implements app.Commands.
func (c *invented) KeepContent(context.Context, io.Reader) (chat.Hash, error) {
	return chat.Hash{}, c.absent()
}

func (c *invented) SetDraft(chat.RoomID, chat.Draft) {} // SetDraft implements app.Commands.
func (c *invented) SetEmoji(app.EmojiChoice)         {} // SetEmoji implements app.Commands.
func (c *invented) SetRead(chat.RoomID, chat.Seq)    {} // SetRead implements app.Commands.
func (c *invented) SetActive(chat.RoomID, bool)      {} // SetActive implements app.Commands.

// CreateRoom implements app.Commands.
func (c *invented) CreateRoom(context.Context, app.RoomRequest) (chat.RoomID, error) {
	return chat.RoomID{}, c.done()
}

// RenameRoom implements app.Commands.
func (c *invented) RenameRoom(context.Context, chat.RoomID, string) error { return c.done() }

// SetTopic implements app.Commands.
func (c *invented) SetTopic(context.Context, chat.RoomID, string) error { return c.done() }

// HideRoom implements app.Commands.
func (c *invented) HideRoom(context.Context, chat.RoomID, bool) error { return c.fail }

// LeaveRoom implements app.Commands.
func (c *invented) LeaveRoom(context.Context, chat.RoomID) error { return c.done() }

// JoinRoom implements app.Commands.
func (c *invented) JoinRoom(context.Context, chat.RoomID) error { return c.done() }

// RemoveMember implements app.Commands.
func (c *invented) RemoveMember(context.Context, chat.RoomID, chat.AccountID) error { return c.done() }

// AddMember implements app.Commands.
func (c *invented) AddMember(context.Context, chat.RoomID, chat.AccountID) error { return c.done() }

// OpenRooms implements app.Commands.
func (c *invented) OpenRooms(context.Context) ([]app.OpenRoom, error) {
	return []app.OpenRoom{
		{ID: inventedRoom("general"), Name: "general", Topic: "Everything that fits nowhere else", Members: 8, Joined: true},
		{ID: inventedRoom("coffee"), Name: "coffee", Topic: "Who brews, who drinks", Members: 3},
		{ID: inventedRoom("garden"), Name: "garden", Members: 1},
	}, c.fail
}

// RoomLike implements app.Commands.
func (c *invented) RoomLike(_ context.Context, name string, except chat.RoomID) (*app.OpenRoom, error) {
	for _, r := range c.view.Rooms {
		if strings.EqualFold(r.Name, name) && r.ID != except {
			return &app.OpenRoom{ID: r.ID, Name: r.Name, Joined: r.Joined}, nil
		}
	}
	return nil, nil
}

// People implements app.Commands.
func (c *invented) People(context.Context) ([]app.MemberView, error) {
	return inventedMembers(len(inventedPeople)), c.fail
}

// SetDisplay implements app.Commands.
func (c *invented) SetDisplay(context.Context, string) error { return c.done() }

// CreateInvite implements app.Commands.
func (c *invented) CreateInvite(_ context.Context, uses int, life time.Duration) (app.InviteLink, error) {
	return app.InviteLink{Link: inventedLink, Created: time.Now(), Expires: time.Now().Add(life), Uses: uses}, c.fail
}

// Invites implements app.Commands.
func (c *invented) Invites(context.Context) ([]app.InviteLink, error) {
	now := time.Now()
	return []app.InviteLink{
		{ID: chat.InviteID(id16("a")), Created: now.Add(-26 * time.Hour), Expires: now.Add(5*24*time.Hour + 22*time.Hour), Uses: 5, Used: 2, Lead: c.leads()},
		{ID: chat.InviteID(id16("b")), Created: now.Add(-2 * time.Hour), Expires: now.Add(22 * time.Hour), Uses: 1},
		{ID: chat.InviteID(id16("c")), Created: now.Add(-time.Hour), Expires: now.Add(23 * time.Hour), Uses: 1, For: inventedAccount("ana")},
	}, c.fail
}

// Outbox implements app.Commands.
func (c *invented) Outbox(context.Context) ([]app.OutboxEntry, error) { return c.outbox, c.fail }

// RetryAll implements app.Commands.
func (c *invented) RetryAll(context.Context) (int, error) { return 0, c.done() }

// Export implements app.Commands.
func (c *invented) Export(ctx context.Context, w io.Writer, r app.ExportRequest) (app.Exported, error) {
	if c.exporting != nil {
		if err := c.exporting(ctx, &r); err != nil {
			return app.Exported{}, err
		}
	}
	_, err := io.WriteString(w, string(r.Format))
	return c.exported, errors.Join(err, c.fail)
}

// Search implements app.Commands.
func (c *invented) Search(ctx context.Context, query string, found func(app.Hit) bool) error {
	for _, bad := range []string{"before:soon", "has:tea"} {
		if strings.Contains(query, bad) {
			return &app.Failed{Code: app.FailBadValue, Field: "search", Detail: bad}
		}
	}
	if strings.Contains(query, "from:nobody") {
		return &app.Failed{Code: app.FailNobody, Field: "search", Detail: "nobody"}
	}
	if strings.Contains(query, "in:nowhere") {
		return &app.Failed{Code: app.FailNowhere, Field: "search", Detail: "nowhere"}
	}
	if strings.Contains(query, "slowly") {
		<-ctx.Done()
		return ctx.Err()
	}
	terms := strings.Fields(strings.ToLower(query))
	for i := range c.view.Rooms {
		r := &c.view.Rooms[i]
		page, err := c.Messages(ctx, r.ID, app.Window{Limit: 500})
		if err != nil {
			return err
		}
		if r.Lost > 0 {
			page.Messages = append(slices.Clone(page.Messages), c.lost...)
		}
		for _, m := range slices.Backward(page.Messages) {
			words := m.Text
			for _, f := range m.Files {
				words += "\n" + f.Name
			}
			if m.Kind != chat.KindMessage || len(app.Marks(words, terms)) == 0 {
				continue
			}
			if !found(app.Hit{Room: r.ID, RoomName: r.Name, Message: m, Terms: terms}) {
				return nil
			}
		}
	}
	return c.fail
}

// LostMessages implements app.Commands.
func (c *invented) LostMessages(context.Context, chat.RoomID) ([]app.MessageView, error) {
	return slices.Clone(c.lost), c.fail
}

// RevokeInvite implements app.Commands.
func (c *invented) RevokeInvite(context.Context, chat.InviteID) error { return c.done() }

// Devices implements app.Commands.
func (c *invented) Devices(context.Context) ([]app.DeviceView, error) {
	now := time.Now()
	return []app.DeviceView{
		{ID: chat.DeviceID(id16("laptop")), Name: "laptop", Platform: "linux/amd64", Peer: "192.168.1.0/24", Created: now.Add(-90 * 24 * time.Hour), Seen: now, Live: true, Current: true},
		{ID: chat.DeviceID(id16("office")), Name: "Office PC", Platform: "windows/amd64", Peer: "203.0.113.0/24", Created: now.Add(-30 * 24 * time.Hour), Seen: now, Live: true},
		{ID: chat.DeviceID(id16("old")), Name: "old-mini", Platform: "darwin/arm64", Peer: "2001:db8:7::/48", Created: now.Add(-400 * 24 * time.Hour), Seen: now.Add(-9 * 24 * time.Hour)},
	}, c.fail
}

// RemoveDevice implements app.Commands.
func (c *invented) RemoveDevice(context.Context, chat.DeviceID) error { return c.done() }

// RemoveOtherDevices implements app.Commands.
func (c *invented) RemoveOtherDevices(context.Context) error { return c.done() }

// DeleteAccount implements app.Commands.
func (c *invented) DeleteAccount(context.Context, app.DeleteRequest) error { return c.done() }

// ChangePassword implements app.Commands.
func (c *invented) ChangePassword(context.Context, app.PasswordRequest) error { return c.done() }

func (c *invented) TryNow() {} // TryNow implements app.Commands.
func (c *invented) Wake()   {} // Wake implements app.Commands.

// SetSettings implements app.Commands.
func (c *invented) SetSettings(s app.Settings) error {
	v := *c.view
	v.Settings = s
	c.view = &v
	return nil
}

// SetAuthority implements app.AuthorityCommands.
func (c *invented) SetAuthority(context.Context, []byte) (app.AuthorityView, error) {
	return app.AuthorityView{Name: "Harbour Works CA", Fingerprint: "0123 4567", Until: time.Now().AddDate(5, 0, 0), Count: 1}, c.fail
}

// RemoveAuthority implements app.AuthorityCommands.
func (c *invented) RemoveAuthority(context.Context) error { return c.done() }

// AllowUnbound implements app.Commands.
func (c *invented) AllowUnbound(chat.ServerID) {}

// Follow implements app.Commands.
func (c *invented) Follow(context.Context, string) error { return c.done() }
