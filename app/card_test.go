package app

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"hearth/chat"
	"hearth/internal/picture"
)

func (p *person) shows(who chat.AccountID) CardView { return p.View().Cards[who] }

// TestCards: what somebody shows is what others see, with the picture; what is taken
// back they see no longer; all of it is there offline and after a restart.
func TestCards(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		must(t, ann.SetAvatar(t.Context(), photo(t, 900, 500)))
		if _, err := ann.Avatar(t.Context(), ann.account); err != nil {
			t.Errorf("one's own picture: %v", err)
		}
		must(t, ann.SetStatus(t.Context(), StatusView{Text: "im Garten", Emoji: "🌻", Until: time.Now().Add(time.Hour)}))
		bob.until("what ann shows", func(v *View) bool {
			c := v.Cards[ann.account]
			return !c.Avatar.IsZero() && c.Status.Text == "im Garten" && c.Status.Emoji == "🌻"
		})
		if until := bob.shows(ann.account).Status.Until; until.Sub(time.Now().Add(time.Hour)).Abs() > time.Minute {
			t.Errorf("it ends at %v", until)
		}
		data, err := bob.Avatar(t.Context(), ann.account)
		must(t, err)
		img, err := picture.DecodeSquare(t.Context(), data, chat.AvatarSide, chat.MaxAvatar)
		if err != nil || img.Bounds().Dx() != chat.AvatarSide || bytes.Contains(data, []byte("taken at home")) {
			t.Errorf("%v, %v", img.Bounds(), err)
		}
		if ann.shows(ann.account).Avatar != chat.AvatarHash(data) {
			t.Error("ann sees another picture than bob")
		}

		bob.quit()
		w.stop(false)
		bob.run()
		bob.until("the room", func(v *View) bool { return len(v.Rooms) > 0 })
		if c := bob.shows(ann.account); c.Status.Text != "im Garten" || c.Avatar.IsZero() {
			t.Errorf("offline, after a restart: %+v", c)
		}
		if again, err := bob.Avatar(t.Context(), ann.account); err != nil || !bytes.Equal(again, data) {
			t.Errorf("offline, after a restart: %v", err)
		}
		time.Sleep(time.Hour + time.Second)
		if c := bob.shows(ann.account); !c.Status.None() || c.Avatar.IsZero() {
			t.Errorf("an hour later: %+v", c)
		}
		w.start()
		ann.live()
		bob.live()
		must(t, ann.SetAvatar(t.Context(), nil))
		bob.until("no picture", func(v *View) bool { return v.Cards[ann.account] == CardView{} })
		if _, err := bob.Avatar(t.Context(), ann.account); failedCode(err) != FailFileAbsent {
			t.Errorf("taken back: %v", err)
		}
		time.Sleep(time.Minute)
		for _, p := range []*person{ann, bob} {
			if u, err := p.FileUsage(t.Context()); err != nil || u.Contents != 0 {
				t.Errorf("%s still has %d pictures, %v", p.name, u.Contents, err)
			}
			p.quit()
		}
		w.close()
	})
}

// TestCardOffline: what is set without a connection is shown at once, survives a
// restart, and reaches the others when there is one; of several only the last.
func TestCardOffline(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		w.stop(false)
		must(t, ann.SetStatus(t.Context(), StatusView{Text: "never seen", Emoji: "🙈"}))
		must(t, ann.SetStatus(t.Context(), StatusView{Text: "on the train", Until: time.Now().Add(2 * time.Hour)}))
		must(t, ann.SetAvatar(t.Context(), photo(t, 64, 64)))
		must(t, ann.SetAvatar(t.Context(), photo(t, 300, 300)))
		want := ann.shows(ann.account)
		if want.Status.Text != "on the train" || want.Avatar.IsZero() {
			t.Fatalf("shown to oneself: %+v", want)
		}
		ann.quit()
		time.Sleep(time.Hour)
		ann.run()
		ann.until("the room", func(v *View) bool { return len(v.Rooms) > 0 })
		if got := ann.shows(ann.account); got.Avatar != want.Avatar || got.Status.Text != want.Status.Text {
			t.Fatalf("after a restart: %+v", got)
		}
		var seen []string
		w.start()
		bob.until("what ann shows", func(v *View) bool {
			c := v.Cards[ann.account]
			if !c.Status.None() {
				seen = append(seen, c.Status.Text)
			}
			return c.Avatar == want.Avatar && !c.Status.None()
		})
		for _, s := range seen {
			if s != "on the train" {
				t.Errorf("bob saw %q", s)
			}
		}
		if left := time.Until(bob.shows(ann.account).Status.Until); (left - time.Hour).Abs() > 5*time.Minute {
			t.Errorf("bob sees it for %v", left)
		}
		if _, err := bob.Avatar(t.Context(), ann.account); err != nil {
			t.Error(err)
		}
		// What was to be over by now, and was never sent, is not shown any more.
		w.stop(false)
		must(t, ann.SetStatus(t.Context(), StatusView{Text: "five minutes", Until: time.Now().Add(5 * time.Minute)}))
		time.Sleep(10 * time.Minute)
		w.start()
		ann.live()
		bob.live()
		bob.until("no status", func(v *View) bool { return v.Cards[ann.account].Status.None() })
		ann.quit()
		bob.quit()
		w.close()
	})
}

// TestCardsOfAnother: a second device of the account shows the same, and what
// happened while it was off is known when it is back.
func TestCardsOfAnother(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		lap := w.another(ann, "anns-laptop").run().live()
		must(t, ann.SetStatus(t.Context(), StatusView{Emoji: "🌴"}))
		lap.until("the status", func(v *View) bool { return v.Cards[ann.account].Status.Emoji == "🌴" })
		bob.until("the status", func(v *View) bool { return v.Cards[ann.account].Status.Emoji == "🌴" })
		lap.quit()
		must(t, ann.SetStatus(t.Context(), StatusView{}))
		must(t, bob.SetStatus(t.Context(), StatusView{Text: "here"}))
		time.Sleep(time.Minute)
		lap.run().live()
		lap.until("what has changed", func(v *View) bool {
			return v.Cards[bob.account].Status.Text == "here" && v.Cards[ann.account] == CardView{}
		})
		// With whom no room is shared any more is forgotten.
		must(t, bob.LeaveRoom(t.Context(), w.general))
		bob.until("having left", func(v *View) bool { return v.Waiting == 0 })
		time.Sleep(time.Minute)
		lap.quit()
		lap.run().live()
		lap.until("nobody", func(v *View) bool { return len(v.Cards) == 0 })
		for _, p := range []*person{ann, bob, lap} {
			p.quit()
		}
		w.close()
	})
}

// TestBadStatus: what the server would refuse is refused before it is kept.
func TestBadStatus(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		ann := w.member("ann").run().live()
		for _, test := range []struct {
			s    StatusView
			want FailCode
		}{
			{StatusView{Text: string(bytes.Repeat([]byte("x"), 101))}, FailTooLong},
			{StatusView{Text: "two\nlines"}, FailBadValue},
			{StatusView{Text: "a\u202eb"}, FailBadValue},
			{StatusView{Text: "\u200b"}, FailEmpty},
			{StatusView{Emoji: "no emoji"}, FailBadValue},
			{StatusView{Text: "x", Until: time.Now().Add(-time.Minute)}, FailBadValue},
			{StatusView{Text: "x", Until: time.Now().AddDate(3, 0, 0)}, FailBadValue},
		} {
			if err := ann.SetStatus(t.Context(), test.s); failedCode(err) != test.want {
				t.Errorf("%+v: %v", test.s, err)
			}
		}
		for name, data := range map[string][]byte{"text": []byte("hello"), "a bomb": bombPNG(t, 60_000)} {
			if err := ann.SetAvatar(t.Context(), data); failedCode(err) != FailPicture {
				t.Errorf("%s: %v", name, err)
			}
		}
		if len(ann.View().Cards) != 0 {
			t.Errorf("shown: %+v", ann.View().Cards)
		}
		ann.quit()
		w.close()
	})
}

// bombPNG is a small PNG that says it is very large.
func bombPNG(t testing.TB, side uint32) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))))
	data := b.Bytes()
	binary.BigEndian.PutUint32(data[16:], side)
	binary.BigEndian.PutUint32(data[20:], side)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

// TestHostileAvatars: pictures that no honest client sends are refused in words,
// without the memory they ask for, and nothing of them is kept.
func TestHostileAvatars(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		eve := w.member("eve")
		bob := w.member("bob").run().live()
		run := eve.run().live()
		run.quit()
		var oblong bytes.Buffer
		must(t, png.Encode(&oblong, image.NewGray(image.Rect(0, 0, 9, 90))))
		for name, data := range map[string][]byte{
			"a bomb": bombPNG(t, 60_000), "3000 pixels": bombPNG(t, 3_000), "text": []byte("<svg/>"), "oblong": oblong.Bytes(),
			"many bytes": noise(chat.MaxAvatar + 1),
		} {
			w.stop(true)
			_, err := w.data.PutAvatar(t.Context(), eve.account, data, time.Now().UnixMilli())
			must(t, err)
			w.start()
			bob.until(name, func(v *View) bool { return v.Cards[eve.account].Avatar == chat.AvatarHash(data) })
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err = bob.Avatar(t.Context(), eve.account)
			runtime.ReadMemStats(&after)
			var f *Failed
			if !errors.As(err, &f) || f.Code != FailPicture && f.Code != FailFileContent || f.Detail == "" {
				t.Errorf("%s: %v", name, err)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
				t.Errorf("%s took %d bytes", name, used)
			}
			if u, err := bob.FileUsage(t.Context()); err != nil || u.Contents != 0 {
				t.Errorf("%s was kept: %+v, %v", name, u, err)
			}
		}
		bob.quit()
		w.close()
	})
}

// TestCardsAreSealed: neither a picture nor a status lies readable on the disk.
func TestCardsAreSealed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		ann := w.member("ann").run().live()
		must(t, ann.SetAvatar(t.Context(), photo(t, 300, 300)))
		must(t, ann.SetStatus(t.Context(), StatusView{Text: "canary at the doctor's"}))
		data, err := ann.Avatar(t.Context(), ann.account)
		must(t, err)
		ann.quit()
		files := 0
		must(t, filepath.WalkDir(ann.dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			files++
			raw, err := os.ReadFile(path)
			if bytes.Contains(raw, []byte("canary at")) || bytes.Contains(raw, data[200:260]) {
				t.Errorf("%s can be read", filepath.Base(path))
			}
			return err
		}))
		if files == 0 {
			t.Error("nothing was looked at")
		}
		w.close()
	})
}

// TestNoGroupNoCard: without a group there is nothing to show anything to.
func TestNoGroupNoCard(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		a, err := New(Options{Profile: folder(t, "nobody"), Keyring: w.member("x").ring})
		must(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- a.Run(ctx) }()
		for _, err := range []error{a.SetStatus(t.Context(), StatusView{Text: "x"}), a.SetAvatar(t.Context(), photo(t, 9, 9))} {
			if failedCode(err) != FailNoRoom {
				t.Error(err)
			}
		}
		if _, err := a.Avatar(t.Context(), chat.AccountID{1}); failedCode(err) != FailFileAbsent {
			t.Error(err)
		}
		cancel()
		must(t, <-done)
		w.close()
	})
}
