// Package look is the shared look of the window: theme, palette, sizes, icons,
// avatars and the small widgets everything is built of. It owns every colour and
// every length that more than one page uses; it must never know what a room or a
// message is, never start a goroutine and never hand work to the UI goroutine.
//
// All of it belongs to the UI goroutine.
//
//	theme     NewTheme(Options{Variant, TextSize}) → App.Settings().SetTheme; Bare for boxed entries
//	palette   Now() → *Palette in use; an Ink is func(*Palette) colour: Text, Secondary, Faint, Accent, Good, Warn, Bad, Link …
//	sizes     Sizes() → TextSizes in use; a Size is func(TextSizes) length: Body, Preview, Caption, Title, AppTitle, Display
//	icons     NewIcon(IconSearch, Secondary, 20), Glyph for a resource
//	avatars   NewAvatar(id, name, AvatarSize), NewTile, Hue, Face, Initials
//	text      NewLine, NewElided, NewStrong (one line, ends in "…"), Elide
//	scripts   Runs, LineRuns, MeasureRuns, RunTexts (mixed Latin, Chinese and emoji on one base line), Pictures, Cluster, Scale
//	boxes     NewBox(PanelFill, Radius, content), Boxed(entry), NewRule, NewPill, NewBadge
//	buttons   NewButton(text, Primary|Quiet|Plain|Dangerous, f), NewIconTextButton, NewIconButton(icon, tip, f)
//	floating  ShowMenu(canvas, position, items), WithTips(content) as window content for tooltips, ShowTip
//	own       NewRenderer(RendererParts{…}) for widgets of a fixed set of objects
//
// Colours are read when a widget refreshes, because the theme changes while
// widgets live: the toolkit refreshes all of them then. Layout functions are
// pure, or the window would repaint for ever.
//
// The look keeps to these: windows with SetPadded(false) and own layouts (the
// stock ones add the theme's padding everywhere); a grid of 4; body text 14 on
// lines of 20; separators of one pixel ([Rule]); no stock pop-ups.
package look
