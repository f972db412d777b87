package desktop

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image/png"

	"golang.org/x/image/bmp"
)

// maxDIBPixels is the most that is unpacked of a picture without a file's header.
const maxDIBPixels = 40_000_000

// pictureOfDIB makes a PNG of a device-independent bitmap, which Windows has in its
// clipboard: a bitmap file without its first 14 bytes.
func pictureOfDIB(data []byte) ([]byte, error) {
	const fileHeader, least = 14, 40
	if len(data) < least {
		return nil, ErrNoClip
	}
	le := binary.LittleEndian
	header, depth, compression, colours := le.Uint32(data), le.Uint16(data[14:]), le.Uint32(data[16:]), le.Uint32(data[32:])
	if int64(header) > int64(len(data)) || header < least || colours > 256 {
		return nil, ErrNoClip
	}
	pixels := fileHeader + header
	switch {
	case depth <= 8:
		if colours == 0 {
			colours = 1 << depth
		}
		pixels += 4 * colours
	case compression == 3 && header == least: // three masks follow
		// As of programs from before masks were part of the header: 32 bits in the usual
		// order are all there is in practice.
		data = append(bytes.Clone(data[:least]), data[min(least+12, len(data)):]...)
		le.PutUint32(data[16:], 0)
	}
	file := make([]byte, fileHeader, fileHeader+len(data))
	copy(file, "BM")
	le.PutUint32(file[2:], uint32(fileHeader+len(data))) //nolint:gosec // bounded by MaxClip
	le.PutUint32(file[10:], pixels)
	file = append(file, data...)
	info, err := bmp.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoClip, err)
	}
	if info.Width <= 0 || info.Height <= 0 || int64(info.Width)*int64(info.Height) > maxDIBPixels {
		return nil, ErrClipLarge
	}
	img, err := bmp.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoClip, err)
	}
	var out bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, img)
	return out.Bytes(), err
}
