package app

import (
	"fmt"
	"testing"
	"time"

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
