package ui

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// screens lists the pictures in the order of a person's way.
func screens() []screen {
	return slices.Concat(galleryWays(), galleryMain(), galleryRooms(), galleryWords(), galleryRest(), galleryToasts(), galleryHostingScreens())
}

// at is what the person did on the main page.
func at(f func(*home)) func(*UI) { return func(u *UI) { f(u.home) } }

// galleryJoins goes on with an invite that has come from outside.
func galleryJoins(u *UI) {
	u.showJoin(inventedLink)
	u.win.Canvas().Focused().(*look.Button).OnTapped()
}

// galleryWays are the ways in, and what may go wrong on them.
func galleryWays() []screen {
	welcome := phase(app.PhaseWelcome)
	failing := func(e *app.Failed) func(*invented, time.Time) {
		return func(c *invented, _ time.Time) { c.view.Phase, c.fail = app.PhaseWelcome, e }
	}
	return []screen{
		{"welcome", welcome, nil},
		{"host", welcome, (*UI).showHost},
		{"host-keyring", welcome, func(u *UI) { u.showHost(); galleryKeyring(u) }},
		{"join", welcome, func(u *UI) { u.showJoin("") }},
		{"join-expired", failing(&app.Failed{Code: app.FailCode(chat.CodeInviteExpired), Field: "link"}), galleryJoins},
		{"join-unreachable", failing(&app.Failed{Code: app.FailConnection, Detail: string(app.ReasonRefused)}), galleryJoins},
		{"join-authority", failing(&app.Failed{Code: app.FailConnection, Detail: string(app.ReasonAuthority)}), func(u *UI) {
			galleryJoins(u)
		}},
		{"reset", welcome, func(u *UI) {
			u.showNewPassword(inventedLink, app.InviteView{Group: "Harbour", Name: "ana", Addresses: []string{"192.168.1.20:7480"}, Fingerprint: inventedPrint, Expires: time.Now().Add(20 * time.Hour), UsesLeft: 1})
		}},
		{"recover", welcome, func(u *UI) { galleryRecover(u, "") }},
		{"recover-mistyped", welcome, func(u *UI) { galleryRecover(u, "008J1-4CT40-ANK7F-F24S9-NAXWT-SQFEV-ZWCS4") }},
		{"join-confirm", welcome, func(u *UI) {
			v, _ := u.core.CheckInvite(u.pump.ctx, inventedLink)
			u.showJoinConfirm(inventedLink, v)
		}},
		{"sign-in", welcome, func(u *UI) { u.showSignIn("") }},
		{"compare", welcome, func(u *UI) {
			v, _ := u.core.CheckServer(u.pump.ctx, "chat.example.org")
			u.showCompare("chat.example.org", v)
		}},
		{"sign-in-account", welcome, func(u *UI) {
			v, _ := u.core.CheckServer(u.pump.ctx, "chat.example.org")
			u.showSignInAccount("chat.example.org", v, v.Server)
		}},
		{"pin", welcome, func(u *UI) { u.showPinMismatch(inventedPrint, inventedOther, u.showWelcome) }},
		{"keyring-locked", problem(app.PhaseLocked, app.ProblemKeyringLocked), nil},
		{"keyring-slow", problem(app.PhaseLocked, app.ProblemKeyringSlow), nil},
		{"keyring-absent", problem(app.PhaseLocked, app.ProblemKeyringAbsent), nil},
		{"keyring-unreadable", problem(app.PhaseLocked, app.ProblemKeyringUnreadable), nil},
		{"secret-missing", problem(app.PhaseLocked, app.ProblemSecretMissing), nil},
		{"vault", problem(app.PhaseLocked, app.ProblemPassphrase), nil},
		{"vault-wrong", problem(app.PhaseLocked, app.ProblemWrongPassphrase), nil},
		{"vault-missing", problem(app.PhaseLocked, app.ProblemVaultMissing), nil},
		{"vault-damaged", problem(app.PhaseLocked, app.ProblemVaultDamaged), nil},
		{"account-damaged", problem(app.PhaseFailed, app.ProblemAccountDamaged), nil},
		{"already-open", problem(app.PhaseFailed, app.ProblemAlreadyOpen), nil},
		{"damaged", problem(app.PhaseFailed, app.ProblemDamaged), nil},
		{"newer", problem(app.PhaseFailed, app.ProblemNewer), nil},
		{"older", problem(app.PhaseFailed, app.ProblemOlder), nil},
		{"disk", problem(app.PhaseFailed, app.ProblemDisk), nil},
	}
}

// galleryMain are the main page and its people.
func galleryMain() []screen {
	return []screen{
		{"main", nil, nil},
		{"members", nil, at((*home).toggleMembers)},
		{"presence", galleryPeople, at((*home).toggleMembers)},
		{"faces", galleryFaces, at((*home).toggleMembers)},
		{"person-card", galleryFaces, at(func(h *home) { h.showPerson(inventedAccount("liwei")) })},
		{"person-me", galleryFaces, at(func(h *home) { h.showPerson(inventedAccount("daniel")) })},
		{"settings-profile", galleryFaces, func(u *UI) { u.showSettingsNamed("profile.title") }},
		{"profile-picture", galleryFaces, func(u *UI) { u.previewPicture(inventFace(2), func() {}) }},
		{"person", galleryPeople, at(func(h *home) { h.showPerson(inventedAccount("ana")) })},
		{"blocked", galleryBlocked, nil},
		{"blocked-person", galleryBlocked, at(func(h *home) { h.showPerson(inventedAccount("marek")) })},
		{"block", galleryPeople, at(func(h *home) {
			h.block(app.MemberView{Account: inventedAccount("marek"), Display: "Marek Vella", Name: "marek"})
		})},
		{"blocked-list", galleryBlocked, func(u *UI) { u.showSettingsNamed("privacy.title") }},
		{"readings-hidden", galleryQuiet, at((*home).showRoomInfo)},
		{"history-rule", galleryRuled, at((*home).showRoomInfo)},
		{"history-choose", galleryQuiet, at(func(h *home) { h.showHistory(h.room) })},
		{"history-open", galleryBegins, at(func(h *home) { h.showHistory(h.room) })},
		{"readings-menu", galleryQuiet, at(func(h *home) { h.roomMenu(h.room, fyne.NewPos(120, 100)) })},
		{"readings-ask", galleryPeople, at(func(h *home) { h.readingsItem(h.roomOf(h.room)).Action() })},
		{"readings-details", galleryQuiet, func(u *UI) {
			u.showMessage(inventedRoom("release-room"), u.core.(*invented).messages[inventedRoom("release-room")][6])
		}},
		{"privacy", galleryPeople, func(u *UI) { u.showSettingsNamed("privacy.title") }},
	}
}

// galleryRooms are rooms, conversations, and the states of the connection.
func galleryRooms() []screen {
	return []screen{
		{"archive-folded", galleryArchive, at((*home).backToList)},
		{"archive-list", galleryArchive, at(openArchived)},
		{"archive-side", galleryArchive, at(func(h *home) { openArchived(h); h.backToList() })},
		{"archive-menu", galleryArchive, at(func(h *home) { h.roomMenu(inventedRoom("design"), fyne.NewPos(120, 200)) })},
		{"direct-list", galleryDirect, at((*home).backToList)},
		{"direct", galleryDirect, at(openDirect)},
		{"direct-menu", galleryDirect, at(func(h *home) { h.roomMenu(inventedRoom("Ana Borg"), fyne.NewPos(120, 200)) })},
		{"direct-info", galleryDirect, at(func(h *home) { h.showRoomInfoOf(inventedRoom("Ana Borg")) })},
		{"direct-new", galleryDirect, at((*home).showNewMessage)},
		{"list", nil, at((*home).backToList)},
		{"pending", func(c *invented, now time.Time) { c.pend(now) }, nil},
		{"connecting", connection(app.ConnectionView{State: app.ConnConnecting}, 0), nil},
		{"syncing", connection(app.ConnectionView{State: app.ConnSyncing, Behind: 1240}, 0), nil},
		{"waiting", connection(app.ConnectionView{State: app.ConnWaiting, Reason: app.ReasonRefused}, 12*time.Second), nil},
		{"offline", connection(app.ConnectionView{State: app.ConnOffline, Reason: app.ReasonNoRoute}, 0), nil},
		{"server-full", func(c *invented, now time.Time) {
			galleryFiles(c, now)
			list := c.messages[inventedRoom("release-room")]
			f := &list[len(list)-1].Files[0]
			f.Moving, f.Problem = app.MoveUploading, app.FailServerFull
			c.view.Waiting, c.view.ServerFull = 2, true
		}, nil},
		{"signed-out", connection(app.ConnectionView{State: app.ConnStopped, Reason: app.ReasonExpired}, 0), nil},
		{"sign-in-again", connection(app.ConnectionView{State: app.ConnStopped, Reason: app.ReasonExpired}, 0), at((*home).showSignInAgain)},
		{"reset-here", connection(app.ConnectionView{State: app.ConnStopped, Reason: app.ReasonExpired}, 0), at(func(h *home) { h.showReset("") })},
		{"recover-here", connection(app.ConnectionView{State: app.ConnStopped, Reason: app.ReasonExpired}, 0), at((*home).showRecoverHere)},
		{"forgotten", connection(app.ConnectionView{State: app.ConnStopped, Reason: app.ReasonUnknown}, 0), nil},
		{"rejoin", connection(app.ConnectionView{State: app.ConnStopped, Reason: app.ReasonUnknown}, 0), at((*home).showRejoin)},
		{"read-only", connection(app.ConnectionView{State: app.ConnStopped, Reason: app.ReasonReadOnly}, 0), nil},
		{"suspended", connection(app.ConnectionView{State: app.ConnStopped, Reason: app.ReasonSuspended}, 0), nil},
		{"deleted", connection(app.ConnectionView{State: app.ConnStopped, Reason: app.ReasonDeleted}, 0), nil},
		{"alarm", connection(app.ConnectionView{
			State: app.ConnStopped, Reason: app.ReasonPinMismatch, Expected: inventedPrint, Presented: inventedOther,
		}, 0), nil},
		{"hosting-failed", func(c *invented, _ time.Time) {
			c.view.Hosting = &app.HostingView{Problem: "port 7480 is in use by another program"}
			c.view.Connection = app.ConnectionView{State: app.ConnWaiting, Reason: app.ReasonRefused}
		}, nil},
		{"connection", nil, at((*home).showConnection)},
		{"connection-waiting", connection(app.ConnectionView{
			State: app.ConnWaiting, Reason: app.ReasonRefused, ClockSkew: 93 * time.Second, Detail: "dial tcp 192.168.1.20:7480: connection refused",
		}, 12*time.Second), at((*home).showConnection)},
		{"connection-proxy", galleryAuthority(app.ConnectionView{State: app.ConnLive, Unbound: true, RTT: 12 * time.Millisecond, Address: "chat.example.org:443"}, 5), at((*home).showConnection)},
		{"connection-authority", connection(app.ConnectionView{State: app.ConnStopped, Reason: app.ReasonAuthority, Address: "chat.example.org:443"}, 0), at((*home).showConnection)},
		{"authority", nil, func(u *UI) { u.showAuthority("", nil) }},
		{"authority-own", galleryAuthority(app.ConnectionView{State: app.ConnLive}, 5), func(u *UI) { u.showAuthority("", nil) }},
		{"authority-over", galleryAuthority(app.ConnectionView{State: app.ConnLive}, -1), func(u *UI) { u.showAuthority("", nil) }},
		{"no-rooms", func(c *invented, _ time.Time) { c.view.Rooms = nil }, nil},
		{"first-moment", func(c *invented, _ time.Time) {
			c.view.Rooms, c.view.Connection = nil, app.ConnectionView{State: app.ConnSyncing}
		}, nil},
		{"empty-room", func(c *invented, _ time.Time) { c.view.LastRoom = inventedRoom("random") }, nil},
		{"left-room", func(c *invented, _ time.Time) { c.view.LastRoom = inventedRoom("old-project") }, nil},
	}
}

// galleryWords are messages, files and what is done in a room.
func galleryWords() []screen {
	return []screen{
		{"messages", galleryMessages, nil},
		{"messages-picked", galleryMessages, at(galleryPicked)},
		{"messages-picked-delete", galleryMessages, at(func(h *home) { galleryPicked(h); h.pane.deletePicked() })},
		{"code", galleryCode, nil},
		{"message-menu", galleryMessages, at(galleryMenu)},
		{"message-reply", galleryMessages, at(galleryReply)},
		{"message-change", galleryMessages, at(func(h *home) { h.pane.composer.changeLast() })},
		{"message-mention", galleryMessages, at(galleryWrite("Could @"))},
		{"message-emoji", galleryMessages, at(galleryWrite("Well done :ta"))},
		{"message-pins", galleryMessages, at(func(h *home) { h.pane.pins.showAll() })},
		{"message-forward", galleryMessages, at(func(h *home) { h.pane.forward(&timeline.Row{Seq: 5}) })},
		{"message-versions", galleryMessages, at(func(h *home) { h.pane.versions(&timeline.Row{Seq: 5}) })},
		{"message-delete", galleryMessages, at(func(h *home) { h.pane.delete(&timeline.Row{Seq: 5}) })},
		{"message-jump", galleryMessages, at(func(h *home) { h.pane.timeline.Go(5) })},
		{"jump-unread", galleryUnread(4, 1450), at(galleryJump(52))},
		{"jump-before-unread", galleryUnread(50, 12), at(galleryJump(6))},
		{"files", galleryFiles, nil},
		{"file-attach", galleryFiles, at(galleryAttach)},
		{"file-choose", galleryFiles, at(galleryChoose)},
		{"file-choose-typed", galleryFiles, at(galleryChooseTyped)},
		{"file-choose-one", galleryFiles, at(galleryChooseOne)},
		{"file-choose-unreadable", galleryFiles, at(galleryChooseBad)},
		{"file-pasted", galleryFiles, at(galleryPasted)},
		{"file-viewer", galleryFiles, at(galleryViewer)},
		{"file-save", galleryFiles, at(gallerySave)},
		{"file-save-over", galleryFiles, at(gallerySaveOver)},
		{"file-save-new", galleryFiles, at(gallerySaveNew)},
		{"file-save-all", galleryFiles, at(gallerySaveAll)},
		{"file-program", galleryFiles, at(galleryProgram)},
		{"media", galleryFiles, at(func(h *home) { h.showMedia(h.room) })},
		{"veiled-ask", galleryVeiled, at(galleryAskPictures)},
		{"veiled", galleryVeiled, nil},
		{"veiled-viewer", galleryVeiled, at(galleryViewer)},
		{"veiled-media", galleryVeiled, at(func(h *home) { h.showMedia(h.room) })},
		{"media-files", galleryFiles, at(galleryMediaFiles)},
		{"media-none", nil, at(func(h *home) { h.showMedia(h.room) })},
		{"long", galleryLong, nil},
		{"scripts", galleryScripts, nil},
		{"emoji", galleryEmoji, nil},
		{"emoji-picker", galleryEmoji, galleryPicker("")},
		{"emoji-search", galleryEmoji, galleryPicker("heart")},
		{"emoji-none", nil, galleryPicker("nothing like it")},
		{"composer", nil, at(galleryComposer)},
		{"new-room", nil, at((*home).showNewRoom)},
		{"new-room-like", nil, at(galleryRoomLike)},
		{"rooms-alike", galleryAlike, at(func(h *home) { h.openRoom(inventedRoom("🔥🔥🔥")) })},
		{"browse", nil, at((*home).showBrowse)},
		{"room-edit", nil, at(func(h *home) { h.showRoomEdit(h.room) })},
		{"room-menu", nil, at(func(h *home) { h.pane.showMenu() })},
		{"room-notify", galleryRules, at(func(h *home) { h.showRoomNotify(h.room) })},
		{"room-muted", galleryRules, at(func(h *home) { h.showRoomNotify(inventedRoom("general")) })},
		{"notifications", galleryRules, galleryDesktop},
		{"notifications-more", galleryRules, func(u *UI) { galleryDesktop(u); u.pump.after(10*time.Millisecond, func() { galleryScroll(u) }) }},
		{"add-people", nil, at((*home).showAddPeople)},
		{"add-people-some", galleryFew, at((*home).showAddPeople)},
		{"leave", nil, at(func(h *home) { h.leaveRoom(h.room) })},
		{"invite", nil, at((*home).showInvite)},
		{"details", nil, func(u *UI) {
			u.showMessage(inventedRoom("release-room"), u.core.(*invented).messages[inventedRoom("release-room")][6])
		}},
		{"outbox", connection(app.ConnectionView{State: app.ConnWaiting, Reason: app.ReasonRefused}, 12*time.Second), at((*home).showOutbox)},
		{"outbox-empty", nil, at((*home).showOutbox)},
		{"room-info", func(c *invented, _ time.Time) { c.view.Rooms[0].Complete.Through = 10 }, at((*home).showRoomInfo)},
		{"gaps", galleryGaps, nil},
		{"begins", galleryBegins, nil},
		{"begins-info", galleryBegins, at((*home).showRoomInfo)},
		{"room-gaps", galleryGaps, at((*home).showRoomInfo)},
		{"lost", galleryLost, nil},
		{"lost-room", galleryLost, at((*home).showRoomInfo)},
		{"lost-read", galleryLost, at(lostAt)},
		{"lost-outbox", galleryLostProfile, at((*home).showOutbox)},
		{"lost-search", galleryLost, at(gallerySearch("the"))},
	}
}

// galleryRest are settings, and what lies over the window.
func galleryRest() []screen {
	return []screen{
		{"devices", nil, (*UI).showDevices},
		{"new-device", nil, func(u *UI) {
			list, _ := u.core.Devices(u.pump.ctx)
			u.tellDevice(list[2])
		}},
		{"password", nil, (*UI).showPassword},
		{"reset-make", galleryHosts, func(u *UI) { u.showMakeReset(galleryAccount(u, "liwei")) }},
		{"farewell", nil, (*UI).showFarewell},
		{"farewell-export", nil, (*UI).chooseExport},
		{"farewell-done", nil, (*UI).afterFarewell},
		{"farewell-host", galleryEnded(false), (*UI).afterFarewell},
		{"farewell-host-others", galleryEnded(true), (*UI).afterFarewell},
		{"farewell-host-storage", galleryEnded(true), func(u *UI) { u.showSettingsNamed("settings.storage") }},
		{"remove-card", galleryOwner, at(func(h *home) { h.showPerson(inventedAccount("liwei")) })},
		{"remove-menu", galleryOwner, at(galleryMemberMenu)},
		{"remove-sure", galleryOwner, at(func(h *home) { h.removeMember(h.room, inventedMembers(4)[3]) })},
		{"removed", galleryRemoved, nil},
		{"lost-member", galleryForgotten, nil},
		{"gone-direct", galleryGone, at(openDirect)},
		{"host-people", gallerySuspended, (*UI).showAccounts},
		{"host-members", gallerySuspended, at((*home).toggleMembers)},
		{"host-card-suspended", gallerySuspended, at(func(h *home) { h.showPerson(inventedAccount("marek")) })},
		{"host-account", galleryHosts, func(u *UI) { u.showAccount(galleryAccount(u, "liwei")) }},
		{"host-account-suspended", gallerySuspended, func(u *UI) { u.showAccount(galleryAccount(u, "tom-long")) }},
		{"host-menu", galleryHosts, at(func(h *home) { h.side.showMenu() })},
		{"host-account-delete", galleryHosts, func(u *UI) { u.showAccount(galleryAccount(u, "liwei")).choose(2) }},
		{"host-invite", galleryHosts, at((*home).showInvite)},
		{"recovery-offer", galleryRecovery(true), nil},
		{"recovery-key", galleryRecovery(true), (*UI).showRecoveryKey},
		{"recovery-save", galleryRecovery(true), func(u *UI) { u.saveRecovery(u.view.Me.Recovery.Key.Sheet(), func() {}) }},
		{"recovery-new", galleryRecovery(false), (*UI).showNewRecovery},
		{"recovery-replaced", nil, (*UI).tellRecovery},
		{"settings-recovery", galleryRecovery(false), func(u *UI) { u.showSettingsNamed("settings.account") }},
		{"alone", galleryAlone, nil},
		{"settings", nil, func(u *UI) { u.showSettingsAt(0) }},
		{"settings-account", nil, func(u *UI) { u.showSettingsNamed("settings.account") }},
		{"settings-notify", galleryRules, func(u *UI) { u.showSettingsNamed("notify.title") }},
		{"settings-storage", nil, func(u *UI) { u.showSettingsNamed("settings.storage") }},
		{"settings-delete", galleryDrafts, galleryDelete},
		{"settings-keys", nil, func(u *UI) { u.showSettingsNamed("settings.keyboard") }},
		{"settings-accent", func(c *invented, _ time.Time) { c.view.Settings.Accent = "teal"; c.view.Settings.Density = "compact" }, func(u *UI) { u.showSettingsAt(0) }},
		{"compact", func(c *invented, _ time.Time) { c.view.Settings.Accent = "violet"; c.view.Settings.Density = "compact" }, nil},
		{"drafts", galleryDrafts, at((*home).showDrafts)},
		{"drafts-none", nil, at((*home).showDrafts)},
		{"dates", nil, at((*home).showRoomDates)},
		{"about", nil, (*UI).showAbout},
		{"keys", nil, (*UI).showKeys},
		{"switcher", nil, at((*home).showSwitcher)},
		{"switcher-find", nil, at(gallerySwitch("an"))},
		{"export", nil, at(func(h *home) { h.showExport(h.room) })},
		{"keep", galleryKeep, at(func(h *home) { h.showKeep(h.room) })},
		{"keep-info", galleryKeep, at((*home).showRoomInfo)},
		{"keep-purged", galleryPurged, nil},
		{"search", nil, at(gallerySearch("the"))},
		{"search-files", galleryFiles, at(gallerySearch("report"))},
		{"search-bad", nil, at(gallerySearch("before:soon"))},
		{"search-bad-has", nil, at(gallerySearch("has:tea"))},
		{"search-nobody", nil, at(gallerySearch("tea from:nobody"))},
		{"search-nowhere", nil, at(gallerySearch("tea in:nowhere"))},
		{"closing", func(c *invented, _ time.Time) {
			c.view.Hosting = &app.HostingView{Running: true, Addresses: []string{"192.168.1.20:7480"}}
		}, (*UI).closing},
		{"rail", galleryRail, nil},
		{"rail-list", galleryRail, at((*home).backToList)},
		{"rail-menu", galleryRail, galleryRailMenu},
		{"rail-silent", galleryRailSilent, nil},
		{"rail-warning", galleryRail, galleryWarning},
		{"rail-drafts", galleryRail, at((*home).showDrafts)},
		{"rail-outbox", galleryRail, at((*home).showOutbox)},
		{"list-silent", galleryRailSilent, at((*home).backToList)},
		{"rail-locked", galleryRail, galleryShow(5)},
		{"rail-add", galleryAdding, galleryShow(8)},
		{"rail-search", galleryRail, at(gallerySearch("the"))},
		{"rail-switcher", galleryRail, at(gallerySwitch("ni"))},
	}
}

// galleryToasts are what is said in passing.
func galleryToasts() []screen {
	return []screen{
		{"toast", nil, func(u *UI) { u.toast(tr.S("settings.display.done"), look.Good) }},
		{"toast-dialog", nil, func(u *UI) {
			u.showSettings()
			u.toast(tr.S("settings.display.done"), look.Good)
		}},
		{"toast-confirm", nil, func(u *UI) {
			at(func(h *home) { h.leaveRoom(h.room) })(u)
			u.tell(app.Notice{Kind: app.NoticeChangeRefused, Code: chat.CodeInternal})
		}},
		{"toast-long", nil, func(u *UI) { u.tell(app.Notice{Kind: app.NoticeChangeRefused, Code: chat.CodeInternal}) }},
	}
}
