//go:build unix

package bench

import (
	"os"
	"slices"
	"testing"
)

// median of a list, which it sorts.
func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

// large skips a benchmark whose preparation takes minutes.
func large(b *testing.B) {
	if os.Getenv("HEARTH_BENCH_LARGE") == "" {
		b.Skip("takes minutes to prepare: set HEARTH_BENCH_LARGE=1")
	}
}
