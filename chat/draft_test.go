package chat

import (
	"testing"

	"pgregory.net/rapid"
)

// TestDraftWithout: of what was sent nothing stays, of what came since everything.
func TestDraftWithout(t *testing.T) {
	file := rapid.Custom(func(t *rapid.T) DraftFile {
		return DraftFile{Path: rapid.SampledFrom([]string{"/a", "/b", "/c"}).Draw(t, "path"), Original: rapid.Bool().Draw(t, "original")}
	})
	rapid.Check(t, func(t *rapid.T) {
		sent := Draft{
			Text: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "text"), Reply: Seq(rapid.IntRange(0, 2).Draw(t, "reply")),
			Files: rapid.SliceOfN(file, 0, 4).Draw(t, "files"),
		}
		if rest := sent.Without(&sent); !rest.IsZero() {
			t.Fatalf("all was sent, and %+v stays", rest)
		}
		more := rapid.SliceOfN(file, 0, 3).Draw(t, "more")
		now := Draft{Text: sent.Text + "x", Reply: sent.Reply + 1, Edit: DraftEdit{Seq: 9}, Files: append(append([]DraftFile(nil), sent.Files...), more...)}
		want := Draft{Text: now.Text, Reply: now.Reply, Edit: now.Edit, Files: more}
		if rest := now.Without(&sent); !rest.Equal(&want) {
			t.Fatalf("%+v stays, want %+v", rest, want)
		}
	})
}
