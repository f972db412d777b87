package ui

import (
	"context"
	"image"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// mostVeils bounds what is kept of veiled pictures.
const mostVeils = 500

// veils say which pictures are not loaded or decoded before the person wants it
// (docs/adr/0041): those of people they do not know, unless they want all or none.
// It belongs to the UI goroutine.
type veils struct {
	u     *UI
	shown map[chat.Hash]bool        // the person wanted to see them
	likes map[chat.Hash]image.Image // what stands in for a veiled one
	known map[chat.AccountID]bool   // as of the view that was applied last
	rule  string                    // of the settings, likewise
	all   bool                      // of the group, likewise
}

func newVeils(u *UI) *veils {
	return &veils{u: u, shown: map[chat.Hash]bool{}, likes: map[chat.Hash]image.Image{}}
}

// hides reports whether somebody's picture is veiled.
func (v *veils) hides(author chat.AccountID, h chat.Hash) bool {
	switch v.u.settings.Pictures {
	case app.PicturesAll:
		return false
	case app.PicturesKnown:
		if v.u.view.AllPictures || v.u.view.Known[author] {
			return false
		}
	}
	return author != v.u.view.Me.Account && !v.shown[h]
}

// show shows a picture from now on, as long as the program runs.
func (v *veils) show(h chat.Hash) {
	if len(v.shown) >= mostVeils {
		clear(v.shown)
	}
	v.shown[h] = true
	v.u.media.tell(h)
}

// like is what stands in for a veiled picture: colours that its sender named, nothing of
// the file; nil if there are none.
func (v *veils) like(f *chat.File) image.Image {
	img, ok := v.likes[f.Hash]
	if !ok {
		if len(v.likes) >= mostVeils {
			clear(v.likes)
		}
		img = blurOf(f)
		v.likes[f.Hash] = img
	}
	return img
}

// apply draws pictures anew where who is known, or the rule, has changed.
func (v *veils) apply() {
	known, rule := v.u.view.Known, v.u.settings.Pictures
	same := rule == v.rule && v.all == v.u.view.AllPictures && len(known) == len(v.known)
	for account := range known {
		same = same && v.known[account]
	}
	v.known, v.rule, v.all = known, rule, v.u.view.AllPictures
	if !same && v.u.home != nil {
		v.u.home.pane.timeline.PicturesChanged()
	}
}

// veiled is asked by the timeline.
func (p *pane) veiled(r *timeline.Row, i int) bool {
	f, ok := r.Files[i].Tag.(*chat.File)
	if !ok || r.Own || !r.Files[i].Picture {
		return false
	}
	author, ok := authorOf(r)
	return !ok || p.h.u.veils.hides(author, f.Hash)
}

// authorOf is who wrote a row.
func authorOf(r *timeline.Row) (id chat.AccountID, ok bool) {
	return id, id.UnmarshalText([]byte(r.Author)) == nil
}

// veilItems offer to show somebody's pictures, or everybody's, from now on.
func (p *pane) veilItems(r *timeline.Row) []look.MenuItem {
	u := p.h.u
	author, ok := authorOf(r)
	for i := range r.Files {
		if ok && u.settings.Pictures == app.PicturesKnown && p.veiled(r, i) {
			return []look.MenuItem{
				{Text: tr.F("picture.always", "Name", inSentence(r.Name)), Icon: look.IconEye, Action: func() { u.know(author, true) }},
				{Text: tr.F("picture.ask.all", "Group", inSentence(u.groupName())), Icon: look.IconPeople, Action: func() { u.showPictures(true) }},
			}
		}
	}
	return nil
}

// askPictures is asked once in a group, after the first picture of a stranger that somebody
// wanted to see: whether that was all (docs/adr/0041). That one shows in any case.
func (u *UI) askPictures(author chat.AccountID, name string) {
	if u.view.PicturesAsked || u.settings.Pictures != app.PicturesKnown || author.IsZero() {
		return
	}
	name = inSentence(name)
	var d *dialog
	all := false // closed without a word is "only this one"
	choice := newOptions(0, []option{
		{tr.S("picture.ask.one"), tr.S("picture.ask.one.text")},
		{tr.F("picture.always", "Name", name), tr.S("picture.ask.person.text")},
		{tr.F("picture.ask.all", "Group", inSentence(u.groupName())), tr.S("picture.ask.all.text")},
	}, nil)
	done := look.NewButton(tr.S("picture.ask.do"), look.Primary, func() {
		if choice.at == 1 {
			u.know(author, true)
		}
		all = choice.at == 2
		d.Close()
	})
	d = u.open(dialogSpec{
		title: tr.S("picture.ask"), width: 480, buttons: []*look.Button{done}, closed: func() { u.showPictures(all) },
		body: column(14, newPara(tr.S("picture.ask.text"), look.Body, look.Secondary), choice, note(tr.S("picture.ask.where"))),
	})
}

// showPictures says whether everybody's pictures show by themselves in this group.
func (u *UI) showPictures(all bool) {
	u.pump.work(func(ctx context.Context) func() {
		err := u.core.ShowPictures(ctx, all)
		return func() {
			if err != nil {
				u.toast(explain(err).text, look.Bad)
			}
		}
	})
}

// groupPictures chooses the same later, in the settings.
func (u *UI) groupPictures() fyne.CanvasObject {
	at := 0
	if u.view.AllPictures {
		at = 1
	}
	return column(6, fieldName(tr.F("picture.in_group", "Group", inSentence(u.groupName()))),
		newSegments([]string{tr.S("picture.in_group.rule"), tr.S("privacy.pictures.all")}, at, func(i int) { u.showPictures(i == 1) }),
		note(tr.S("picture.in_group.text")))
}

// know says whether the person knows somebody.
func (u *UI) know(account chat.AccountID, on bool) {
	u.pump.work(func(ctx context.Context) func() {
		err := u.core.Know(ctx, account, on)
		return func() {
			if err != nil {
				u.toast(explain(err).text, look.Bad)
			}
		}
	})
}

// picturesChoice chooses whose pictures are shown by themselves.
func (u *UI) picturesChoice() *segments {
	var names []string
	for _, key := range []tr.Key{"privacy.pictures.known", "privacy.pictures.all", "privacy.pictures.never"} {
		names = append(names, tr.S(key))
	}
	return newSegments(names, indexOf(app.PictureChoices, u.settings.Pictures), func(i int) {
		u.change(func(s *app.Settings) { s.Pictures = app.PictureChoices[i] })
	})
}
