package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hearth/chat"
	"hearth/internal/linkguard"
	"hearth/internal/testkit"
	"hearth/server/blob"
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
				Room: w.general, Format: f, Words: ExportWords{Language: "en", Event: func(m *MessageView) string { return "event " + string(m.Kind) }},
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

// TestExportPage: a page with every form that words take is what it was when somebody
// looked at it (testdata/export.html, which a browser opens).
func TestExportPage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		ctx := t.Context()
		ann.say(w.general,
			"**bold**, *italic*, ~~struck~~, `code`, ***both***, <b>none</b> & \"quotes\"",
			"> a quote\n> of two lines\n>\n> > and one within\n\nand the answer",
			"- milk\n- bread\n  - rye\n  - white\n\n1. first\n3. third",
			"Run this:\n```go\nfunc main() {\n\tfmt.Println(\"<hi>\") // a line that is rather long and does not fit into any window of a usual width at all\n}\n```\nand tell.",
			"see https://example.org/a_b, [the plan](https://example.com/plan), [example.org](https://evil.example/), [no](javascript:alert(1)) **x**",
			"שלום [קישור](https://example.org/) abc\nمرحبا",
			"<script>alert(1)</script><img src=x onerror=alert(1)> \u202Eturned\u2066",
			"two paragraphs\n\n\nand **three** line breaks",
		)
		ann.sent()
		ann.settled(bob)
		first := bob.messages()[0]
		must(t, bob.App.React(ctx, w.general, first.Seq, "👍", true))
		_, err := bob.App.SendMessage(ctx, w.general, Outgoing{Text: "hi", Reply: first.Seq})
		must(t, err)
		bob.sent()
		ann.settled(bob)
		last := bob.messages()
		must(t, bob.App.EditMessage(ctx, w.general, last[len(last)-1].Seq, "*hello*"))
		bob.sent()
		ann.settled(bob)
		var page strings.Builder
		_, err = ann.Export(ctx, &page, ExportRequest{Room: w.general, Format: ExportHTML, Words: ExportWords{
			Language: "en", Event: func(m *MessageView) string { return linkguard.Isolate(m.Name+m.Subject) + " " + string(m.Kind) },
		}})
		must(t, err)
		moment := regexp.MustCompile(`\d\d\d\d-\d\d-\d\d(T\d\d:\d\d:\d\dZ| \d\d:\d\d)?|>\d\d:\d\d<`)
		testkit.Golden(t, "export.html", []byte(moment.ReplaceAllStringFunc(page.String(), func(s string) string {
			return strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return '0'
				}
				return r
			}, s)
		})))
	})
}

// TestExportOf: what a message answers and whose words it passes on stand before its words,
// what has become of it behind them; of a deleted one it says whose it was.
func TestExportOf(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		ctx := t.Context()
		ann.say(w.general, "shall we\nmeet?", "a secret", "pass it on")
		ann.sent()
		ann.settled(bob)
		said := bob.messages()
		for _, o := range []Outgoing{{Text: "at *five*\nor six", Reply: said[0].Seq}, {Text: "five then"}} {
			_, err := bob.App.SendMessage(ctx, w.general, o)
			must(t, err)
		}
		_, err := bob.App.Forward(ctx, w.general, said[2].Seq, w.general)
		must(t, err)
		must(t, ann.App.DeleteMessage(ctx, w.general, said[1].Seq))
		bob.sent()
		ann.sent()
		ann.settled(bob)
		must(t, ann.App.React(ctx, w.general, ann.last(w.general).Seq, "👍", true))
		ann.sent()
		words := ExportWords{Language: "en", Event: func(m *MessageView) string {
			if m.Erased {
				return m.ErasedBy + " deleted it"
			}
			return "event " + string(m.Kind)
		}}
		var text, page strings.Builder
		_, err = ann.Export(ctx, &text, ExportRequest{Room: w.general, Format: ExportText, Words: words})
		must(t, err)
		for _, want := range []string{
			"  * ann: ann deleted it\n", "  bob: ↩ ann shall we meet?\n       at *five*\n       or six\n", "  bob: five then\n",
			"  bob: ↪ ann\n       pass it on\n       👍 1\n",
		} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("the text is without %q:\n%s", want, text.String())
			}
		}
		_, err = ann.Export(ctx, &page, ExportRequest{Room: w.general, Format: ExportHTML, Words: words})
		must(t, err)
		if !strings.Contains(page.String(), ">ann: ann deleted it <time") {
			t.Errorf("the page does not say whose message was deleted:\n%s", page.String())
		}
	})
}

// TestExportHistory: lines for programs hold every text that a message has had, and who
// reacted with what.
func TestExportHistory(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		ctx := t.Context()
		ann.say(w.general, "one", "untouched")
		ann.sent()
		ann.settled(bob)
		seq := bob.messages()[0].Seq
		for _, text := range []string{"two", "three"} {
			must(t, ann.App.EditMessage(ctx, w.general, seq, text))
			ann.sent()
		}
		must(t, ann.App.React(ctx, w.general, seq, "👍", true))
		ann.sent()
		ann.settled(bob)
		must(t, bob.App.React(ctx, w.general, seq, "👍", true))
		must(t, bob.App.React(ctx, w.general, seq, "🎉", true))
		bob.sent()
		var out strings.Builder
		_, err := bob.Export(ctx, &out, ExportRequest{Room: w.general, Format: ExportJSON})
		must(t, err)
		var texts, who []string
		for line := range strings.Lines(out.String()) {
			var e ExportedEvent
			must(t, json.Unmarshal([]byte(line), &e))
			if e.Seq != uint64(seq) && len(e.Versions)+len(e.Reactors) > 0 {
				t.Errorf("a history of what has none: %s", line)
			}
			for i, v := range e.Versions {
				texts = append(texts, v.Text)
				if (i == 0) != (v.Seq == e.Seq) || i > 0 && v.Seq <= e.Versions[i-1].Seq || v.Time == "" {
					t.Errorf("version %d of %d: %+v", i, e.Seq, v)
				}
			}
			for _, emoji := range []string{"👍", "🎉"} {
				for _, p := range e.Reactors[emoji] {
					who = append(who, emoji+p.Name)
					var account chat.AccountID
					if err := account.UnmarshalText([]byte(p.Author)); err != nil {
						t.Errorf("an actor %+v: %v", p, err)
					}
				}
			}
		}
		if got := strings.Join(texts, " "); got != "one two three" {
			t.Errorf("texts: %s", got)
		}
		if got := strings.Join(who, " "); got != "👍ann 👍bob 🎉bob" {
			t.Errorf("reactions: %s", got)
		}
	})
}

// TestExportFetches: an export takes along the preview of a picture where only that is on
// this disk, and the rest from the server if that is wanted and there is a connection.
func TestExportFetches(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, nil)
		defer w.close()
		w.keepsFiles(blob.Limits{})
		ann, ben := w.member("ann").run().live(), w.member("ben").run().live()
		defer ann.quit()
		defer ben.quit()
		pic := photo(t, 900, 600)
		_, err := ann.SendFiles(ctx, w.general, Outgoing{Text: "look"}, []LocalFile{bytesFile("plan.bin", noise(1)), bytesFile("Holiday.JPEG", pic)})
		must(t, err)
		ann.sent()
		ann.settled(ben)
		row := ben.last(w.general)
		thumb, err := ben.LoadThumb(ctx, w.general, row.Files[1].File)
		must(t, err)
		beside, folder := t.TempDir(), ""
		export := func(f ExportFormat, fetch bool, want Exported, parts ...string) {
			folder = filepath.Join(beside, fmt.Sprint(f, fetch, ben.View().Connection.State))
			var page strings.Builder
			done, err := ben.Export(ctx, &page, ExportRequest{
				Room: w.general, Format: f, Folder: folder, Fetch: fetch, Words: ExportWords{Absent: "not here", Preview: "preview only"},
			})
			must(t, err)
			if done.Events = 0; done != want {
				t.Errorf("%s: %+v, wanted %+v", f, done, want)
			}
			for _, part := range parts {
				if part = strings.ReplaceAll(part, "DIR", filepath.Base(folder)); !strings.Contains(page.String(), part) {
					t.Errorf("%s without %q:\n%s", f, part, page.String())
				}
			}
		}
		name := fmt.Sprint(row.Seq, "-2-preview.jpg")
		few := Exported{Previews: 1, Absent: 1}
		export(ExportText, false, few, "[plan.bin, 1 byte, not here]\n", "preview only] DIR/"+name+"\n")
		export(ExportJSON, false, few, `"preview":"DIR/`+name+`"`)
		export(ExportHTML, false, few, `<p class="file"><img src="./DIR/`+name+`" alt="" loading="lazy"><bdi>Holiday.JPEG</bdi> ·`, "· preview only</p>")
		if saved, err := os.ReadFile(filepath.Join(folder, name)); err != nil || !bytes.Equal(saved, thumb) {
			t.Errorf("the preview has %d bytes, %v", len(saved), err)
		}
		w.stop(true)
		ben.until("the loss", func(v *View) bool { return v.Connection.State != ConnLive })
		export(ExportHTML, true, few) // it waits for no server
		w.start()
		ben.live()
		export(ExportHTML, true, Exported{Copies: 2}, "plan.bin", `-2-Holiday.JPEG" download><img src="./DIR/`)
		if saved, err := os.ReadFile(filepath.Join(folder, fmt.Sprint(row.Seq, "-1-plan.bin"))); err != nil || !bytes.Equal(saved, noise(1)) {
			t.Errorf("the file has %d bytes, %v", len(saved), err)
		}
	})
}
