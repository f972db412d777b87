package app

import (
	"encoding/json"
	"testing"
	"time"

	"hearth/chat"
	"hearth/store"
)

// TestSalvagedReasons: what failed goes on having failed for the same reason in a store that
// is made anew: what was sent and purged unseen is not offered for sending, and of what the
// server refused nobody is told that it waits for their word.
func TestSalvagedReasons(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		defer ann.quit()
		reasons := map[chat.MID]chat.Code{
			chat.NewMID(): store.CodeUnkept, chat.NewMID(): store.CodeUnseen, chat.NewMID(): chat.CodeForbidden,
		}
		body, err := json.Marshal(map[string]string{"text": "words"})
		must(t, err)
		for mid, code := range reasons {
			_, err := ann.group.store.Enqueue(t.Context(), store.Submission{
				MID: mid, Room: w.general, Kind: chat.KindMessage, Body: body, Created: time.Now().UnixMilli(), Held: true, Transmitted: true,
			})
			must(t, err)
			must(t, ann.group.store.Fail(t.Context(), mid, code, "why"))
		}
		must(t, ann.RebuildSound(t.Context()))
		ann.live()
		list, err := ann.Outbox(t.Context())
		must(t, err)
		if len(list) != len(reasons) {
			t.Errorf("%d of %d are there", len(list), len(reasons))
		}
		for _, o := range list {
			code := reasons[o.Message.MID]
			if f := o.Message.Failure; o.Message.State != StateFailed || f == nil || f.Code != code || o.Message.Text != "words" {
				t.Errorf("what failed with %s: %+v, %+v", code, o.Message.State, f)
			}
			if o.MayRetry != (code == chat.CodeForbidden) {
				t.Errorf("%s: may be sent again: %v", code, o.MayRetry)
			}
		}
	})
}
