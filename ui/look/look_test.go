package look

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// contrast is the ratio of WCAG 2.
func contrast(a, b color.NRGBA) float64 {
	lum := func(c color.NRGBA) float64 {
		f := func(v uint8) float64 {
			x := float64(v) / 255
			if x <= 0.03928 {
				return x / 12.92
			}
			return math.Pow((x+0.055)/1.055, 2.4)
		}
		return 0.2126*f(c.R) + 0.7152*f(c.G) + 0.0722*f(c.B)
	}
	x, y := lum(a), lum(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// TestContrast: what people read can be read, in both palettes.
func TestContrast(t *testing.T) {
	palettes := map[string]*Palette{"light": Light(), "dark": Dark()}
	for _, name := range AccentNames() {
		palettes[name+" light"], palettes[name+" dark"] = paletteOf(name, false), paletteOf(name, true)
	}
	if len(AccentNames()) < 6 || len(palettes) != 2+2*len(AccentNames()) {
		t.Fatalf("%d palettes of %q", len(palettes), AccentNames())
	}
	for name, p := range palettes {
		check := func(what string, ink, on color.NRGBA, least float64) {
			t.Helper()
			if c := contrast(ink, on); c < least {
				t.Errorf("%s: %s has contrast %.2f, want %.1f", name, what, c, least)
			}
		}
		for surface, on := range map[string]color.NRGBA{"chat": p.Chat, "panel": p.Panel, "bubble": p.Bubble, "raised": p.Raised, "field": p.Field, "selected": p.Selected} {
			check("text on "+surface, p.Text, on, 10)
			check("second on "+surface, p.Second, on, 4.5)
			check("faint on "+surface, p.Faint, on, 4.5)
			check("link on "+surface, p.Link, on, 4.5)
			check("bad on "+surface, p.Bad, on, 4.5)
			check("good on "+surface, p.Good, on, 4.5)
			check("warn on "+surface, p.Warn, on, 4.5)
		}
		check("own text", p.OwnText, p.Own, 7)
		check("own time", p.OwnFaint, p.Own, 4.5)
		check("own link", p.OwnLink, p.Own, 4.5)
		check("own failure mark", p.Bad, p.Own, 3)
		check("text on accent", p.OnAccent, p.Accent, 4.5)
		check("text on accent, under the pointer", p.OnAccent, p.AccentHover, 4.5)
		check("accent on panel", p.Accent, p.Panel, 3)
		check("good", p.Good, p.GoodSoft, 4.5)
		check("warn", p.Warn, p.WarnSoft, 4.5)
		check("bad", p.Bad, p.BadSoft, 4.5)
		check("selected text", p.Text, p.Marked, 4.5)
		for i := CodePlain; i < CodeInks; i++ {
			check(fmt.Sprint("code ", i), p.Code[i], p.CodeBox, 4.5)
			check(fmt.Sprint("own code ", i), p.OwnCode[i], p.OwnCodeBox, 4.5)
			if i > CodeComment && (p.Code[i] == p.Code[i-1] || p.OwnCode[i] == p.OwnCode[i-1]) {
				t.Errorf("%s: inks %d and %d of code are the same", name, i-1, i)
			}
		}
		for i, n := range p.Names {
			check("name "+string(rune('0'+i)), n, p.Bubble, 4.5)
		}
	}
}

func TestThemeIsComplete(t *testing.T) {
	for _, v := range []string{"light", "dark", "system"} {
		test.AssertAllColorNamesDefined(t, NewTheme(Options{Variant: v}), v)
	}
	small, big := NewTheme(Options{TextSize: 0.1}), NewTheme(Options{TextSize: 9})
	if s, b := small.Size(theme.SizeNameText), big.Size(theme.SizeNameText); s < 11 || b > 23 {
		t.Errorf("text from %v to %v: the factor is not limited", s, b)
	}
	if NewTheme(Options{}).Size(theme.SizeNameText) != 14 {
		t.Error("normal text is not 14")
	}
}

// TestNow: the palette follows the choice, else the system.
func TestNow(t *testing.T) {
	app := test.NewTempApp(t)
	for v, want := range map[string]*Palette{"light": Light(), "dark": Dark()} {
		app.Settings().SetTheme(NewTheme(Options{Variant: v, TextSize: 1.5}))
		if Now() != want || Sizes().Body != 21 {
			t.Errorf("%s: dark %v, body %v", v, Now().Dark, Sizes().Body)
		}
	}
	system := NewTheme(Options{})
	if system.palette(theme.VariantDark) != Dark() || system.palette(theme.VariantLight) != Light() {
		t.Error("does not follow the system")
	}
}

// TestIconsDraw: every drawing is valid and shows something, and no two are alike.
func TestIconsDraw(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(NewTheme(Options{Variant: "light"}))
	seen := map[string]Icon{}
	for _, i := range Icons() {
		w := test.NewTempWindow(t, NewIcon(i, Text, 24))
		w.SetPadded(false)
		w.Resize(fyne.NewSquareSize(24))
		img := w.Canvas().Capture()
		var dark strings.Builder
		n := 0
		for y := range 24 {
			for x := range 24 {
				r, _, _, _ := img.At(x, y).RGBA()
				if r < 0x8000 {
					n++
					dark.WriteByte('#')
				} else {
					dark.WriteByte(' ')
				}
			}
		}
		if n < 8 {
			t.Errorf("%s draws %d pixels", i, n)
		}
		if other, ok := seen[dark.String()]; ok {
			t.Errorf("%s looks like %s", i, other)
		}
		seen[dark.String()] = i
	}
	if Glyph(IconSend, Light().Accent).Name() == Glyph(IconSend, Dark().Accent).Name() {
		t.Error("two colours under one name: the toolkit would mix them up")
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"Ana Borg": "AB", "ana": "A", "Marek van der Vella": "MV", "李伟 Li Wei": "李", "żeża ħut": "ŻĦ", "": "", "  ": "", "🎉": "🎉",
		"#general": "G", "3 musketeers": "3M", "\u202e x": "X", "田中": "田", "O'Neil": "ON",
		"e\u0301\u0302\u0303\u0304 b": "E\u0301B", "Anna (member)": "A", "Ana Borg (ana.b)": "AB", " (x)": "X", "(a) (b)": "A",
		"🔥🔥🔥": "🔥", "🎉 party": "P", "🇲🇹🔥": "🇲🇹", "👨‍👩‍👧 !": "👨‍👩‍👧", "!!! 🔥": "🔥", "🔥 (ann)": "🔥", "#!": "#", "!\u0301\u0302": "!",
	} {
		if got := Initials(name); got != want {
			t.Errorf("Initials(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestHueSpreads(t *testing.T) {
	var count [Hues]int
	for i := range 800 {
		count[Hue(strings.Repeat("x", i%7)+string(rune('a'+i%26))+string(rune('A'+i/26)))]++
	}
	if slices.Min(count[:]) == 0 {
		t.Errorf("some hues are never used: %v", count)
	}
}

func TestElide(t *testing.T) {
	test.NewTempApp(t)
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Z ]{0,80}`)).Draw(t, "text")
		width := rapid.Float32Range(20, 400).Draw(t, "width")
		got := Elide(s, width, 14, fyne.TextStyle{})
		if w := MeasureRuns(got, 14, fyne.TextStyle{}); w > width+1 && got != "…" {
			t.Fatalf("%q is %v wide, not %v", got, w, width)
		}
		cut, elided := strings.CutSuffix(got, "…")
		if elided && !strings.HasPrefix(oneLine(s), cut) {
			t.Fatalf("%q is not the start of %q", got, s)
		}
	})
	if got := Elide(strings.Repeat("x", 1<<20), 100, 14, fyne.TextStyle{}); len(got) > 40 {
		t.Errorf("a megabyte became %d bytes", len(got))
	}
	if got := Elide("two\nlines", 400, 14, fyne.TextStyle{}); got != "two lines" {
		t.Errorf("%q", got)
	}
}

// TestMostThat asks for each possible answer, from each guess.
func TestMostThat(t *testing.T) {
	for most := range 40 {
		for want := range most + 1 {
			for guess := -1; guess < most+3; guess++ {
				asked := 0
				got := mostThat(most, guess, func(n int) bool {
					if asked++; n < 1 || n > most {
						t.Fatalf("asked for %d of %d", n, most)
					}
					return n <= want
				})
				if got != want || asked > 12 {
					t.Fatalf("%d of %d from %d: %d after %d questions", want, most, guess, got, asked)
				}
			}
		}
	}
}

func TestRuns(t *testing.T) {
	for s, want := range map[string][]Run{
		"":                 {{"", Latin}},
		"plain ħġ":         {{"plain ħġ", Latin}},
		"李伟 Li":            {{"李伟 ", Wide}, {"Li", Latin}},
		"ok 👍 good":        {{"ok ", Latin}, {"👍", Emoji}, {" good", Latin}},
		"❤\uFE0F":          {{"❤\uFE0F", Emoji}},
		"a👨\u200d👩\u200d👧": {{"a", Latin}, {"👨\u200d👩\u200d👧", Emoji}},
		"→ 5 ½":            {{"→ 5 ½", Latin}},
		"❤ ☺\uFE0E":        {{"❤ ☺\uFE0E", Sign}},
		"\U0001FAE9":       {{"\U0001FAE9", Sign}}, // younger than our pictures
		"1\uFE0F\u20E3 2":  {{"1\uFE0F\u20E3", Emoji}, {" 2", Latin}},
		"⏩©\uFE0F©":        {{"⏩©\uFE0F", Emoji}, {"©", Latin}},
		"🇲🇹🇨🇳中":            {{"🇲🇹🇨🇳", Emoji}, {"中", Wide}},
	} {
		if d := cmp.Diff(want, Runs(s)); d != "" {
			t.Errorf("%q: %s", s, d)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		var b strings.Builder
		for _, r := range Runs(s) {
			b.WriteString(r.Text)
		}
		if b.String() != s {
			t.Fatalf("%q became %q", s, b.String())
		}
	})
}

// TestScriptsShareABaseLine draws mixed text and looks where the signs stand: the
// middle of a Chinese sign is 0.38 of the size above the base line that Latin
// letters stand on.
func TestScriptsShareABaseLine(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(NewTheme(Options{Variant: "light"}))
	rows := func(s string, size float32) (top, bottom int, ok bool) {
		l := NewLine(s, func(TextSizes) float32 { return size }, Text)
		w := test.NewTempWindow(t, container.NewStack(l))
		w.SetPadded(false)
		w.Resize(fyne.NewSize(size*3, size*2))
		return inkOn(w.Canvas().Capture())
	}
	if measureDrop(Wide) == 0 {
		t.Skip("no Chinese font here")
	}
	for _, size := range []float32{13, 14, 16, 22} {
		_, base, ok := rows("H", size)
		top, bottom, ok2 := rows("国", size)
		if !ok || !ok2 {
			t.Fatal("nothing drawn")
		}
		middle := float32(base+1) - float32(top+bottom+1)/2
		if d := middle - 0.38*size; d > 1.1 || d < -1.1 {
			t.Errorf("at %v the sign's middle is %v above the base line, want %v", size, middle, 0.38*size)
		}
	}
}

// inkOn finds the rows with something darker than the background.
func inkOn(img image.Image) (top, bottom int, ok bool) {
	b := img.Bounds()
	back, _, _, _ := img.At(b.Max.X-1, b.Max.Y-1).RGBA()
	top, bottom = b.Max.Y, -1
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if r, _, _, _ := img.At(x, y).RGBA(); r+0x6000 < back {
				top, bottom = min(top, y), max(bottom, y)
			}
		}
	}
	return top, bottom, bottom >= 0
}

func press(f fyne.Focusable, k fyne.KeyName) { f.TypedKey(&fyne.KeyEvent{Name: k}) }

func TestButtons(t *testing.T) {
	test.NewTempApp(t)
	n := 0
	b, i := NewButton("Go", Primary, func() { n++ }), NewIconButton(IconSend, "Send", func() { n += 10 })
	w := test.NewTempWindow(t, WithTips(container.NewHBox(b, i)))
	w.Resize(fyne.NewSize(300, 200))
	test.Tap(b)
	press(b, fyne.KeyReturn)
	press(b, fyne.KeySpace)
	press(b, fyne.KeyA)
	test.Tap(i)
	press(i, fyne.KeyEnter)
	if n != 23 {
		t.Errorf("pressed: %d", n)
	}
	b.Disable()
	i.Disable()
	test.Tap(b)
	press(i, fyne.KeyReturn)
	if n != 23 || b.Cursor() != desktop.DefaultCursor {
		t.Error("disabled, but pressed")
	}
	i.Enable()
	tip := tipRootOf(i)
	i.MouseIn(&desktop.MouseEvent{})
	if tip == nil || tip.box.Hidden || tip.text.Text() != "Send" {
		t.Fatal("no tooltip")
	}
	i.MouseOut()
	if !tip.box.Hidden {
		t.Error("the tooltip stays")
	}
	i.MouseIn(&desktop.MouseEvent{})
	test.Tap(i)
	if !tip.box.Hidden {
		t.Error("the tooltip stays after a press")
	}
}

func TestMenu(t *testing.T) {
	test.NewTempApp(t)
	var got []string
	item := func(s string) MenuItem { return MenuItem{Text: s, Action: func() { got = append(got, s) }} }
	off := item("off")
	off.Off = true
	b := NewButton("x", Quiet, nil)
	w := test.NewTempWindow(t, b)
	w.Resize(fyne.NewSize(500, 400))
	w.Canvas().Focus(b)
	open := func(at fyne.Position) *Menu {
		return ShowMenu(w.Canvas(), at, []MenuItem{item("one"), off, {}, item("two")})
	}
	m := open(fyne.NewPos(20, 20))
	for _, k := range []fyne.KeyName{fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn} { // over what is off
		press(m, k)
	}
	m = open(fyne.NewPos(20, 20))
	for _, k := range []fyne.KeyName{fyne.KeyUp, fyne.KeyUp, fyne.KeyUp, fyne.KeySpace} {
		press(m, k)
	}
	m = open(fyne.NewPos(20, 20))
	m.Tapped(&fyne.PointEvent{Position: m.panel.Add(m.rows[1]).AddXY(5, 5)}) // off: nothing
	m.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: m.panel.Add(m.rows[0]).AddXY(5, 5)}})
	if m.chosen != 0 {
		t.Error("the pointer does not choose")
	}
	m.Tapped(&fyne.PointEvent{Position: m.panel.Add(m.rows[3]).AddXY(5, 5)})
	m = open(fyne.NewPos(20, 20))
	m.Tapped(&fyne.PointEvent{Position: fyne.NewPos(490, 390)})
	if d := cmp.Diff([]string{"two", "two", "two"}, got); d != "" {
		t.Error(d)
	}
	if w.Canvas().Overlays().Top() != nil || w.Canvas().Focused() != fyne.Focusable(b) {
		t.Error("the menu stays, or keeps the focus")
	}
	for _, at := range []fyne.Position{{}, {X: 490, Y: 390}, {X: 900, Y: 900}, {X: -50, Y: 200}} {
		m = open(at)
		if m.panel.X < 0 || m.panel.Y < 0 || m.panel.X+m.size.Width > 500 || m.panel.Y+m.size.Height > 400 {
			t.Errorf("opened at %v it lies at %v, size %v", at, m.panel, m.size)
		}
		press(m, fyne.KeyEscape)
	}
}

// TestMaster keeps the widgets' look as markup. Latin only: other letters depend
// on the machine's fonts.
func TestMaster(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(NewTheme(Options{Variant: "light"}))
	state := NewPill("Connected", GoodFill, Good)
	state.Dot = true
	off := NewButton("Off", Primary, nil)
	off.Disable()
	avatar := NewAvatar("ana", "Ana Borg", AvatarSize)
	avatar.SetDot(Good, PanelFill)
	title := NewStrong("release room with a long name", Title, Text)
	board := container.NewVBox(
		container.NewHBox(NewButton("Primary", Primary, nil), NewIconTextButton(IconTrash, "Discard", Dangerous, nil), NewButton("Plain", Plain, nil), off, NewIconButton(IconSearch, "", nil)),
		container.NewHBox(state, NewBadge("12"), avatar),
		container.NewGridWrap(fyne.NewSize(120, 24), title),
		NewRule(), Boxed(NewLine("entry", Body, Faint)),
	)
	w := test.NewTempWindow(t, NewBox(PanelFill, 0, board))
	w.SetPadded(false)
	w.Resize(fyne.NewSize(480, 240))
	test.AssertRendersToMarkup(t, "board-light.xml", w.Canvas())
	app.Settings().SetTheme(NewTheme(Options{Variant: "dark", TextSize: 1.3}))
	w.Content().Refresh()
	test.AssertRendersToMarkup(t, "board-dark-large.xml", w.Canvas())
}

// TestPillFits: a pill that gets less than it wants shows less, and all of it again.
func TestPillFits(t *testing.T) {
	test.NewTempApp(t)
	p := NewPill("Connected · under 1 ms", GoodFill, Good)
	p.Dot, p.Elides = true, true
	whole := p.MinSize()
	shown := func() string {
		for _, o := range test.WidgetRenderer(p).Objects() {
			if text, ok := o.(*canvas.Text); ok {
				if text.MinSize().Width > p.Size().Width {
					t.Errorf("%q is wider than its pill of %v", text.Text, p.Size())
				}
				return text.Text
			}
		}
		return ""
	}
	p.Resize(whole)
	if got := shown(); got != "Connected · under 1 ms" {
		t.Errorf("%q with all the room it wants", got)
	}
	p.Resize(fyne.NewSize(whole.Width*0.6, whole.Height))
	if got := shown(); got == "" || !strings.HasSuffix(got, "…") {
		t.Errorf("%q in a narrow pill", got)
	}
	p.SetText("Connected · under 2 ms")
	if got := shown(); !strings.HasSuffix(got, "…") {
		t.Errorf("%q after another text", got)
	}
	p.SetText("Connected · under 1 ms")
	p.Resize(whole)
	if got := shown(); got != "Connected · under 1 ms" {
		t.Errorf("%q once there is room again", got)
	}
}

// TestTallMenu: a menu that does not fit the window is as high as that, and keys and
// the wheel reach all of it.
func TestTallMenu(t *testing.T) {
	test.NewTempApp(t)
	w := test.NewTempWindow(t, NewButton("x", Quiet, nil))
	w.Resize(fyne.NewSize(300, 200))
	got := ""
	var items []MenuItem
	for i := range 20 {
		name := string(rune('a' + i))
		items = append(items, MenuItem{Text: name, Icon: IconCopy, Action: func() { got += name }})
	}
	shown := func(m *Menu) (names string) {
		for _, o := range test.WidgetRenderer(m).Objects() {
			text, ok := o.(*canvas.Text)
			if !ok || text.Hidden {
				continue
			}
			if names += text.Text; text.Position().Y < m.panel.Y || text.Position().Y+text.Size().Height > m.panel.Y+m.size.Height {
				t.Errorf("%q lies at %v beside the panel", text.Text, text.Position())
			}
		}
		return names
	}
	m := ShowMenu(w.Canvas(), fyne.NewPos(20, 150), items)
	if m.panel.Y < 8 || m.panel.Y+m.size.Height > 192 || !strings.HasPrefix(shown(m), "ab") {
		t.Errorf("at %v, %v high, shows %q", m.panel, m.size.Height, shown(m))
	}
	press(m, fyne.KeyEnd)
	if !strings.HasSuffix(shown(m), "st") {
		t.Errorf("at the end it shows %q", shown(m))
	}
	press(m, fyne.KeyReturn)
	m = ShowMenu(w.Canvas(), fyne.NewPos(20, 150), items)
	middle := m.panel.AddXY(30, m.size.Height/2)
	m.Scrolled(&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: middle}, Scrolled: fyne.Delta{DY: -menuRow * 3}})
	if !strings.HasPrefix(shown(m), "d") || m.chosen < 4 {
		t.Errorf("after the wheel it shows %q, chosen %d", shown(m), m.chosen)
	}
	m.Tapped(&fyne.PointEvent{Position: m.panel.AddXY(30, menuPad+5)})
	if got != "td" {
		t.Errorf("taken: %q", got)
	}
}
