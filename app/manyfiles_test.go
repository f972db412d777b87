package app

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"hearth/chat"
	"hearth/server/blob"
)

// TestManyFilesWaiting: more files wait than the porter is told of at once. All of them
// arrive, once each.
func TestManyFilesWaiting(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		w.keepsFiles(blob.Limits{})
		ann := w.member("ann").run().live()
		defer ann.quit()
		w.stop(true)
		ann.until("the loss", func(v *View) bool { return v.Connection.State != ConnLive })
		const n = mostUploads + 10
		for i := range n {
			_, err := ann.SendFiles(t.Context(), w.general, Outgoing{Text: fmt.Sprint(i)}, []LocalFile{bytesFile(fmt.Sprint(i), []byte(fmt.Sprint("content ", i)))})
			must(t, err)
		}
		told := 0
		must(t, tell(t.Context(), ann.App, func() error { told = len(ann.group.wanted); return nil }))
		if told != mostUploads {
			t.Errorf("the porter was told of %d contents, want %d", told, mostUploads)
		}
		w.start()
		ann.TryNow()
		ann.live().sent()
		time.Sleep(time.Second)
		got := map[string]bool{}
		for _, text := range ann.texts(w.general) {
			got[text] = true
		}
		if len(got) != n || !got["0"] || !got[fmt.Sprint(n-1)] {
			t.Errorf("the timeline has %d of %d: %q", len(got), n, ann.texts(w.general))
		}
	})
}

// TestRoomFilesBesideDeletion: a page of a room's files is whole while a deletion waits to be
// sent, as a short one is the last.
func TestRoomFilesBesideDeletion(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, nil)
		defer w.close()
		w.keepsFiles(blob.Limits{})
		ann := w.member("ann").run().live()
		defer ann.quit()
		for i := range 5 {
			_, err := ann.SendFiles(ctx, w.general, Outgoing{Text: fmt.Sprint(i)}, []LocalFile{bytesFile(fmt.Sprint(i), []byte(fmt.Sprint("content ", i)))})
			must(t, err)
			ann.sent()
		}
		w.stop(true)
		ann.until("the loss", func(v *View) bool { return v.Connection.State != ConnLive })
		rows := ann.rows(w.general)
		for _, i := range []int{1, 2} {
			must(t, ann.DeleteMessage(ctx, w.general, rows[len(rows)-i].Seq))
		}
		var got []string
		for before := chat.Seq(0); ; {
			page, err := ann.RoomFiles(ctx, w.general, before, 2)
			must(t, err)
			for i := range page {
				got, before = append(got, page[i].Text), page[i].Seq
			}
			if len(page) < 2 {
				break
			}
		}
		if !slices.Equal(got, []string{"2", "1", "0"}) {
			t.Errorf("files of %q", got)
		}
	})
}
