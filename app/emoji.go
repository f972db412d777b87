package app

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"unicode/utf8"

	"hearth/store"
)

// settingEmoji is the name of the setting with an EmojiChoice, JSON.
const settingEmoji = "emoji"

// EmojiChoice is what the person uses of the table of emoji. It belongs to the whole
// profile and says much about a person, so it is no plain setting: every open group keeps
// it, sealed, and of several the one with the highest Rev counts.
type EmojiChoice struct {
	Recent []string `json:"recent,omitempty"` // used last, the newest first; at most MaxRecentEmoji
	Tone   int      `json:"tone,omitempty"`   // of skin: 0 none, else 1 (light) to 5 (dark)
	Rev    uint64   `json:"rev"`              // counts its changes
}

// MaxRecentEmoji is how many emoji EmojiChoice.Recent has at most.
const MaxRecentEmoji = 27

// mostEmojiBytes is how long one emoji can be: a family of four with tones has 41.
const mostEmojiBytes = 128

// sane leaves out what cannot be.
func (e EmojiChoice) sane() EmojiChoice {
	e.Recent = slices.DeleteFunc(slices.Clone(e.Recent), func(s string) bool {
		return s == "" || len(s) > mostEmojiBytes || !utf8.ValidString(s)
	})
	e.Recent = e.Recent[:min(len(e.Recent), MaxRecentEmoji)]
	if e.Tone < 0 || e.Tone > 5 {
		e.Tone = 0
	}
	return e
}

// SetEmoji implements Commands.
func (a *App) SetEmoji(e EmojiChoice) {
	e = e.sane()
	a.do(func() {
		g := a.group
		if g == nil || e.Rev <= g.emoji.Rev {
			return
		}
		g.emoji = e
		a.viewNew = true
		data, err := json.Marshal(e)
		if err == nil {
			err = g.store.SetSetting(a.disk, settingEmoji, data)
		}
		a.storeResult(err)
	})
}

// loadEmoji reads what was kept. What cannot be read is nothing.
func (g *group) loadEmoji(ctx context.Context) error {
	data, err := g.store.Setting(ctx, settingEmoji)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil && json.Unmarshal(data, &g.emoji) != nil {
		g.emoji = EmojiChoice{}
	}
	g.emoji = g.emoji.sane()
	return err
}
