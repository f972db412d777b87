package app

import (
	"context"
	"slices"

	"hearth/chat"
)

// Messages with a keyword are marked and counted as those that call the person. Which
// have one is found when they come, and kept with the decisions about them; the words
// are this device's, so the server does not count them.

// noteKeyword remembers a message for its keyword.
func (r *room) noteKeyword(n Notified) {
	if n.Keyword == "" {
		return
	}
	r.keywords = append(r.keywords, n)
	if len(r.keywords) > 2*maxDecisions {
		r.keywords = slices.Clone(newest(r.keywords, maxDecisions))
	}
}

// dropKeyword forgets a message that was deleted.
func (r *room) dropKeyword(seq chat.Seq) {
	r.keywords = slices.DeleteFunc(r.keywords, func(n Notified) bool { return n.Seq == seq })
}

// unreadKeywords counts the unread messages with a keyword that is one still, by people
// who are not blocked.
func (g *group) unreadKeywords(r *room) (count int) {
	if len(r.keywords) == 0 || len(g.rules.Keywords) == 0 {
		return 0
	}
	floor := r.c.Floor()
	for _, n := range r.keywords {
		if n.Seq > floor && !g.blocked[n.By] && slices.Contains(g.rules.Keywords, n.Keyword) {
			count++
		}
	}
	return count
}

// loadKeywords reads which unread messages have a keyword.
func (g *group) loadKeywords(ctx context.Context) error {
	if len(g.rules.Keywords) == 0 {
		return nil
	}
	for _, r := range g.rooms {
		if r.c.Unread == 0 {
			continue
		}
		decided, err := readWhy(ctx, g.store, r.id)
		if err != nil {
			return err
		}
		for _, n := range decided {
			r.noteKeyword(n)
		}
	}
	return nil
}

// showKeywords shows all rooms by other keywords.
func (a *App) showKeywords() {
	for _, r := range a.group.rooms {
		a.group.touch(r)
		a.changes.addRoom(r.id, RoomChange{Changed: true})
	}
}
