// Package bench measures the parts that decide how fast Hearth is, each beside
// the bare library or disk it stands on, in the same run: a figure without its
// baseline says more about the machine than about us. It owns the workloads and
// the baselines; it must never hold a timed test, and nothing imports it.
//
// Comparisons run both sides in turn, in rounds, and report medians: acks/s and
// CPU µs of this process (user and system time), and ratios within a round,
// which hold across machines far better than the figures themselves.
// HEARTH_BENCH_LARGE=1 adds the sizes that take minutes to prepare.
package bench
