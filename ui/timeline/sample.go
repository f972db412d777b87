package timeline

import (
	"time"
)

// Sample is an invented conversation with everything a timeline can show, for
// the gallery and for pictures. Days end at the given time.
func Sample(now time.Time) Static {
	var rows Static
	at := func(days int, clock string) time.Time {
		c, _ := time.Parse("15:04", clock) // constants below
		d := now.AddDate(0, 0, -days)
		return time.Date(d.Year(), d.Month(), d.Day(), c.Hour(), c.Minute(), 0, 0, now.Location())
	}
	add := func(author, name, text string, when time.Time) *Row {
		r := &Row{
			ID: "sample-" + string(rune('a'+len(rows))), Seq: uint64(len(rows) + 1), Author: author, Name: name,
			Own: author == "me", Time: when, Text: text,
		}
		rows = append(rows, r)
		return r
	}
	add("", "", "Daniel created the room release", at(1, "17:20")).Kind = System
	add("marek", "Marek Vella", "The build for tonight is up. Could everybody who has a minute install it and click around? I only tried it on the old laptop.", at(1, "17:41"))
	add("marek", "Marek Vella", "No hurry 🎉", at(1, "17:42"))
	add("", "", "Sofia Rossi joined", at(0, "08:55")).Kind = System
	add("ana", "Ana Borg", "Bonġu! Can somebody look at the login flow before noon? The Maltese strings (żgħir, ħut, ċavetta) were cut off on narrow windows.", at(0, "09:12"))
	add("ana", "Ana Borg", "Steps are here: https://chat.example.org/r/login?step=2#narrow", at(0, "09:13"))
	add("me", "Daniel Camilleri", "On it. The label had a fixed width, patch below.", at(0, "09:20"))
	add("me", "Daniel Camilleri", "```go\nfunc (l *Login) MinSize() fyne.Size {\n    return l.form.MinSize().Max(l.hint)\n}\n```", at(0, "09:21"))
	add("li", "李伟 Li Wei", "谢谢！我刚刚测试了，中文显示正常。 See https://chat.example.org/r/login for notes", at(0, "09:31"))
	add("li", "李伟 Li Wei", "> the label had a fixed width\n\nOne more thing: the **dark palette** needs a _softer_ divider, in `palette.go`:\n- `Line`\n- `Edge`, but ~~never~~ rarely", at(0, "09:32"))
	add("sofia", "Sofia Rossi", "", at(0, "09:40")).Kind = Hint
	rows[len(rows)-1].Text = "This message needs a newer version of Hearth."
	add("me", "Daniel Camilleri", "Will do after lunch.", at(0, "09:44"))
	waiting := add("me", "Daniel Camilleri", "Writing this on the train, it goes out when there is a network again.", at(0, "09:58"))
	waiting.Seq, waiting.State = 0, Waiting
	failed := add("me", "Daniel Camilleri", "And this one the server did not want.", at(0, "09:59"))
	failed.Seq, failed.State, failed.Reason = 0, Failed, "you are no longer in this room"
	failed.MayEdit, failed.MayRetry = true, true
	return rows
}
