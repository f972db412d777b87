package look

// The icons. Drawn for Hearth on a 24 px grid; see [Glyph].
const (
	IconAdd       Icon = "add"
	IconAlert     Icon = "alert"
	IconArchive   Icon = "archive"
	IconArrowDown Icon = "arrow-down"
	IconArrowUp   Icon = "arrow-up"
	IconBack      Icon = "back"
	IconBell      Icon = "bell"
	IconBellOff   Icon = "bell-off"
	IconCheck     Icon = "check"
	IconCheckTwo  Icon = "check-two"
	IconClip      Icon = "clip"
	IconClock     Icon = "clock"
	IconClose     Icon = "close"
	IconCopy      Icon = "copy"
	IconDown      Icon = "down"
	IconEdit      Icon = "edit"
	IconEye       Icon = "eye"
	IconEyeOff    Icon = "eye-off"
	IconFile      Icon = "file"
	IconFilm      Icon = "film"
	IconFolder    Icon = "folder"
	IconFolderAdd Icon = "folder-add"
	IconForward   Icon = "forward"
	IconGlobe     Icon = "globe"
	IconHash      Icon = "hash"
	IconHome      Icon = "home"
	IconInfo      Icon = "info"
	IconInvite    Icon = "invite"
	IconKey       Icon = "key"
	IconKeys      Icon = "keys"
	IconLeave     Icon = "leave"
	IconLink      Icon = "link"
	IconLock      Icon = "lock"
	IconMenu      Icon = "menu"
	IconMinus     Icon = "minus"
	IconMoon      Icon = "moon"
	IconMore      Icon = "more"
	IconNext      Icon = "next"
	IconOffline   Icon = "offline"
	IconPaste     Icon = "paste"
	IconPause     Icon = "pause"
	IconPeople    Icon = "people"
	IconPerson    Icon = "person"
	IconPicture   Icon = "picture"
	IconPin       Icon = "pin"
	IconPlay      Icon = "play"
	IconPrevious  Icon = "previous"
	IconQR        Icon = "qr"
	IconRefresh   Icon = "refresh"
	IconReply     Icon = "reply"
	IconSave      Icon = "save"
	IconScreen    Icon = "screen"
	IconSearch    Icon = "search"
	IconSend      Icon = "send"
	IconServer    Icon = "server"
	IconSettings  Icon = "settings"
	IconShield    Icon = "shield"
	IconSmile     Icon = "smile"
	IconSmilePlus Icon = "smile-plus"
	IconSound     Icon = "sound"
	IconSun       Icon = "sun"
	IconText      Icon = "text"
	IconTrash     Icon = "trash"
	IconUp        Icon = "up"
)

// Icons lists every icon, for the gallery and for tests.
func Icons() []Icon {
	all := make([]Icon, 0, len(drawings))
	for i := range drawings {
		all = append(all, i)
	}
	return all
}

// drawings holds what stands inside the stroked group of each icon.
var drawings = map[Icon]string{
	IconAdd:       `<path d="M12 5v14M5 12h14"/>`,
	IconAlert:     `<circle cx="12" cy="12" r="9"/><path d="M12 7.5v5.5M12 16.4v.2"/>`,
	IconArchive:   `<rect x="4" y="4.5" width="16" height="5" rx="1.5"/><path d="M5.5 9.5V18a1.5 1.5 0 0 0 1.5 1.5h10a1.5 1.5 0 0 0 1.5-1.5V9.5M10 13.2h4"/>`,
	IconArrowDown: `<path d="M12 4.5v15M5.5 13l6.5 6.5 6.5-6.5"/>`,
	IconArrowUp:   `<path d="M12 19.5v-15M5.5 11L12 4.5l6.5 6.5"/>`,
	IconBack:      `<path d="M19.5 12H4.5M11 5.5L4.5 12l6.5 6.5"/>`,
	IconBell:      `<path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 21h4"/>`,
	IconBellOff:   `<path d="M8 6.6A6 6 0 0 1 18 11v3.6M6 9.8v6.7L4.5 18H17M10 21h4M4 4l16 16"/>`,
	IconCheck:     `<path d="M5 12.8l4.7 4.7L19.5 7"/>`,
	IconCheckTwo:  `<path d="M2 12.8l4.7 4.7L16 7M11.5 16.7l.8.8L22 7"/>`,
	IconClip:      `<path d="M19.5 11.3l-7.6 7.6a4.9 4.9 0 0 1-6.9-6.9l8-8a3.3 3.3 0 0 1 4.6 4.6l-7.9 7.9a1.6 1.6 0 0 1-2.3-2.3l7.2-7.2"/>`,
	IconClock:     `<circle cx="12" cy="12" r="8.5"/><path d="M12 7.2V12l3.2 2"/>`,
	IconClose:     `<path d="M6 6l12 12M18 6L6 18"/>`,
	IconCopy:      `<rect x="8.5" y="8.5" width="12" height="12" rx="2.5"/><path d="M15.5 8.5V6a2.5 2.5 0 0 0-2.5-2.5H6A2.5 2.5 0 0 0 3.5 6v7A2.5 2.5 0 0 0 6 15.5h2.5"/>`,
	IconDown:      `<path d="M6 9.5l6 6 6-6"/>`,
	IconEdit:      `<path d="M4.5 19.5l1-4L16.2 4.8a1.9 1.9 0 0 1 2.7 0l.3.3a1.9 1.9 0 0 1 0 2.7L8.5 18.5zM14 7l3 3"/>`,
	IconEye:       `<path d="M2.5 12C4.5 8 8 5.8 12 5.8S19.5 8 21.5 12c-2 4-5.5 6.2-9.5 6.2S4.5 16 2.5 12z"/><circle cx="12" cy="12" r="2.8"/>`,
	IconEyeOff:    `<path d="M6.5 7.2C4.8 8.3 3.5 9.9 2.5 12c2 4 5.5 6.2 9.5 6.2 1.7 0 3.3-.4 4.7-1.2M10 6c.6-.1 1.3-.2 2-.2 4 0 7.5 2.2 9.5 6.2-.5 1-1.2 2-2 2.8M4 4l16 16M10.2 10a2.8 2.8 0 0 0 3.9 3.9"/>`,
	IconFile:      `<path d="M13.5 3.5H7A1.5 1.5 0 0 0 5.5 5v14A1.5 1.5 0 0 0 7 20.5h10a1.5 1.5 0 0 0 1.5-1.5V8.5zM13.5 3.5v5h5"/>`,
	IconFilm:      `<rect x="3.5" y="5" width="17" height="14" rx="2.5"/><path d="M10 9.2v5.6l4.8-2.8z"/>`,
	IconFolder:    `<path d="M3.5 7A1.5 1.5 0 0 1 5 5.5h4.4l2.2 2.4H19A1.5 1.5 0 0 1 20.5 9.4V17a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 17z"/>`,
	IconFolderAdd: `<path d="M3.5 7A1.5 1.5 0 0 1 5 5.5h4.4l2.2 2.4H19A1.5 1.5 0 0 1 20.5 9.4V17a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 17zM12 10.5v5M9.5 13h5"/>`,
	IconForward:   `<path d="M14 5.5l6.5 6.2-6.5 6.3v-3.8C8.8 14 5.6 15.6 3.5 19c.4-5.6 3.7-9.4 10.5-9.8z"/>`,
	IconGlobe:     `<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c2.6 2.6 3.8 5.6 3.8 9S14.6 18.4 12 21c-2.6-2.6-3.8-5.6-3.8-9S9.4 5.6 12 3z"/>`,
	IconHash:      `<path d="M9.5 4L7.5 20M16.5 4l-2 16M4.5 9h16M3.5 15h16"/>`,
	IconHome:      `<path d="M4 10.8L12 4l8 6.8V18.5a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 18.5zM9.5 20v-6h5v6"/>`,
	IconInfo:      `<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.6v.2"/>`,
	IconInvite:    `<circle cx="9.5" cy="8" r="3.8"/><path d="M2.8 19.8c.7-3.6 3.3-5.6 6.7-5.6s6 2 6.7 5.6M18.5 8.5v6M15.5 11.5h6"/>`,
	IconKey:       `<circle cx="8" cy="15.5" r="4.2"/><path d="M11 12.5l8.5-8.5M15.5 8l3 3M18 5.5l2 2"/>`,
	IconKeys:      `<rect x="3" y="6.5" width="18" height="11" rx="2"/><path d="M6.8 10h.1M10.3 10h.1M13.7 10h.1M17.2 10h.1M8.5 14h7"/>`,
	IconLeave:     `<path d="M10 4H6.5A2.5 2.5 0 0 0 4 6.5v11A2.5 2.5 0 0 0 6.5 20H10M15.5 7.5L20 12l-4.5 4.5M20 12H9.5"/>`,
	IconLink:      `<path d="M10 14a4.2 4.2 0 0 0 6 0l3.2-3.2a4.2 4.2 0 0 0-6-6L11.7 6.3M14 10a4.2 4.2 0 0 0-6 0l-3.2 3.2a4.2 4.2 0 0 0 6 6l1.5-1.5"/>`,
	IconLock:      `<rect x="5" y="10.5" width="14" height="10" rx="2.5"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5M12 14.5v2"/>`,
	IconMenu:      `<path d="M4 7h16M4 12h16M4 17h16"/>`,
	IconMinus:     `<path d="M5 12h14"/>`,
	IconMoon:      `<path d="M20 14.4A8.4 8.4 0 1 1 9.6 4A6.8 6.8 0 0 0 20 14.4z"/>`,
	IconMore:      `<path d="M5.5 12v.1M12 12v.1M18.5 12v.1" stroke-width="2.8"/>`,
	IconNext:      `<path d="M9.5 6l6 6-6 6"/>`,
	IconOffline:   `<path d="M4 4l16 16M5 12.5c1-1 2.2-1.8 3.5-2.2M2.5 9A13 13 0 0 1 6.5 6.5M21.5 9A13.3 13.3 0 0 0 11 5.2M19 12.5a10 10 0 0 0-3-2M8.5 16a5 5 0 0 1 6.5-.3M12 19.5v.1"/>`,
	IconPaste:     `<rect x="5" y="5" width="14" height="16" rx="2.5"/><path d="M9 5a1.5 1.5 0 0 1 1.5-1.5h3A1.5 1.5 0 0 1 15 5v1.5H9zM9 12h6M9 16h4"/>`,
	IconPause:     `<path d="M8.5 5.5v13M15.5 5.5v13" stroke-width="2.6"/>`,
	IconPeople:    `<circle cx="9" cy="8" r="3.8"/><path d="M2.5 19.8c.7-3.6 3.2-5.6 6.5-5.6s5.8 2 6.5 5.6M16 4.6a3.8 3.8 0 0 1 0 6.8M18.3 14.8c1.7.9 2.8 2.6 3.2 5"/>`,
	IconPerson:    `<circle cx="12" cy="8" r="4"/><path d="M4.8 20c.8-3.8 3.6-5.8 7.2-5.8s6.4 2 7.2 5.8"/>`,
	IconPicture:   `<rect x="3.5" y="4.5" width="17" height="15" rx="2.5"/><circle cx="8.7" cy="9.5" r="1.7"/><path d="M4 17.5l5-5 3.5 3.5 3-3 5 4.5"/>`,
	IconPin:       `<path d="M9 3.8h6M10 3.8l-.6 6.4c-2 .9-3.4 2.5-3.7 4.6h12.6c-.3-2.1-1.7-3.7-3.7-4.6L14 3.8M12 14.8v5.7"/>`,
	IconPlay:      `<path d="M7.5 5v14l11-7z"/>`,
	IconPrevious:  `<path d="M14.5 6l-6 6 6 6"/>`,
	IconQR:        `<rect x="4" y="4" width="6" height="6" rx="1.2"/><rect x="14" y="4" width="6" height="6" rx="1.2"/><rect x="4" y="14" width="6" height="6" rx="1.2"/><path d="M14 14h2v2M20 14v2M14 20h2M19.5 19.5h.5v.5"/>`,
	IconRefresh:   `<path d="M19.5 11A7.6 7.6 0 0 0 5.6 8.2L4 10.5M4 5.5v5h5M4.5 13a7.6 7.6 0 0 0 13.9 2.8L20 13.5M20 18.5v-5h-5"/>`,
	IconReply:     `<path d="M10 5.5L3.5 11.7l6.5 6.3v-3.8c5.2-.2 8.4 1.4 10.5 4.8-.4-5.6-3.7-9.4-10.5-9.8z"/>`,
	IconSave:      `<path d="M12 4v11M7 10.5l5 5 5-5M4.5 19.5h15"/>`,
	IconScreen:    `<rect x="3.5" y="5" width="17" height="11.5" rx="2"/><path d="M9 20h6M12 16.5V20"/>`,
	IconSearch:    `<circle cx="11" cy="11" r="6.5"/><path d="M16 16l4.5 4.5"/>`,
	IconSend:      `<path d="M20.5 3.5L3.5 10.2l7 3.3 3.3 7zM10.5 13.5l4-4"/>`,
	IconServer:    `<rect x="4" y="4.5" width="16" height="6.5" rx="2"/><rect x="4" y="13" width="16" height="6.5" rx="2"/><path d="M7.8 7.7v.1M7.8 16.2v.1"/>`,
	IconSettings:  `<path d="M4 7h8M18 7h2M4 17h2M12 17h8"/><circle cx="15" cy="7" r="2.8"/><circle cx="9" cy="17" r="2.8"/>`,
	IconShield:    `<path d="M12 3.5l7 2.5v5.5c0 4.3-2.8 7.5-7 9-4.2-1.5-7-4.7-7-9V6zM9 12l2.2 2.2L15.2 10"/>`,
	IconSmile:     `<circle cx="12" cy="12" r="9"/><path d="M8.2 14.2c.8 1.5 2.1 2.3 3.8 2.3s3-.8 3.8-2.3M9 9.5v.3M15 9.5v.3"/>`,
	IconSmilePlus: `<path d="M13.2 3.1A9 9 0 1 0 20.9 10.8M8.2 14.2c.8 1.5 2.1 2.3 3.8 2.3s3-.8 3.8-2.3M9 9.5v.3M15 9.5v.3M19 2.5v5.5M16.2 5.2h5.6"/>`,
	IconSound:     `<path d="M9 17.5V5.8l10-1.8v11.7"/><circle cx="6.5" cy="17.5" r="2.6"/><circle cx="16.5" cy="15.7" r="2.6"/>`,
	IconSun:       `<circle cx="12" cy="12" r="4"/><path d="M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4"/>`,
	IconText:      `<path d="M13.5 3.5H7A1.5 1.5 0 0 0 5.5 5v14A1.5 1.5 0 0 0 7 20.5h10a1.5 1.5 0 0 0 1.5-1.5V8.5zM13.5 3.5v5h5M9 12.5h6M9 16h4"/>`,
	IconTrash:     `<path d="M4.5 6.5h15M9.5 6.5V4.5h5v2M6.5 6.5l.8 12a1.5 1.5 0 0 0 1.5 1.5h6.4a1.5 1.5 0 0 0 1.5-1.5l.8-12M10.2 10.5v5.5M13.8 10.5v5.5"/>`,
	IconUp:        `<path d="M6 14.5l6-6 6 6"/>`,
}
