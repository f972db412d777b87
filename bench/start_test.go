package bench

import (
	"testing"
	"time"

	"hearth/chat"
)

// BenchmarkStart_10000 and _1000000 measure a server from the start of its
// process, over a folder that holds so many messages, until the first client has
// joined and caught up with its rooms, beside raw-bolt's start until its first
// connection. CPU µs are the server's until then; idle memory is heap and stacks.
func BenchmarkStart_10000(b *testing.B) { benchmarkStart(b, 10_000) }

func BenchmarkStart_1000000(b *testing.B) {
	large(b)
	benchmarkStart(b, 1_000_000)
}

func benchmarkStart(b *testing.B, n int) {
	dir := b.TempDir()
	fillStore(b, dir, n)
	var joined, served, raw, cpu, heap []float64
	milli := func(since time.Time) float64 { return float64(time.Since(since).Microseconds()) / 1000 }
	people := 0
	round := func() {
		people++
		start := time.Now()
		p := startChild(b, "hearth", dirVariable+"="+dir)
		served = append(served, milli(start))
		link, err := chat.ParseLink(p.first.Link)
		if err != nil {
			b.Fatal(err)
		}
		joinHearth(b, link, people)
		joined = append(joined, milli(start))
		cpu = append(cpu, p.ask("cpu").CPU)
		heap = append(heap, float64(p.ask("heap").Heap)/(1<<20))
		p.end()

		start = time.Now()
		p = startChild(b, "raw-bolt")
		dial(b, p.first.Address, nil)
		raw = append(raw, milli(start))
		p.end()
	}
	for b.Loop() {
		for range 5 {
			round()
		}
	}
	b.ReportMetric(median(served), "serving-ms")
	b.ReportMetric(median(joined), "joined-ms")
	b.ReportMetric(median(raw), "raw-bolt-connected-ms")
	b.ReportMetric(median(cpu)/1000, "cpu-ms")
	b.ReportMetric(median(heap), "heap-MiB")
}
