package host

import (
	"math"

	"hearth/chat"
	"hearth/server"
)

// fewestDescriptors is with how many a server is not worth starting.
const fewestDescriptors = 128

// reserved is how many of the descriptors stay for what is no connection: the data,
// the files of messages, listeners, backups, and whatever else the program has open.
func reserved(descriptors uint64) uint64 { return max(64, min(descriptors/8, 1024)) }

// fit returns the limits with as many connections as there are descriptors for, and
// whether that is what was asked for. A server that runs out of descriptors can neither
// accept anybody nor open a file, so strangers who have not yet said anything count in
// full: they have a share of at most two fifths.
func fit(l chat.Limits, descriptors uint64) (chat.Limits, bool) {
	left := int(min(descriptors-reserved(descriptors), math.MaxInt32)) //nolint:gosec // bounded
	if l.Connections <= left && l.Unauthenticated <= (left-l.Connections)/server.SilentShare {
		return l, true
	}
	l.Unauthenticated = max(1, min(l.Unauthenticated, left*2/5/server.SilentShare))
	l.Connections = min(l.Connections, left-l.Unauthenticated*server.SilentShare)
	return l, false
}

// limitConnections makes the limits those that this process can keep, before anything
// is opened.
func (h *Host) limitConnections() error {
	descriptors, bounded, err := raiseDescriptors()
	if err != nil {
		h.log.Warn("How many files and connections may be open is not known", "err", err)
		return nil
	}
	if !bounded {
		return nil
	}
	if descriptors < fewestDescriptors {
		return personal(KindRequest, nil, "this system allows the server %d open files and connections, which is too few; allow at least %d, better 65536 (LimitNOFILE= of a service, ulimit -n of a shell)",
			descriptors, fewestDescriptors)
	}
	wanted := h.config.Limits.Connections
	fitting, asked := fit(h.config.Limits, descriptors)
	h.config.Limits = fitting
	if !asked {
		h.log.Warn("The limit of open files allows fewer connections than were asked for; raise it (LimitNOFILE=, ulimit -n)",
			"descriptors", descriptors, "connections", fitting.Connections, "asked", wanted, "unauthenticated", fitting.Unauthenticated)
		return nil
	}
	h.log.Info("Connections are limited", "connections", fitting.Connections, "descriptors", descriptors)
	return nil
}
