package ui

import (
	"bytes"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"fyne.io/fyne/v2"

	"hearth/chat"
	"hearth/internal/desktop"
	"hearth/internal/linkguard"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// maxNotice is the longest text a notice may have, in characters.
const maxNotice = 200

// openLink gives a checked link to the system, after asking where the text and
// the target may be taken for different things.
func (u *UI) openLink(l linkguard.Link) {
	if l.Inside {
		if place, err := chat.ParsePlaceLink(l.URL); err == nil {
			u.goTo(place)
		}
		return
	}
	open := func() {
		target, err := url.Parse(l.URL)
		if err != nil {
			u.toast(tr.S("toast.link_failed"), look.Bad)
			return
		}
		if err := u.fyne.OpenURL(target); err != nil {
			u.log.Warn("the system opened no program for a link", "error", err)
			u.toast(tr.S("toast.link_failed"), look.Bad)
		}
	}
	if !l.Ask {
		open()
		return
	}
	u.confirm(confirmation{
		title: tr.S("link.title"),
		text:  tr.S("link.text"),
		mono:  l.URL,
		do:    tr.S("link.open"),
		wary:  true,
		then:  open,
	})
}

// openLinkWords offers to open a link.
func openLinkWords(l linkguard.Link) string {
	switch {
	case l.Inside:
		return tr.S("timeline.open_place")
	case l.Mail():
		return tr.S("timeline.open_mail")
	}
	return tr.F("timeline.open_link", "Host", l.Host)
}

// copyLinkWords offers to copy the address of a link.
func copyLinkWords(l linkguard.Link) string {
	switch {
	case l.Inside:
		return tr.S("timeline.copy_place")
	case l.Mail():
		return tr.S("timeline.copy_mail")
	}
	return tr.F("timeline.copy_link", "Host", l.Host)
}

// notify shows a notification on the desktop. The toolkit's own way of doing so
// puts the text into a script on Windows, and on macOS unless the program is a
// bundle: there it gets fixed words only. Other desktops may read it as markup.
func (w *Window) notify(n desktop.Notification) {
	if w.desktop.Notifier != nil {
		w.desktop.Notifier.Show(n)
		return
	}
	title, text := tr.S("app.name"), tr.N("notice.messages", 1)
	if toolkitTakesText() {
		title, text = noticeText(n.Title), noticeText(n.Body)
	}
	w.fyne.SendNotification(fyne.NewNotification(title, text))
}

// unnotify takes a notification away again, where that is possible.
func (w *Window) unnotify(tag string) {
	if w.desktop.Notifier != nil {
		w.desktop.Notifier.Close(tag)
	}
}

// toolkitTakesText reports whether the toolkit hands a notification over as data.
func toolkitTakesText() bool {
	switch runtime.GOOS {
	case "windows":
		return false
	case "darwin":
		path, err := os.Executable()
		if err != nil {
			return false
		}
		info, err := os.ReadFile(filepath.Join(filepath.Dir(path), "..", "Info.plist"))
		return err == nil && bytes.Contains(info, []byte("CFBundleIdentifier"))
	}
	return true
}

// noticeText makes people's words harmless in a notice.
func noticeText(s string) string {
	r := []rune(linkguard.CleanName(s))
	if len(r) > maxNotice {
		r = append(r[:maxNotice-1], '…')
	}
	s = string(r)
	if runtime.GOOS == "linux" {
		return html.EscapeString(s)
	}
	return s
}

// copyText puts text on the clipboard.
func (w *Window) copyText(s string) { w.fyne.Clipboard().SetContent(s) }
