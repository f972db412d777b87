package big

import (
	"testing"

	"hearth/app"
	"hearth/internal/testkit"
)

// TestGroup makes a small group and opens it: client and server agree about it.
func TestGroup(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	if _, err := Open(t.Context(), 2000); err != nil {
		t.Fatal(err)
	}
	g, err := Open(t.Context(), 2000) // what is there already
	if err != nil {
		t.Fatal(err)
	}
	stop, err := g.Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}()
	core, end, err := g.Run(t.Context(), testkit.Logger(t))
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	err = settle(t.Context(), "a connection", func() bool { return core.View().Connection.State == app.ConnLive })
	if err != nil {
		t.Fatal(err, core.View().Problem)
	}
	v := core.View()
	if len(v.Rooms) != rooms || v.Problem != nil {
		t.Errorf("%d rooms, %v", len(v.Rooms), v.Problem)
	}
	for i := range v.Rooms {
		if r := &v.Rooms[i]; r.Name == "bikes" && (r.ID != g.First || r.Unread > 0 || r.Head < 200) {
			t.Errorf("the first room is %+v", r)
		}
	}
	found := 0
	err = core.Search(t.Context(), Rare, func(app.Hit) bool { found++; return true })
	if err != nil || found != 1 {
		t.Errorf("%d found, %v", found, err)
	}
}
