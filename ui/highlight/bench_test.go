package highlight

import (
	"runtime"
	"strings"
	"testing"
)

// BenchmarkFind is a screen full of code in a language that was seen before.
func BenchmarkFind(b *testing.B) {
	for language, line := range map[string]string{
		"go":     "\tif n, err := fit(s[at:], 48); err != nil { // żgħir\n",
		"python": "    return {n: len(n) * 7.5 for n in names if n is not None}  # no\n",
		"html":   "<label for=\"name\" class=\"wide\">Name &amp; surname</label>\n",
	} {
		code := strings.Repeat(line, 40)
		b.Run(language, func(b *testing.B) {
			for b.Loop() {
				if _, err := Find(b.Context(), language, code); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOpen is the first piece of code in a language: what it takes to open its
// grammar, and what stays in memory.
func BenchmarkOpen(b *testing.B) {
	for _, language := range []string{"go", "python", "c++", "sql"} {
		b.Run(language, func(b *testing.B) {
			var before, after runtime.MemStats
			for b.Loop() {
				shelf.Lock()
				shelf.archive = nil
				shelf.Unlock()
				runtime.GC()
				runtime.ReadMemStats(&before)
				if _, err := Find(b.Context(), language, "x"); err != nil {
					b.Fatal(err)
				}
				runtime.GC()
				runtime.ReadMemStats(&after)
			}
			b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/1024, "KiB-kept")
		})
	}
}
