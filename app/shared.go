package app

import (
	"errors"
	"log/slog"
	"sync"

	"hearth/internal/boltkit"
	"hearth/store/profile"
)

// shared is what the cores of one profile have in common: the settings, and which
// of them a folder belongs to.
type shared struct {
	writing sync.Mutex // held while settings are written; before mu

	mu       sync.Mutex
	prof     *profile.Profile // guarded by mu; nil as long as the folder could not be made
	settings profile.Settings // guarded by mu; equals the file
	broken   string           // guarded by mu; see View.SettingsBroken
	holders  map[string]*App  // guarded by mu; by the folder's id
	apps     map[*App]bool    // guarded by mu
	kept     map[string]bool  // guarded by mu; folders that another core could not take over, by id
}

func newShared() *shared {
	return &shared{holders: map[string]*App{}, apps: map[*App]bool{}, kept: map[string]bool{}}
}

// read takes over the settings of a profile, unless they have been read.
func (s *shared) read(p *profile.Profile, log *slog.Logger) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.prof != nil {
		return
	}
	s.prof = p
	var err error
	if s.settings, err = p.Settings(); err != nil {
		log.Warn("settings not read", "err", err)
	}
	var bad *profile.SettingsError
	if errors.As(err, &bad) {
		s.broken = bad.Path
	}
}

func (s *shared) present() profile.Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings
}

// brokenSettings returns where settings are that could not be read.
func (s *shared) brokenSettings() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.broken
}

var errNoProfile = errors.New("the folder of the profile could not be made")

// change changes the settings on disk and in memory; where nothing can be written they
// hold for as long as the program runs.
// Loops ask for the present ones at any time, and do not wait for that disk.
func (s *shared) change(change func(*profile.Settings)) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	prof, before := s.prof, s.settings
	s.mu.Unlock()
	if prof == nil {
		return errNoProfile
	}
	fresh := before
	if change(&fresh); fresh == before {
		return nil
	}
	if err := prof.SetSettings(fresh); err != nil && !boltkit.IsUnwritable(err) {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings = fresh
	return nil
}

func (s *shared) join(a *App) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.apps[a] = true
}

// leave forgets a core and frees its folders.
func (s *shared) leave(a *App) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.apps, a)
	for id, holder := range s.holders {
		if holder == a {
			delete(s.holders, id)
		}
	}
}

// tell has every core show the settings anew; bound: how much files may take has changed.
func (s *shared) tell(bound bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for a := range s.apps {
		a.do(func() {
			if a.viewNew = true; bound {
				a.evictSoon()
			}
		})
	}
}

// hold reserves a folder for a core; false if it is another's.
func (s *shared) hold(id string, a *App) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if holder := s.holders[id]; holder != nil && holder != a {
		return false
	}
	s.holders[id] = a
	return true
}

// free gives a folder up.
func (s *shared) free(id string, a *App) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holders[id] == a {
		delete(s.holders, id)
	}
}

// holder returns the core that a folder belongs to; nil if none has it.
func (s *shared) holder(id string) *App {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.holders[id]
}

// pass hands a folder on to another core; false if the first does not have it, or the
// other one could not do anything with it before.
func (s *shared) pass(id string, from, to *App) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holders[id] != from || s.kept[id] {
		return false
	}
	s.holders[id] = to
	return true
}

// keep gives a folder back to the core that passed it on, for as long as the program runs.
func (s *shared) keep(id string, a *App) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holders[id], s.kept[id] = a, true
}

// held lists the folders that cores hold.
func (s *shared) held() map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := map[string]bool{}
	for id := range s.holders {
		ids[id] = true
	}
	return ids
}

// standing is what the owner of several cores follows of each.
type standing struct {
	phase  Phase
	folder string // id of the folder that is open or stands in the way, "" none
	name   string // of the group, "" unknown
	into   string // id of the folder that has taken over what was here, "" none
}

// sayStanding tells the owner where the core stands, if that has changed.
func (a *App) sayStanding() {
	if a.o.stands == nil {
		return
	}
	now := standing{phase: a.phase, into: a.into}
	switch {
	case a.group != nil:
		now.folder, now.name = a.group.folder.ID(), a.group.info.Group
	case a.locked != nil && a.locked.folder != nil:
		now.folder = a.locked.folder.ID()
	}
	if now != a.stood {
		a.stood = now
		a.o.stands(now)
	}
}
