package wire

import (
	"strings"
	"testing"
	"unicode/utf8"

	"hearth/chat"
)

// TestCrowdedFrame: what takes three bytes to claim must not take hundreds of
// megabytes to hold.
func TestCrowdedFrame(t *testing.T) {
	frame := func(n int, one string) []byte {
		return []byte(`{"t":"events","room":"caireeyuculbogazdinryhi6d4","events":[` + strings.TrimSuffix(strings.Repeat(one+",", n), ",") + `],"chain":""}`)
	}
	if _, err := DecodeServer(frame(MaxObjects, `{}`)); chat.CodeOf(err) != chat.CodeTooLong {
		t.Errorf("%d events: %v", MaxObjects, err)
	}
	// Braces in people's texts are not objects.
	event := `{"seq":1,"kind":"message","mid":"ibaueq2eivdeosckjngu4t2qke","time":1,"body":"{\"text\":\"` + strings.Repeat(`{\\\"{`, 10_000) + `\"}"}`
	_, err := DecodeServer([]byte(`{"t":"events","room":"caireeyuculbogazdinryhi6d4","events":[` + event + `],"chain":"` + strings.Repeat("A", 43) + `"}`))
	if err != nil {
		t.Errorf("a text of braces: %v", err)
	}
}

// TestImpossibleNumbers: sequences and times beyond what anybody can mean never
// reach arithmetic.
func TestImpossibleNumbers(t *testing.T) {
	const big = "18446744073709551615"
	for _, text := range []string{
		`{"t":"void","from":1,"to":` + big + `}`,
		`{"t":"events","events":[{"seq":` + big + `}]}`,
		`{"t":"events","events":[{"seq":1,"time":-1}]}`,
		`{"t":"events","events":[{"seq":1,"time":9223372036854775807}]}`,
		`{"t":"history.page","re":1,"events":[{"seq":` + big + `}]}`,
		`{"t":"ack","re":1,"seq":` + big + `}`,
		`{"t":"ack","re":1,"time":-5}`,
		`{"t":"sync.started","re":1,"rooms":[{"head":` + big + `}]}`,
		`{"t":"sync.started","re":1,"rooms":[{"from":` + big + `}]}`,
		`{"t":"send.state","re":1,"items":[{"seq":` + big + `}]}`,
		`{"t":"live","heads":[{"seq":` + big + `}]}`,
		`{"t":"heads.at","re":1,"heads":[{"seq":` + big + `}]}`,
		`{"t":"chains.at","re":1,"chains":[{"seq":` + big + `}]}`,
		`{"t":"ready","re":1,"time":-1}`,
		`{"t":"ready","re":1,"away_ms":9223372036854775807}`,
		`{"t":"ready","re":1,"session_expires":9223372036854775807}`,
		`{"t":"goodbye","after_ms":9223372036854775807}`,
		`{"t":"error","code":"busy","retry_after_ms":-1}`,
	} {
		if f, err := DecodeServer([]byte(text)); chat.CodeOf(err) != chat.CodeOutOfRange {
			t.Errorf("%s: %+v, %v", text, f, err)
		}
	}
}

// TestErrorTexts: a server's words reach logs and windows without what hides or
// turns text, and cut short.
func TestErrorTexts(t *testing.T) {
	f := &Error{
		Code: chat.Code("bu\x1b[31msy" + strings.Repeat("x", 1000)), Path: "/a\r\n\u202eb" + strings.Repeat("é", 1000),
		Message: "no\u202e\u2066\u200b\x00 " + strings.Repeat("long ", 100_000),
	}
	e := f.Err()
	if len(e.Code) > maxErrorCode || len(e.Path) > maxErrorPath || len(e.Message) > maxErrorText {
		t.Errorf("%d, %d, %d bytes", len(e.Code), len(e.Path), len(e.Message))
	}
	for _, s := range []string{string(e.Code), e.Path, e.Message} {
		if strings.IndexFunc(s, hidden) >= 0 || !utf8.ValidString(s) {
			t.Errorf("%q", s)
		}
	}
	if !strings.HasPrefix(e.Message, "no long ") || !strings.HasPrefix(e.Path, "/ab") || !strings.HasPrefix(string(e.Code), "bu[31msy") {
		t.Errorf("%.20q %.20q %.20q", e.Message, e.Path, e.Code)
	}
}
