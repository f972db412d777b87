//go:build unix

package run

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"hearth/chaos/check"
	"hearth/chat"
)

// twice: a reaction that was sent again under another id, as a device that lost its
// profile does, is in the log twice and counts once.
func twice(ctx context.Context, e *experiment) []check.Violation {
	w, err := e.small(ctx, "")
	if err != nil {
		return notStarted(err)
	}
	defer w.close()
	ana := w.clients[0]
	invite, err := ana.must(ctx, "invite")
	if err != nil {
		return notStarted(err)
	}
	p, err := register(ctx, strings.TrimSpace(invite), w.server.listen, "doer")
	if err != nil {
		return notStarted(err)
	}
	d := &doer{prober: p}
	if err := d.enter(ctx); err != nil {
		return notStarted(err)
	}
	defer d.hangUp()
	at, err := d.send(ctx, chat.KindMessage, `{"text":"liked"}`)
	for range 2 {
		if err == nil {
			_, err = d.send(ctx, chat.KindReactionAdd, fmt.Sprintf(`{"seq":%d,"emoji":"🫖"}`, at))
		}
	}
	if err == nil {
		_, err = ana.must(ctx, "status", "--wait")
	}
	if err != nil {
		return notStarted(err)
	}
	out, err := ana.must(ctx, "export", "general", "--format", "json")
	if err != nil {
		return notStarted(err)
	}
	for line := range strings.Lines(out) {
		var x struct {
			Seq       chat.Seq       `json:"seq"`
			Reactions map[string]int `json:"reactions"`
		}
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			return notStarted(err)
		}
		if x.Seq == at {
			if n := x.Reactions["🫖"]; n != 1 {
				return []check.Violation{{Check: "I2 once", Text: fmt.Sprintf("the reaction of one person is counted as %d", n)}}
			}
			return nil
		}
	}
	return notStarted(fmt.Errorf("the message is not in the export\n%s", out))
}
