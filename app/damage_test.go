package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hearth/chat"
	"hearth/store/storetest"
)

// latent makes a person whose store has a flipped bit in an old message, which
// nobody has read since.
func latent(t *testing.T) (w *world, ann *person, texts []string) {
	t.Helper()
	w = newWorld(t, nil)
	ann = w.member("ann").run().live()
	for i := range 300 {
		texts = append(texts, fmt.Sprint("text ", i))
	}
	for part := range slices.Chunk(texts, 50) {
		ann.say(w.general, part...)
		ann.sent()
		time.Sleep(10 * time.Second)
	}
	ann.SetDraft(w.general, chat.Draft{Text: "half a thought", Reply: 7})
	time.Sleep(checkAfter + time.Minute) // all is well when it is looked through
	ann.quit()
	stores, err := filepath.Glob(filepath.Join(ann.dir, "groups", "*", "store.db"))
	if err != nil || len(stores) != 1 {
		t.Fatal(stores, err)
	}
	must(t, storetest.Flip(stores[0]))
	return w, ann, texts
}

// rebuilt expects the problem, and that the way out leads to everything there was.
func (p *person) rebuilt(texts []string) {
	t := p.w.t
	t.Helper()
	p.until("the problem", func(v *View) bool { return v.Phase == PhaseFailed })
	if got := p.View().Problem; got.Kind != ProblemDamaged || got.Path == "" {
		t.Errorf("problem %+v", got)
	}
	p.Retry() // looks through all of it, and finds it again
	time.Sleep(time.Second)
	p.until("the problem again", func(v *View) bool { return v.Phase == PhaseFailed })
	if got := p.View().Problem; got.Kind != ProblemDamaged {
		t.Errorf("problem %+v after another try", got)
	}
	must(t, p.Rebuild(t.Context()))
	p.live()
	page, err := p.Messages(t.Context(), p.w.general, Window{Limit: 500})
	must(t, err)
	var got []string
	for i := range page.Messages {
		if text := page.Messages[i].Text; text != "" {
			got = append(got, text)
		}
	}
	if len(got) < 200 || !slices.Equal(got, texts[max(0, len(texts)-len(got)):]) {
		t.Errorf("%d texts, %q", len(got), got)
	}
	if got := p.roomView(p.w.general).Draft; got.Text != "half a thought" || got.Reply != 7 {
		t.Errorf("the draft is %+v", got)
	}
	p.quit()
}

// TestLatentDamageFound: nobody reads the damaged message; the program does, once a
// day, while it has nothing else to do.
func TestLatentDamageFound(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w, ann, texts := latent(t)
		defer w.close()
		ann.run().live()
		time.Sleep(time.Hour) // the day has not passed since it was looked through
		if v := ann.View(); v.Phase != PhaseOpen {
			t.Errorf("phase %s", v.Phase)
		}
		time.Sleep(checkEvery)
		ann.rebuilt(texts)
	})
}

// TestLatentDamageRead: whoever meets it says so, whatever was asked for.
func TestLatentDamageRead(t *testing.T) {
	for name, read := range map[string]func(ctx context.Context, p *person) error{
		"search": func(ctx context.Context, p *person) error {
			return p.Search(ctx, "text", func(Hit) bool { return true })
		},
		"export": func(ctx context.Context, p *person) error {
			_, err := p.Export(ctx, io.Discard, ExportRequest{Room: p.w.general, Format: ExportText})
			return err
		},
		"page": func(ctx context.Context, p *person) error {
			_, err := p.Messages(ctx, p.w.general, Window{Around: 150, Limit: 100})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w, ann, texts := latent(t)
				defer w.close()
				ann.run().live()
				var f *Failed
				if err := read(t.Context(), ann); !errors.As(err, &f) || f.Problem == nil || f.Problem.Kind != ProblemDamaged || f.Problem.Path == "" {
					t.Errorf("got %v", err)
				}
				ann.rebuilt(texts)
			})
		})
	}
}

// TestRebuildSound: a person may start over without a reason, too.
func TestRebuildSound(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		ann.say(w.general, "one", "two")
		ann.sent()
		must(t, ann.RebuildSound(t.Context()))
		ann.live()
		if got := ann.texts(w.general); !slices.Equal(got, []string{"one", "two"}) {
			t.Errorf("texts %q", got)
		}
		ann.quit()
	})
}
