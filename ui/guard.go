package ui

import (
	"html"
	"net/url"
	"runtime"

	"fyne.io/fyne/v2"

	"hearth/ui/linkguard"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// maxNotice is the longest text a notice may have, in characters.
const maxNotice = 200

// openLink gives a checked link to the system, after asking where the text and
// the target may be taken for different things.
func (u *UI) openLink(l linkguard.Link) {
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
		then:  open,
	})
}

// notify shows a notice on the desktop: who wrote where, never what. On Windows
// the toolkit puts the text into a script, so that nothing people chose may
// reach it there; elsewhere desktops may read it as markup.
func (u *UI) notify(group, room string) {
	title, text := tr.S("app.name"), tr.S("notice.message")
	if runtime.GOOS != "windows" {
		title = noticeText(group)
		if name := noticeText(room); name != "" {
			text = tr.F("notice.message_in", "Room", name)
		}
	}
	u.fyne.SendNotification(fyne.NewNotification(title, text))
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
func (u *UI) copyText(s string) { u.fyne.Clipboard().SetContent(s) }
