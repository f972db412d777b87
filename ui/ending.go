package ui

import (
	"context"
	"strings"

	"hearth/ui/look"
	"hearth/ui/tr"
)

// Ending a group that is hosted here.

// askEnd asks whether a group that is hosted here shall end; it says who has an account and
// what the server has. Nothing ends before its name is typed.
func (u *UI) askEnd(title string) {
	name := groupName(u.view)
	group := inSentence(name)
	f := newForm(u)
	var d *dialog
	who := newPara(tr.F("ending.text", "Group", group), look.Body, look.Text)
	choice := newOptions(0, []option{
		{tr.S("ending.keep.data"), tr.S("ending.keep.text")},
		{tr.S("ending.erase.data"), tr.S("ending.erases")},
	}, nil)
	typed := newField(tr.F("ending.type", "Group", group), "")
	submit := func() {
		if !strings.EqualFold(strings.TrimSpace(typed.Text()), name) {
			typed.SetError(tr.F("ending.type.wrong", "Group", group))
			typed.Focus()
			return
		}
		keep, folder := choice.at == 0, ""
		f.run(tr.S("ending.busy"), func(ctx context.Context) (err error) {
			folder, err = u.core.EndHosting(ctx, keep)
			return err
		}, func() {
			u.closeAll()
			if keep {
				u.showKept(group, folder)
			}
		})
	}
	f.add("group", typed, submit)
	keep := look.NewButton(tr.S("ending.keep"), look.Quiet, func() { d.Close() })
	f.submit = look.NewButton(tr.S("ending.do"), look.Dangerous, submit)
	export := look.NewButton(tr.S("farewell.export.open"), look.Quiet, u.chooseExport)
	d = u.open(dialogSpec{
		title: title, width: 520, focus: keep,
		body: column(14, who, note(tr.S("ending.others.keep")), choice,
			column(6, note(tr.S("farewell.export")), row(0, export)), typed, f.all, f.busy),
		buttons: []*look.Button{keep, f.submit},
	})
	f.page = d
	u.countEnding(group, who, d)
}

// countEnding says who has an account in the group, and how much its server has.
func (u *UI) countEnding(group string, who *para, d *dialog) {
	own := number(!ended(u.view)) // counted as well
	u.pump.work(func(ctx context.Context) func() {
		s, err := u.core.HostingStock(ctx)
		return func() {
			if err != nil {
				return // its server does not run
			}
			text := tr.F("ending.nobody", "Group", group)
			if others := s.Accounts - own; others > 0 {
				text = tr.N("ending.others", others, "Group", group)
			} else if own > 0 {
				text = tr.F("ending.alone", "Group", group)
			}
			who.SetText(text + " " + tr.N("ending.messages", s.Messages))
			d.Refresh()
		}
	})
}

// showKept says where the data of a group that was hosted here are now.
func (u *UI) showKept(group, folder string) {
	command := "hearth-server --data " + shellWord(folder)
	done := look.NewButton(tr.S("button.done"), look.Primary, func() { u.closeAll() })
	copyIt := look.NewIconTextButton(look.IconCopy, tr.S("ending.kept.copy"), look.Quiet, func() { u.copyText(command) })
	u.open(dialogSpec{
		title: tr.F("ending.kept", "Group", group), width: 520, focus: done,
		body: column(14, newPara(tr.S("ending.kept.text"), look.Body, look.Text),
			newBoxed(look.FieldFill, nil, 12, 10, monoPara(folder, look.Text)),
			note(tr.S("ending.kept.again")), note(tr.S("ending.kept.serve")), newBoxed(look.FieldFill, nil, 12, 10, monoPara(command, look.Text)), row(0, copyIt)),
		buttons: []*look.Button{done},
	})
}

// shellWord quotes a path that has more in it than a command line takes as one word.
func shellWord(path string) string {
	if !strings.ContainsAny(path, " \t'\"$`&;|<>()*?[]#~") {
		return path
	}
	if strings.Contains(path, `\`) { // Windows
		return `"` + path + `"`
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
