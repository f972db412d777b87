package ui

import (
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hearth/internal/linkguard"
	"hearth/ui/editor"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// input is a line that gives the window what it does not use: shortcuts and Escape
// would otherwise end in it.
type input struct {
	editor.Editor
	shortcut func(fyne.Shortcut) bool  // window's; true if it was one of them
	key      func(*fyne.KeyEvent) bool // asked first; true if used
	full     func()                    // told that there is no room for what was typed or pasted; may be nil
	noText   func()                    // told that what was to be pasted is no text; may be nil
	focus    func(focused bool)        // told
	name     string                    // for a screen reader; "": what stands in it while it is empty
	complete func(do bool) bool        // reports whether Tab goes on with what is typed, and does it; may be nil
}

func newInput() *input {
	e := &input{}
	e.InitLine()
	e.Self = e
	e.ExtendBaseWidget(e)
	return e
}

// TypedShortcut implements fyne.Shortcutable.
func (e *input) TypedShortcut(s fyne.Shortcut) {
	if e.shortcut != nil && e.shortcut(s) {
		e.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft}) // what it opened is told when the key is let go
		return
	}
	switch p := s.(type) {
	case *fyne.ShortcutPaste:
		e.take(p)
		return
	case *desktop.CustomShortcut: // the toolkit knows Ctrl+Y only
		if p.ShortcutName() == redoKey().ShortcutName() {
			s = &fyne.ShortcutRedo{}
		}
	}
	e.Editor.TypedShortcut(s)
}

// mostTyped is how many characters a line takes. All of it is laid out at each key, and
// no name, link or path is as long.
const mostTyped = 4000

// room is how many characters the line takes in the place of what is selected.
func (e *input) room() int {
	return max(0, mostTyped-utf8.RuneCountInString(e.Text())+utf8.RuneCountInString(e.Selected()))
}

// TypedRune implements fyne.Focusable.
func (e *input) TypedRune(r rune) {
	if e.room() > 0 {
		e.Editor.TypedRune(r)
	} else if e.full != nil {
		e.full()
	}
}

// take pastes what is not too much and can be seen: a hidden character in a name would
// be refused, and nobody could find it.
func (e *input) take(p *fyne.ShortcutPaste) {
	text := p.Clipboard.Content()
	if !editor.IsText(text) { // judged before what it holds is cleaned away
		if e.noText != nil {
			e.noText()
		}
		return
	}
	if !e.Secret() { // a secret is what it is
		text = linkguard.CleanLine(strings.TrimRight(text, "\r\n"))
	}
	r, room := []rune(text), e.room()
	e.Editor.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipping(r[:min(len(r), room)])})
	if len(r) > room && e.full != nil {
		e.full()
	}
}

// clipping is a clipboard with one text.
type clipping []rune

// Content implements fyne.Clipboard.
func (c clipping) Content() string { return string(c) }

// SetContent implements fyne.Clipboard; nothing asks for it.
func (clipping) SetContent(string) {}

// TypedKey implements fyne.Focusable.
func (e *input) TypedKey(k *fyne.KeyEvent) {
	switch {
	case e.key != nil && e.key(k):
	case k.Name == fyne.KeyTab && e.complete != nil:
		e.complete(true)
	case k.Name == fyne.KeyEscape || functionKey(k.Name), (k.Name == fyne.KeyPageUp || k.Name == fyne.KeyPageDown) && !e.Long():
		passKey(e, k)
	default:
		e.Editor.TypedKey(k)
	}
}

// AcceptsTab implements fyne.Tabbable: Tab goes to the next control unless it completes
// what is typed.
func (e *input) AcceptsTab() bool { return e.complete != nil && e.complete(false) }

// functionKey reports F1 to F12.
func functionKey(k fyne.KeyName) bool { return len(k) > 1 && k[0] == 'F' && k[1] >= '0' && k[1] <= '9' }

// FocusGained implements fyne.Focusable.
func (e *input) FocusGained() {
	e.Editor.FocusGained()
	look.Focused(e)
	if e.focus != nil {
		e.focus(true)
	}
}

// FocusLost implements fyne.Focusable.
func (e *input) FocusLost() {
	e.Editor.FocusLost()
	if e.focus != nil {
		e.focus(false)
	}
}

// field is an input with its name above and a hint or an error below.
type field struct {
	*fyne.Container
	entry *input
	box   *look.Box
	under *para
	page  interface{ Refresh() } // what must be laid out anew when an error comes; may be nil
	hint  string
	bad   bool
	full  bool // an error is about what was typed or pasted last
	here  bool // it has the focus
}

// canvasObject implements composed.
func (f *field) canvasObject() fyne.CanvasObject { return f.Container }

func newField(label, hint string) *field {
	f := &field{entry: newInput(), hint: hint}
	f.build(label)
	return f
}

// newSecretField hides what is typed; an eye shows it.
func newSecretField(label, hint string) *field {
	f := &field{entry: newInput(), hint: hint}
	f.entry.SetSecret(false)
	var eye *look.IconButton
	eye = look.NewIconButton(look.IconEye, tr.S("field.show"), func() {
		f.entry.SetSecret(f.entry.Concealed())
		icon := look.IconEyeOff
		if f.entry.Concealed() {
			icon = look.IconEye
		}
		eye.SetIcon(icon)
	})
	f.build(label, eye)
	return f
}

func (f *field) build(label string, extra ...fyne.CanvasObject) {
	f.box = look.NewBox(look.FieldFill, look.Radius, rowGrow(0, 0, append([]fyne.CanvasObject{f.entry}, extra...)...))
	f.box.PadX, f.box.PadY = 4, 1
	f.entry.name = label
	f.under = note(f.hint)
	f.under.Show()
	f.entry.focus = func(here bool) {
		f.here = here
		f.mark()
	}
	f.entry.full = func() {
		f.SetError(tr.N("field.full", mostTyped))
		f.full = true
	}
	f.entry.noText = func() {
		f.SetError(tr.S("field.no_text"))
		f.full = true
	}
	f.entry.OnMoved = func() {
		if f.full {
			f.SetError("")
		}
	}
	objects := []fyne.CanvasObject{f.box, f.under}
	if label != "" {
		objects = append([]fyne.CanvasObject{fieldName(label)}, objects...)
	}
	f.Container = column(5, objects...)
	f.showUnder()
}

// mark draws the border: bad while an error shows, accented with the focus.
func (f *field) mark() {
	switch {
	case f.bad:
		f.box.Edge = look.Bad
	case f.here:
		f.box.Edge = look.Accent
	default:
		f.box.Edge = nil
	}
	f.box.Refresh()
}

func (f *field) showUnder() {
	if f.under.text == "" {
		f.under.Hide()
	} else {
		f.under.Show()
	}
}

// SetHint changes what stands under the field while nothing is wrong.
func (f *field) SetHint(text string) {
	if f.hint == text {
		return
	}
	f.hint = text
	if !f.bad {
		f.SetError("")
	}
}

// SetError shows what is wrong with the value, "" removes it.
func (f *field) SetError(text string) {
	f.bad, f.full = text != "", false
	if f.bad {
		f.under.Set(text, look.Bad)
	} else {
		f.under.Set(f.hint, look.Secondary)
	}
	f.showUnder()
	f.mark()
	if f.page != nil {
		f.page.Refresh()
	}
}

// Text returns what was typed.
func (f *field) Text() string { return f.entry.Text() }

// Focus moves the keyboard's focus here.
func (f *field) Focus() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(f.entry); c != nil {
		c.Focus(f.entry)
	}
}

// secret returns what was typed as bytes that whoever takes them may wipe. The field's
// own copies cannot be wiped.
func (f *field) secret() []byte { return []byte(f.entry.Text()) }

// wipe empties the entry.
func (f *field) wipe() { f.entry.SetText("") }
