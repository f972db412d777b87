package app

import (
	"encoding/json"
	"strings"
	"testing"

	"hearth/chat"
)

// TestExport: everything that is stored comes out once, in order, and what people
// wrote is text and nothing else.
func TestExport(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		defer ann.quit()
		const many = 1100 // more than two pages
		for range many {
			ann.say(w.general, "<script>alert(1)</script>\nsecond \x1b[31mline \u202Eturned")
		}
		ann.sent()
		w.stop(true)
		ann.until("the loss", func(v *View) bool { return v.Connection.State != ConnLive })
		ann.say(w.general, "still waiting")
		head := int(ann.roomView(w.general).Head)

		write := func(f ExportFormat) string {
			var out strings.Builder
			n, err := ann.Export(t.Context(), &out, ExportRequest{
				Room: w.general, Format: f, Language: "en", Line: func(m *MessageView) string { return "event " + string(m.Kind) },
			})
			if err != nil || n != (Exported{Events: head}) {
				t.Errorf("%s: %+v, %d events wanted, %v", f, n, head, err)
			}
			if strings.Contains(out.String(), "still waiting") {
				t.Errorf("%s holds what is not in the log", f)
			}
			return out.String()
		}
		seq := uint64(0)
		for line := range strings.Lines(write(ExportJSON)) {
			var e ExportedEvent
			if err := json.Unmarshal([]byte(line), &e); err != nil || e.Seq != seq+1 || e.Chain == "" {
				t.Fatalf("%q: %v", line, err)
			}
			seq = e.Seq
		}
		page := write(ExportHTML)
		if strings.Contains(page, "<script") || strings.Count(page, "&lt;script&gt;") != many || strings.ContainsAny(page, "\x1b\u202E") ||
			!strings.Contains(page, "default-src 'none'") || !strings.HasSuffix(page, "</html>\n") {
			t.Error("the page is not what it should be")
		}
		text := write(ExportText)
		if strings.Count(text, "ann: <script>") != many || strings.ContainsAny(text, "\x1b\u202E") || !strings.Contains(text, "* event room.create") {
			t.Errorf("the text is not what it should be: %.300s", text)
		}
		if _, err := ann.Export(t.Context(), &strings.Builder{}, ExportRequest{Room: w.general, Format: "pdf"}); failCode(err) != FailBadValue {
			t.Errorf("an unknown format: %v", err)
		}
		if _, err := ann.Export(t.Context(), &strings.Builder{}, ExportRequest{Room: chat.NewRoomID(), Format: ExportText}); failCode(err) != FailNoRoom {
			t.Errorf("an unknown room: %v", err)
		}
	})
}
