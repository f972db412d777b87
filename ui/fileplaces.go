package ui

import (
	"slices"

	"fyne.io/fyne/v2"

	"hearth/internal/folder"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// filePlace is a place as it is offered.
type filePlace struct {
	icon look.Icon
	name string
	path string
}

var placeIcons = map[folder.Kind]look.Icon{
	folder.KindHome: look.IconHome, folder.KindDesktop: look.IconScreen, folder.KindDocuments: look.IconText, folder.KindDownloads: look.IconSave,
	folder.KindPictures: look.IconPicture, folder.KindDisk: look.IconServer, folder.KindRoot: look.IconServer,
}

var placeNames = map[folder.Kind]tr.Key{
	folder.KindHome: "choose.home", folder.KindDesktop: "choose.desktop", folder.KindDocuments: "choose.documents",
	folder.KindDownloads: "choose.downloads", folder.KindPictures: "choose.pictures", folder.KindRoot: "choose.computer",
}

// offered are the places: those of the system, and where files were chosen or saved last.
func (x *fileDialog) offered() (list []filePlace) {
	for _, p := range x.shelf {
		name := cleanName(p.Name)
		if key := placeNames[p.Kind]; key != "" {
			name = tr.S(key)
		}
		list = append(list, filePlace{placeIcons[p.Kind], name, p.Path})
	}
	for _, path := range []string{x.u.settings.Folder, x.u.settings.SaveFolder} {
		if path != "" && !slices.ContainsFunc(list, func(p filePlace) bool { return p.path == path }) {
			list = append(list, filePlace{look.IconClock, headOf(path), path})
		}
	}
	return list
}

// showSide makes the list of places, the one that is shown marked.
func (x *fileDialog) showSide() {
	places := x.offered()
	if len(x.side.Objects) != len(places) {
		x.side.Objects = nil
		for _, p := range places {
			t := newTouch(rowGrow(8, 1, look.NewIcon(p.icon, look.Secondary, 18), look.NewElided(p.name, look.Preview, look.Text)), func() {
				x.open(p.path, "")
				x.focusList()
			})
			t.PadX, t.PadY = 8, 6
			x.side.Objects = append(x.side.Objects, t)
		}
		x.side.Refresh()
	}
	for i, p := range places {
		t := x.side.Objects[i].(*touch)
		fill := look.Ink(nil)
		if p.path == x.folder {
			fill = look.SelectedFill
		}
		if (fill == nil) != (t.Fill == nil) {
			t.Fill = fill
			t.Refresh()
		}
	}
}

// placesMenu offers the places where there is no room beside the list.
func (x *fileDialog) placesMenu() {
	var items []look.MenuItem
	for _, p := range x.offered() {
		items = append(items, look.MenuItem{Text: p.name, Icon: p.icon, Action: func() {
			x.open(p.path, "")
			x.focusList()
		}})
	}
	x.menuAt(x.places, items)
}

// viewMenu offers what is listed, and in which order.
func (x *fileDialog) viewMenu() {
	entry := func(key tr.Key, on bool, do func()) look.MenuItem {
		icon := look.Icon("")
		if on {
			icon = look.IconCheck
		}
		return look.MenuItem{Text: tr.S(key), Icon: icon, Action: func() {
			do()
			x.again()
			x.focusList()
		}}
	}
	items := []look.MenuItem{
		entry("choose.by_name", !x.want.Newest, func() { x.want.Newest = false }),
		entry("choose.newest", x.want.Newest, func() { x.want.Newest = true }),
		{},
		entry("choose.hidden", x.want.Hidden, func() { x.want.Hidden = !x.want.Hidden }),
	}
	x.menuAt(x.view, items)
}

// menuAt opens a menu below a control.
func (x *fileDialog) menuAt(o fyne.CanvasObject, items []look.MenuItem) {
	at := x.u.fyne.Driver().AbsolutePositionForObject(o)
	look.ShowMenu(x.u.win.Canvas(), at.AddXY(0, o.Size().Height+4), items)
}
