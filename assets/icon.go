package assets

import "embed"

// IconSVG is the drawing of the app's icon, 512 units square.
//
//go:embed icon/hearth.svg
var IconSVG []byte

// IconPNG is the icon as windows and task bars want it, 256 pixels square.
//
//go:embed icon/hearth-256.png
var IconPNG []byte

// Icons holds the icon in all sizes as icon/hearth-N.png, N being one of
// [IconSizes], for the desktop's own folders and for notices.
//
//go:embed icon/hearth-*.png
var Icons embed.FS

// IconSizes are the widths and heights in [Icons], in pixels.
var IconSizes = []int{16, 24, 32, 48, 64, 128, 256, 512}
