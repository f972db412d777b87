// Command generate makes the tables and pictures of emoji from the data of
// Unicode, of CLDR, of gemoji (short codes) and from the Noto Color Emoji font. It
// runs by hand when one of these has a new version; what it writes is committed,
// and nothing of it is needed to build.
//
// On Debian: apt install unicode-data unicode-cldr-core fonts-noto-color-emoji
// pngquant. The short codes are _tools/github.json of the module
// github.com/yuin/goldmark-emoji v1.0.6. Families come from the Noto Color Emoji of
// the module eliasnaur.com/font, noto/emoji/color, because newer ones draw them as
// four grey silhouettes. Then, at the top of the tree:
//
//	go run ./internal/emoji/generate -codes PATH/github.json -families PATH/NotoColorEmoji.ttf
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// inputs are the places to read from.
type inputs struct {
	unicode, cldr, font, families, codes string
}

func main() {
	var in inputs
	flag.StringVar(&in.unicode, "unicode", "/usr/share/unicode", "folder of the Unicode character database")
	flag.StringVar(&in.cldr, "cldr", "/usr/share/unicode/cldr/common", "folder of CLDR's common data")
	flag.StringVar(&in.font, "font", "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf", "font with pictures of 136 by 128")
	flag.StringVar(&in.families, "families", "", "another such font, for families")
	flag.StringVar(&in.codes, "codes", "github.json", "short codes")
	pictures := flag.Bool("pictures", true, "make the pictures, too (a minute)")
	flag.Parse()
	if err := run(in, *pictures); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(in inputs, pictures bool) error {
	list, err := readTest(filepath.Join(in.unicode, "emoji/emoji-test.txt"))
	if err != nil {
		return err
	}
	if err := writeRanges(in, "internal/emoji/ranges.go"); err != nil {
		return err
	}
	if err := writeTable(in, list, "internal/emoji/table.tsv"); err != nil {
		return err
	}
	if err := writeTestdata(list, "internal/emoji/testdata/sequences.txt"); err != nil {
		return err
	}
	if !pictures {
		return nil
	}
	return writePictures(in, list, "assets/emoji/pictures.bin")
}
