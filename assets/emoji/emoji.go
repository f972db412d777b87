// Package emoji holds the pictures of emoji that are built into the window. It
// hands out bytes, apart from the other assets so that programs without a window
// do not carry them; it must never import a toolkit or interpret what it holds.
//
// They are made by internal/emoji/generate and laid out as
//
//	"HEM1"
//	number of pictures, 2 bytes, big endian like all below
//	side of each picture in pixels, 1 byte
//	for each picture, in the order of its key:
//	    end of its key among the keys, start of its data, length of its data, 4 bytes each
//	all keys: the emoji without U+FE0F, UTF-8
//	all data: deflated (RFC 1951): number of colours less one, the colours as red,
//	    green, blue, opacity, not premultiplied, then one byte for each pixel
package emoji

import _ "embed"

// Pictures is the whole file.
//
//go:embed pictures.bin
var Pictures string
