package app

import (
	"os"
	"strings"
	"testing"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/server/blob"
)

// TestReadOnly: what lies where nothing can be written can be read, searched, exported and
// its files opened; whatever would have to be written is refused, and all goes on once it
// can be.
func TestReadOnly(t *testing.T) {
	dir, protect := testkit.Protectable(t)
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		w.keepsFiles(blob.Limits{})
		ann, bob := w.member("ann"), w.member("bob")
		bob.run().live()
		ann.run().live().say(w.general, "something about bananas")
		_, err := ann.SendFiles(t.Context(), w.general, Outgoing{}, []LocalFile{bytesFile("list.txt", []byte("figs"))})
		must(t, err)
		ann.sent()
		w.stop(true)
		ann.until("the end of the connection", func(v *View) bool { return v.Connection.State != ConnLive })
		ann.say(w.general, "waits")
		ann.quit()
		bob.quit()
		must(t, os.CopyFS(dir, os.DirFS(ann.dir)))
		ann.dir = dir
		protect(true)
		w.start()

		ann.run().until("what is there", func(v *View) bool { return v.Phase == PhaseOpen })
		if c := ann.View().Connection; c.State != ConnStopped || c.Reason != ReasonReadOnly {
			t.Errorf("the connection says %+v", c)
		}
		rows := ann.rows(w.general)
		if got := strings.Join(ann.texts(w.general), ", "); got != "something about bananas, , waits (waiting)" {
			t.Errorf("read: %q", got)
		}
		found := 0
		must(t, ann.Search(t.Context(), "banana", func(Hit) bool { found++; return true }))
		if found != 1 {
			t.Errorf("found %d", found)
		}
		var page strings.Builder
		if _, err := ann.Export(t.Context(), &page, ExportRequest{Room: w.general, Format: ExportText}); err != nil || !strings.Contains(page.String(), "bananas") {
			t.Errorf("export %q, %v", page.String(), err)
		}
		if !rows[len(rows)-2].Files[0].Here {
			t.Error("the file is not shown as here")
		}
		file := rows[len(rows)-2].Files[0].File
		must(t, ann.LoadFile(t.Context(), w.general, file))
		if content, err := ann.content(file); err != nil || string(content) != "figs" {
			t.Errorf("the file: %q, %v", content, err)
		}
		for what, err := range map[string]error{
			"send":   second(ann.Send(t.Context(), w.general, "more")),
			"file":   second(ann.SendFiles(t.Context(), w.general, Outgoing{}, []LocalFile{bytesFile("b", []byte("b"))})),
			"mute":   ann.ChangeNotify(t.Context(), func(r *NotifyRules) { r.Rooms = map[chat.RoomID]RoomNotify{w.general: {Level: LevelNone}} }),
			"cancel": ann.DiscardMessage(t.Context(), w.general, rows[len(rows)-1].MID),
			"hide":   ann.HideRoom(t.Context(), w.general, true),
			"block":  ann.Block(t.Context(), bob.account, true),
			"status": ann.SetStatus(t.Context(), StatusView{Text: "away"}),
			"unread": ann.MarkUnread(t.Context(), w.general, 1),
		} {
			if failCode(err) != FailReadOnly {
				t.Errorf("%s: %v", what, err)
			}
		}
		ann.SetRead(w.general, 3)
		ann.SetDraft(w.general, chat.Draft{Text: "never kept"})
		settings := DefaultSettings()
		settings.TextSize = 1.2
		must(t, ann.SetSettings(settings)) // for as long as the program runs
		ann.TryNow()
		ann.until("what is there, looked at again", func(v *View) bool { return v.Phase == PhaseOpen })
		if v := ann.View(); v.Connection.Reason != ReasonReadOnly || v.Settings.TextSize != 1.2 {
			t.Errorf("%+v, %+v", v.Connection, v.Settings)
		}
		ann.quit() // it holds the file

		protect(false)
		ann.run().live().sent()
		if got := strings.Join(ann.texts(w.general), ", "); got != "something about bananas, , waits" {
			t.Errorf("in the end: %q", got)
		}
		ann.quit()
	})
}

func second[T any](_ T, err error) error { return err }
