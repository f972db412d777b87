package ui

import (
	"time"

	"hearth/app"
	"hearth/chat"
)

// galleryCode has code in several languages, own and of others, with and without a
// name.
func galleryCode(c *invented, now time.Time) {
	room := inventedRoom("release-room")
	list := c.messages[room][:3:3]
	for i, text := range []string{
		"This is what the label does now:\n```go\n// Fit returns how many bytes of s are at most width wide.\nfunc Fit(s string, width float32) (n int, err error) {\n\tif s == \"\" {\n\t\treturn 0, nil // żgħir\n\t}\n\tconst most = 48\n\treturn min(len(s), most), errors.New(\"not yet\")\n}\n```\nwith `width` in pixels.",
		"And on the page:\n```html\n<label for=\"name\" class=\"wide\"><!-- 名字 --> Name &amp; surname</label>\n<script>let n = 42; // answer\nreturn `a ${n}`</script>\n```",
		"```diff\n@@ -1,3 +1,3 @@\n-width := 120\n+width := label.MinSize().Width\n return width\n```",
		"```python\n@cached\ndef sizes(names: list[str]) -> dict:\n    \"\"\"Widths by name.\"\"\"\n    return {n: len(n) * 7.5 for n in names if n is not None}\n```\n> ```bash\n> export HEARTH_HOME=\"$HOME/.hearth\" && hearth --gallery | grep -c ok # count\n> ```",
		"```\nno language, no colours: if (x) { return 1 }\n```",
	} {
		m := app.MessageView{
			Seq: chat.Seq(len(list) + 1), Author: inventedAccount("marek"), Name: "Marek Vella", Text: text, Kind: chat.KindMessage,
			MID: chat.MID(id16("code" + string(rune('a'+i)))), Chain: list[0].Chain, State: app.StateSent, Time: now.Add(-2 * time.Minute),
		}
		if i%2 == 1 {
			m.Author, m.Name, m.Own = c.view.Me.Account, "Daniel Camilleri", true
		}
		list = append(list, m)
	}
	c.messages[room] = list
	r := &c.view.Rooms[0]
	r.Head, r.Unread, r.Read = chat.Seq(len(list)), 0, chat.Seq(len(list))
}
