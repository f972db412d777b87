package emojiart

import (
	"image"

	"golang.org/x/image/draw"
)

// scaled returns a picture in other pixels. Making it much smaller is done by
// averaging, which is quick and exact; otherwise a sharper filter pays.
func scaled(src *image.RGBA, side int) *image.RGBA {
	dst := image.NewRGBA(image.Rect(0, 0, side, side))
	from := src.Rect.Dx()
	switch {
	case side == from:
		copy(dst.Pix, src.Pix)
	case side*3 <= from*2:
		average(dst, src)
	default:
		draw.CatmullRom.Scale(dst, dst.Rect, src, src.Rect, draw.Src, nil)
	}
	return dst
}

// average makes each pixel the mean of what it covers. First along the rows, then
// along the columns; shares are in 256ths of a source pixel.
func average(dst, src *image.RGBA) {
	from, to := src.Rect.Dx(), dst.Rect.Dx()
	rows := make([]uint32, to*from*4) // sums along the rows
	for y := range from {
		line := src.Pix[y*src.Stride : y*src.Stride+from*4]
		for x := range to {
			var sum [4]uint32
			cover(x, from, to, func(at int, share uint32) {
				for k := range sum {
					sum[k] += uint32(line[at*4+k]) * share
				}
			})
			copy(rows[(y*to+x)*4:], sum[:])
		}
	}
	whole := uint64(from*256/to) * uint64(from*256/to)
	for y := range to {
		for x := range to {
			var sum [4]uint64
			cover(y, from, to, func(at int, share uint32) {
				for k := range sum {
					sum[k] += uint64(rows[(at*to+x)*4+k]) * uint64(share)
				}
			})
			for k := range sum {
				dst.Pix[y*dst.Stride+x*4+k] = byte(min(255, (sum[k]+whole/2)/whole))
			}
		}
	}
}

// cover calls f for each of the source pixels under a target pixel.
func cover(i, from, to int, f func(at int, share uint32)) {
	width := from * 256 / to
	start := i * from * 256 / to
	for end := start + width; start < end; {
		at := start / 256
		stop := min(end, (at+1)*256)
		f(at, uint32(stop-start))
		start = stop
	}
}
