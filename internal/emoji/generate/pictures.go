package main

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/draw"
	"golang.org/x/image/math/fixed"
)

const (
	side    = 72 // of a picture, pixels
	colours = 64
)

// writePictures writes the pictures in the format that assets/emoji describes.
func writePictures(in inputs, list []sequence, to string) error {
	face, err := openFont(in.font)
	if err != nil {
		return err
	}
	families, err := openFont(in.families)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "emoji")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	keys, family := keysOf(list)
	var files []string
	for i, key := range keys {
		from := face
		if family[key] {
			from = families
		}
		img, err := picture(from, key)
		if err != nil {
			return fmt.Errorf("%q: %w", key, err)
		}
		name := filepath.Join(folder, strconv.Itoa(i)+".png")
		if err := writePNG(name, img); err != nil {
			return err
		}
		files = append(files, name)
	}
	for part := range slices.Chunk(files, 100) {
		args := append([]string{"--force", "--ext", ".png", "--speed", "1", "--strip", strconv.Itoa(colours), "--"}, part...)
		if out, err := exec.Command("pngquant", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("pngquant: %w\n%s", err, out)
		}
	}
	return pack(keys, files, to)
}

func openFont(path string) (*font.Face, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return font.ParseTTF(bytes.NewReader(data))
}

// keysOf returns what needs a picture, each once, in order, and which of it are
// families; the letters of which flags are made, too, for those of countries to come.
func keysOf(list []sequence) (keys []string, family map[string]bool) {
	family = map[string]bool{}
	for _, s := range list {
		keys = append(keys, s.key())
		family[s.key()] = strings.HasPrefix(s.name, "family")
		if turns(s.name) {
			keys = append(keys, s.key()+"\u200D➡")
		}
	}
	for r := '\U0001F1E6'; r <= '\U0001F1FF'; r++ {
		keys = append(keys, string(r))
	}
	keys = append(keys, later...)
	slices.Sort(keys)
	return slices.Compact(keys), family
}

// later are emoji of Unicode 15.1, which Debian's list does not have and the font
// has.
var later = []string{
	"🙂\u200D↔", "🙂\u200D↕", "🐦\u200D🔥", "🍋\u200D🟩", "⛓\u200D💥", "🍄\u200D🟫",
	"🧑\u200D🧑\u200D🧒", "🧑\u200D🧑\u200D🧒\u200D🧒", "🧑\u200D🧒", "🧑\u200D🧒\u200D🧒",
}

// turns reports people who also face to the right since Unicode 15.1.
func turns(name string) bool {
	who, _, _ := strings.Cut(name, ":")
	for _, person := range []string{"person", "man", "woman"} {
		if what, ok := strings.CutPrefix(who, person+" "); ok {
			switch what {
			case "walking", "running", "kneeling", "with white cane", "in motorized wheelchair", "in manual wheelchair":
				return true
			}
		}
	}
	return false
}

// picture shapes a sequence, which must yield one glyph, and scales its picture.
func picture(face *font.Face, key string) (image.Image, error) {
	text := []rune(key)
	var shaper shaping.HarfbuzzShaper
	out := shaper.Shape(shaping.Input{
		Text: text, RunEnd: len(text), Direction: di.DirectionLTR, Face: face,
		Size: fixed.I(100), Script: language.Common, Language: "en",
	})
	var glyph font.GID
	for _, g := range out.Glyphs {
		if g.Width == 0 && g.Advance == 0 {
			continue
		}
		if glyph != 0 {
			return nil, errors.New("no picture of its own")
		}
		glyph = g.GlyphID
	}
	bitmap, ok := face.GlyphData(glyph).(font.GlyphBitmap)
	if !ok {
		return nil, errors.New("no picture")
	}
	src, err := png.Decode(bytes.NewReader(bitmap.Data))
	if err != nil {
		return nil, err
	}
	b := src.Bounds()
	b = image.Rect(b.Min.X+(b.Dx()-b.Dy())/2, b.Min.Y, b.Min.X+(b.Dx()+b.Dy())/2, b.Max.Y) // the margins are empty
	dst := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.CatmullRom.Scale(dst, dst.Bounds(), src, b, draw.Src, nil)
	return dst, nil
}

func writePNG(name string, img image.Image) error {
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		return err
	}
	return os.WriteFile(name, buf.Bytes(), 0o600)
}

// pack writes header, index, keys and pictures.
func pack(keys, files []string, to string) error {
	var data bytes.Buffer
	index := binary.BigEndian.AppendUint16([]byte("HEM1"), uint16(len(keys)))
	index = append(index, side)
	keyEnd := 0
	seen := map[string]int{} // pictures that several share
	for i, name := range files {
		packed, err := packPicture(name)
		if err != nil {
			return err
		}
		at, ok := seen[packed]
		if !ok {
			at = data.Len()
			seen[packed] = at
			data.WriteString(packed)
		}
		keyEnd += len(keys[i])
		index = binary.BigEndian.AppendUint32(index, uint32(keyEnd))
		index = binary.BigEndian.AppendUint32(index, uint32(at))
		index = binary.BigEndian.AppendUint32(index, uint32(len(packed)))
	}
	index = append(index, strings.Join(keys, "")...)
	return os.WriteFile(to, append(index, data.Bytes()...), 0o644)
}

// packPicture returns a picture as a deflated palette and pixels.
func packPicture(name string) (string, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	p, ok := img.(*image.Paletted)
	if !ok {
		return "", errors.New("pngquant left no palette")
	}
	raw := []byte{byte(len(p.Palette) - 1)}
	for _, c := range p.Palette {
		n := color.NRGBAModel.Convert(c).(color.NRGBA)
		raw = append(raw, n.R, n.G, n.B, n.A)
	}
	for y := range side {
		raw = append(raw, p.Pix[y*p.Stride:y*p.Stride+side]...)
	}
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(raw); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return out.String(), nil
}
