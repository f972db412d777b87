package app

import "time"

// alarm is the loop's one timer: a few things to do later, each with a name, so
// that setting one twice does not do it twice. Owned by the loop.
type alarm struct {
	timer *time.Timer
	due   map[alarmName]pendingAlarm
}

type alarmName string

// What the loop does later.
const (
	alarmEvict  alarmName = "evict"  // files take too much
	alarmDrafts alarmName = "drafts" // write drafts
	alarmReads  alarmName = "reads"  // write read markers
	alarmAcks   alarmName = "acks"   // write acks whose events have not come
	alarmUnseen alarmName = "unseen" // ask again what became of what was acknowledged
	alarmAbsent alarmName = "absent" // see whether rooms that are acknowledged have come
	alarmPace   alarmName = "pace"   // send the next message
	alarmDigest alarmName = "digest" // the heads differ for too long
	alarmGap    alarmName = "gap"    // missing events have not come; one a room
	alarmPower  alarmName = "power"  // look whether the battery pays
	alarmHeard  alarmName = "heard"  // note that the server is heard
	alarmReopen alarmName = "reopen" // connect again after the disk was full
	alarmFill   alarmName = "fill"   // ask again for a part of a hole
	alarmHoles  alarmName = "holes"  // load the next part that nobody waits for
	alarmMend   alarmName = "mend"   // go on comparing histories
	alarmResync alarmName = "resync" // ask again for rooms; one a room
	alarmSync   alarmName = "sync"   // ask again for everything
	alarmHost   alarmName = "host"   // start the bundled server again
	alarmDisk   alarmName = "disk"   // look at the disk of the bundled server
	alarmIndex  alarmName = "index"  // make filters for searches
	alarmRules  alarmName = "rules"  // a pause or muting ends
	alarmCheck  alarmName = "check"  // look through the store
	alarmWhy    alarmName = "why"    // write what was decided about notifications
	alarmSweep  alarmName = "sweep"  // remove contents that nothing names
	alarmStatus alarmName = "status" // ask again what became of old messages; one a room

	alarmCards     alarmName = "cards"      // a status is over
	alarmCardsSave alarmName = "cards_save" // write what people show
	alarmCardsAsk  alarmName = "cards_ask"  // ask again what people show
	alarmCard      alarmName = "card"       // send again what the person shows
	alarmDisplay   alarmName = "display"    // send again the name that the server has lost
	alarmPrivacy   alarmName = "privacy"    // hide again what a restored server shows

	alarmSeen    alarmName = "seen"    // write what others have read
	alarmMarks   alarmName = "marks"   // offer a read position again; one a room
	alarmBlocks  alarmName = "blocks"  // offer again whom the person has blocked
	alarmTyping  alarmName = "typing"  // somebody may have stopped writing
	alarmAway    alarmName = "away"    // nobody has looked for long
	alarmWatch   alarmName = "watch"   // ask again who is there
	alarmMembers alarmName = "members" // ask who is there, as the members have changed
)

type pendingAlarm struct {
	at time.Time
	do func()
}

func (l *alarm) init() {
	l.timer = time.NewTimer(time.Hour)
	l.due = map[alarmName]pendingAlarm{}
}

// set arranges for do to be run in the loop after d. An alarm of the same name
// that rings earlier stays.
func (l *alarm) set(name alarmName, d time.Duration, do func()) {
	at := time.Now().Add(d)
	if p, ok := l.due[name]; ok && !p.at.After(at) {
		return
	}
	l.due[name] = pendingAlarm{at, do}
	l.wind()
}

// reset forgets all alarms.
func (l *alarm) reset() { clear(l.due) }

// clear forgets an alarm.
func (l *alarm) clear(name alarmName) { delete(l.due, name) }

// ring runs what is due.
func (l *alarm) ring(now time.Time) {
	for name, p := range l.due {
		if !p.at.After(now) {
			delete(l.due, name)
			p.do()
		}
	}
	l.wind()
}

// wind sets the timer to what is due first.
func (l *alarm) wind() {
	next := time.Hour
	now := time.Now()
	for _, p := range l.due {
		next = min(next, p.at.Sub(now))
	}
	l.timer.Reset(max(next, 0))
}
