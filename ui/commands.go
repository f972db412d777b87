package ui

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// command is something the switcher can do, in words.
type command struct {
	name string
	icon look.Icon
	keys string // "" none
	run  func()
	also string // words under which it is looked for, too
}

// commandsAlso are the words under which other programs have what is called otherwise here.
var commandsAlso = map[tr.Key]tr.Key{
	"media.title": "also.media", "tray.quit": "also.quit", "room.notify": "also.notify", "date.jump": "also.date",
}

// needsAccount are the shortcuts that come to nothing once the account or the group is no more.
var needsAccount = map[tr.Key]bool{"keys.new_room": true, "keys.browse": true, "keys.invite": true, "keys.attach": true}

// commands lists what can be done now: every shortcut of the window, and more.
func (h *home) commands() []command {
	u := h.u
	var list []command
	for _, k := range keyCommands() {
		if k.words != "keys.switch" && (!needsAccount[k.words] || !over(u.view)) {
			list = append(list, command{name: tr.S(k.words), icon: k.icon, keys: k.keys, run: func() { k.run(h) }})
		}
	}
	add := func(words tr.Key, icon look.Icon, run func()) {
		list = append(list, command{name: tr.S(words), icon: icon, run: run})
	}
	for i, s := range u.sections() {
		list = append(list, command{name: tr.F("command.settings", "Section", tr.S(s.name)), icon: s.icon, run: func() { u.showSettingsAt(section(i)) }})
	}
	for _, t := range app.Themes {
		icon := look.IconSun
		if t == "dark" {
			icon = look.IconMoon
		}
		list = append(list, command{name: tr.F("command.theme", "Theme", tr.S(themeWords[t])), icon: icon, run: func() {
			u.change(func(s *app.Settings) { s.Theme = t })
		}})
	}
	if u.view.Group.MayCreate && !over(u.view) {
		add("direct.new", look.IconSend, h.showNewMessage)
	}
	add("command.read_all", look.IconCheckTwo, u.readAll)
	switch h.pane.banner.shown.act {
	case actReturn:
		add("banner.invite", look.IconInvite, h.showRejoin)
		fallthrough
	case actSignIn:
		add("banner.sign_in", look.IconKey, h.showSignInAgain)
	case actAgain:
		add("again.open", look.IconHome, u.askHostAgain)
		fallthrough
	case actTry:
		add("conn.try_now", look.IconRefresh, u.core.TryNow)
	}
	if u.view.Hosting == nil && !ended(u.view) {
		add("follow.title", look.IconServer, func() { u.showFollow("") })
	}
	add("rail.add", look.IconAdd, u.addGroup)
	if r := h.roomOf(h.room); r != nil {
		for _, item := range h.roomItems(r) {
			known := slices.ContainsFunc(list, func(c command) bool { return c.name == item.Text })
			if item.Action != nil && !item.Off && !known {
				list = append(list, command{name: item.Text, icon: item.Icon, run: item.Action})
			}
		}
	}
	add("settings.about", look.IconInfo, u.showAbout)
	add("tray.quit", look.IconLeave, u.quit)
	for words, also := range commandsAlso {
		name := tr.S(words)
		for i := range list {
			if list[i].name == name {
				list[i].also = tr.S(also)
			}
		}
	}
	return list
}

// readAll marks every room as read.
func (u *UI) readAll() {
	for i := range u.view.Rooms {
		if r := &u.view.Rooms[i]; r.News() {
			u.core.SetRead(r.ID, r.Head)
		}
	}
}

// showRoomDates opens the calendar of the open room.
func (h *home) showRoomDates() { h.showDates(h.room, time.Now()) }

// fieldCap shows a key on the colour of fields.
func fieldCap(keys string) fyne.CanvasObject {
	b := look.NewBox(look.FieldFill, 5, look.NewLine(keys, look.Caption, look.Secondary))
	b.PadX, b.PadY = 7, 2
	return b
}
