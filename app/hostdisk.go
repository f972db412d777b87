package app

import (
	"context"
	"time"
)

// HostDisk says that the disk that holds the data of a hosted group has too little left.
type HostDisk struct {
	Dir     string // where the data are
	Full    bool   // no messages are taken any more; otherwise no files
	Missing int64  // bytes that must get free until everything is taken again; 0: not known
}

// diskEvery is how often the disk of a hosted group is looked at.
const diskEvery = 5 * time.Second

// watchDisk looks at the disk now and from then on, while the server runs. Called by the loop.
func (a *App) watchDisk() {
	if a.hosting == nil || !a.hosting.Running || a.group == nil {
		return
	}
	a.alarm.set(alarmDisk, diskEvery, a.watchDisk)
	if a.looking { // one that hangs is not asked twice
		return
	}
	a.looking = true
	a.spawn(func(context.Context) {
		d := a.o.Hoster.Disk(a.prof.ServerDir())
		a.do(func() {
			a.looking = false
			a.showDisk(d)
		})
	})
}

// showDisk shows what was found. Where the server refuses what the person has sent its disk
// is full, whatever it says of itself.
func (a *App) showDisk(d HostDisk) {
	g := a.group
	if a.hosting == nil || g == nil {
		return
	}
	if g.net != nil && g.net.full {
		d.Full = true
	}
	var now *HostDisk
	if a.hosting.Running && (d.Full || d.Missing > 0) {
		now = &d
	}
	was := a.hosting.Disk
	if was == nil && now == nil || was != nil && now != nil && *was == *now {
		return
	}
	shown := *a.hosting
	shown.Disk = now
	a.hosting, a.viewNew = &shown, true
}
