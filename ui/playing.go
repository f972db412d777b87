package ui

import (
	"context"
	"errors"
	"image"
	"io"
	"time"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/picture"
	"hearth/ui/look"
)

// What the timeline plays (docs/adr/0055).
const (
	playsAtOnce = 3
	playBytes   = 2 << 20          // of the file: more is not fetched for it
	playFor     = 10 * time.Second // then it stands at the end of the round
	playAtMost  = 30 * time.Second
)

// playArea bounds what a picture takes while the timeline plays it.
var playArea = picture.Motion{Frames: 600, Canvas: 1_000_000, Area: 16_000_000}

// players play the pictures of the open room that move, while somebody looks at them; for a
// while each, then they stand. They belong to the UI goroutine; frames are made beside it.
type players struct {
	u     *UI
	room  chat.RoomID
	on    map[chat.Hash]*player
	stood map[chat.Hash]bool // had their turn, or cannot have one
	unfit map[chat.Hash]bool // cannot be played
}

// player plays one picture.
type player struct {
	img   image.Image // nil: not there yet
	began time.Time
	stop  func()
}

func newPlayers(u *UI) *players {
	return &players{u: u, on: map[chat.Hash]*player{}, stood: map[chat.Hash]bool{}, unfit: map[chat.Hash]bool{}}
}

// moves reports whether a picture may be one that moves, as far as its sender says.
func moves(f *chat.File) bool { return f.Type == "image/gif" }

// frame is what a picture shows now; nil while it does not play. A picture that is drawn
// begins to.
func (p *players) frame(room chat.RoomID, f *chat.File) image.Image {
	if !moves(f) {
		return nil
	}
	if room != p.room {
		p.room = room
		p.still()
		clear(p.stood)
		clear(p.unfit)
	}
	if x := p.on[f.Hash]; x != nil {
		return x.img
	}
	if f.Size <= playBytes && !p.stood[f.Hash] && len(p.on) < playsAtOnce && p.may() {
		p.begin(room, *f)
	}
	return nil
}

// replay plays a picture in view from its beginning that stands because it had its turn, or
// because others have theirs: then the one that plays longest stands instead.
func (p *players) replay(room chat.RoomID, f *chat.File) {
	if room != p.room || !moves(f) || f.Size > playBytes || p.on[f.Hash] != nil || p.unfit[f.Hash] || !p.may() {
		return
	}
	full := len(p.on) >= playsAtOnce
	var longest chat.Hash
	for hash, x := range p.on {
		if p.on[longest] == nil || x.began.Before(p.on[longest].began) {
			longest = hash
		}
	}
	delete(p.stood, f.Hash)
	p.begin(room, *f)
	if full {
		p.stood[longest] = true
		p.end(longest, p.on[longest])
	}
}

// may reports whether anything is to move now.
func (p *players) may() bool { return p.u.looking && p.u.viewer == nil && !look.Still() }

// begin gets a picture and plays it.
func (p *players) begin(room chat.RoomID, f chat.File) {
	ctx, cancel := context.WithCancel(p.u.pump.ctx)
	x := &player{stop: cancel, began: time.Now()}
	p.on[f.Hash] = x
	core := p.u.core
	p.u.pump.work(func(context.Context) func() {
		m, err := loadMoving(ctx, core, room, f, mediaSide, playArea)
		return func() {
			switch {
			case p.on[f.Hash] != x:
			case err != nil:
				delete(p.on, f.Hash)
				p.stood[f.Hash] = !errors.Is(err, context.Canceled)
				p.unfit[f.Hash] = errors.Is(err, picture.ErrFormat) || errors.Is(err, picture.ErrLarge) || errors.Is(err, picture.ErrBroken)
			default:
				x.began = time.Now()
				p.next(f.Hash, x, m)
			}
		}
	})
}

// next makes the next frame and shows it.
func (p *players) next(hash chat.Hash, x *player, m *picture.Moving) {
	p.u.pump.work(func(context.Context) func() {
		img, stays, last := m.Next()
		return func() {
			if p.on[hash] != x {
				return
			}
			x.img = img
			if !p.may() || !p.u.home.pane.timeline.PictureMoved(hash.String()) {
				p.end(hash, x)
				return
			}
			x.stop = p.u.pump.after(stays, func() {
				switch played := time.Since(x.began); {
				case p.on[hash] != x:
				case played >= playAtMost, last && played >= playFor:
					p.stood[hash] = true
					p.end(hash, x)
				default:
					p.next(hash, x, m)
				}
			})
		}
	})
}

// end lets a picture stand.
func (p *players) end(hash chat.Hash, x *player) {
	x.stop()
	delete(p.on, hash)
	p.u.home.pane.timeline.PictureChanged(hash.String())
}

// still lets all stand.
func (p *players) still() {
	for _, x := range p.on {
		x.stop()
	}
	clear(p.on)
}

// again has those in view go on that had to stand, or stand.
func (p *players) again() {
	if p.u.home == nil {
		return
	}
	p.still()
	p.u.home.pane.timeline.PicturesChanged()
}

// loadMoving brings a picture here and unpacks it for playing; off the UI goroutine.
func loadMoving(ctx context.Context, core app.Commands, room chat.RoomID, f chat.File, side int, m picture.Motion) (*picture.Moving, error) {
	data, err := loadPicture(ctx, core, room, f)
	if err != nil {
		return nil, err
	}
	return picture.Move(ctx, data, side, m)
}

// loadPicture brings a picture here; off the UI goroutine.
func loadPicture(ctx context.Context, core app.Commands, room chat.RoomID, f chat.File) ([]byte, error) {
	if f.Size > int64(picture.Shown.Bytes) {
		return nil, picture.ErrLarge
	}
	if err := core.LoadFile(ctx, room, f); err != nil {
		return nil, err
	}
	c, err := core.OpenFile(ctx, f)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.NewSectionReader(c, 0, min(c.Size(), int64(picture.Shown.Bytes)+1)))
	if err = errors.Join(err, c.Close()); err != nil {
		return nil, err
	}
	return data, nil
}
