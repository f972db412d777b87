package host

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// meters count what the host does besides serving.
type meters struct {
	registry *prometheus.Registry
	last     prometheus.Gauge
	bytes    prometheus.Gauge
	seconds  prometheus.Gauge
	failures prometheus.Counter
	damaged  prometheus.Gauge
}

func newMeters() *meters {
	m := &meters{
		registry: prometheus.NewRegistry(),
		last:     prometheus.NewGauge(prometheus.GaugeOpts{Name: "hearth_backup_last_success_timestamp_seconds", Help: "When the newest scheduled or requested backup was made; 0 if there is none."}),
		bytes:    prometheus.NewGauge(prometheus.GaugeOpts{Name: "hearth_backup_last_bytes", Help: "Size of that backup."}),
		seconds:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "hearth_backup_last_duration_seconds", Help: "How long that backup took, looking through it included."}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{Name: "hearth_backup_failures_total", Help: "Scheduled backups that could not be made or are not sound."}),
	}
	m.damaged = prometheus.NewGauge(prometheus.GaugeOpts{Name: "hearth_data_damages", Help: "In how many places the data were damaged when they were last looked through from end to end."})
	m.registry.MustRegister(m.last, m.bytes, m.seconds, m.failures, m.damaged)
	return m
}

func (m *meters) made(r *Report) {
	m.last.Set(float64(time.Now().Unix()))
	m.bytes.Set(float64(r.Bytes))
	m.seconds.Set(r.Took.Seconds())
}
