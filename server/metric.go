package server

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"hearth/chat"
)

// metrics are the server's counters. They carry no names of people or rooms.
type metrics struct {
	registry *prometheus.Registry
	sessions prometheus.Gauge
	conns    prometheus.Counter
	turned   *prometheus.CounterVec
	frames   prometheus.Counter
	events   prometheus.Counter
	batches  prometheus.Histogram
	commits  prometheus.Histogram
	refusals *prometheus.CounterVec
	ends     *prometheus.CounterVec
	misfits  prometheus.Counter
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		sessions: prometheus.NewGauge(prometheus.GaugeOpts{Name: "hearth_sessions", Help: "Connections that are ready."}),
		conns:    prometheus.NewCounter(prometheus.CounterOpts{Name: "hearth_connections_total", Help: "Connections accepted."}),
		turned:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hearth_connections_refused_total", Help: "Connections refused, by reason."}, []string{"reason"}),
		frames:   prometheus.NewCounter(prometheus.CounterOpts{Name: "hearth_frames_sent_total", Help: "Frames written."}),
		events:   prometheus.NewCounter(prometheus.CounterOpts{Name: "hearth_events_total", Help: "Events committed."}),
		batches:  prometheus.NewHistogram(prometheus.HistogramOpts{Name: "hearth_batch_events", Help: "Events in one batch of a room.", Buckets: prometheus.ExponentialBuckets(1, 2, 9)}),
		commits:  prometheus.NewHistogram(prometheus.HistogramOpts{Name: "hearth_commit_seconds", Help: "Time until a batch is on disk.", Buckets: prometheus.ExponentialBuckets(0.0001, 2, 16)}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hearth_refused_total", Help: "Requests refused, by code."}, []string{"code"}),
		ends:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hearth_ended_total", Help: "Connections the server ended, by reason."}, []string{"reason"}),
		misfits:  prometheus.NewCounter(prometheus.CounterOpts{Name: "hearth_misfits_total", Help: "Times a device had read what is not in the logs of the same epoch."}),
	}
	m.registry.MustRegister(m.sessions, m.conns, m.turned, m.frames, m.events, m.batches, m.commits, m.refusals, m.ends, m.misfits,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) committed(events int, took time.Duration) {
	m.events.Add(float64(events))
	m.batches.Observe(float64(events))
	m.commits.Observe(took.Seconds())
}

func (m *metrics) sent(frames int) { m.frames.Add(float64(frames)) }

func (m *metrics) refused(code chat.Code) { m.refusals.WithLabelValues(string(code)).Inc() }
