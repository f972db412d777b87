//go:build keyring && linux

package desktop

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/godbus/dbus/v5"
)

// portal is a file chooser on the bus: the other side of AskFiles.
type portal struct {
	conn    *dbus.Conn
	code    uint32
	uris    []string
	method  string
	title   string
	options map[string]dbus.Variant
	asked   func() // told once the dialog would be open; may be nil
}

const requestPath = dbus.ObjectPath("/org/freedesktop/portal/desktop/request/1_1/hearth")

func (p *portal) ask(method, title string, options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	p.method, p.title, p.options = method, title, options
	if p.uris != nil {
		results := map[string]dbus.Variant{"uris": dbus.MakeVariant(p.uris)}
		if err := p.conn.Emit(requestPath, portalRequest+".Response", p.code, results); err != nil {
			return "", dbus.MakeFailedError(err)
		}
	}
	if p.asked != nil {
		p.asked()
	}
	return requestPath, nil
}

func (p *portal) OpenFile(_, title string, o map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	return p.ask("OpenFile", title, o)
}

func (p *portal) SaveFile(_, title string, o map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	return p.ask("SaveFile", title, o)
}

// TestAskFiles: the portal is told what is asked for, and its answer are paths; without a
// portal that is said, and whoever does not wait any more closes its dialog.
func TestAskFiles(t *testing.T) {
	if _, err := AskFiles(t.Context(), Ask{Title: "x"}); !errors.Is(err, ErrNoChooser) {
		t.Fatalf("without a portal: %v", err)
	}
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	p := &portal{conn: conn}
	if err := conn.Export(p, portalPath, portalChooser); err != nil {
		t.Fatal(err)
	}
	if r, err := conn.RequestName(portalName, dbus.NameFlagDoNotQueue); err != nil || r != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("no name for the portal: %v, %v", r, err)
	}
	p.uris = []string{"file:///home/a%20b.png", "https://elsewhere/x", "file:///c"}
	got, err := AskFiles(t.Context(), Ask{Title: "Which?", Many: true, Folder: "/home", Kinds: []Kind{{Name: "Pictures", Ends: []string{".png"}}, {Name: "All"}}})
	if want := []string{"/home/a b.png", "/c"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	if p.method != "OpenFile" || p.title != "Which?" || p.options["multiple"].Value() != true || string(p.options["current_folder"].Value().([]byte)) != "/home\x00" {
		t.Errorf("%s %q %v", p.method, p.title, p.options)
	}
	var filters []filter
	if err := p.options["filters"].Store(&filters); err != nil || len(filters) != 2 || filters[0].Patterns[0].Glob != "*.[pP][nN][gG]" || filters[1].Patterns[0].Glob != "*" {
		t.Errorf("%+v, %v", filters, err)
	}
	p.uris = []string{"file:///tmp/copy.pdf"}
	got, err = AskFiles(t.Context(), Ask{Title: "Where?", Save: true, Name: "copy.pdf"})
	if err != nil || !slices.Equal(got, []string{"/tmp/copy.pdf"}) || p.method != "SaveFile" || p.options["current_name"].Value() != "copy.pdf" {
		t.Errorf("%q, %v; %s %v", got, err, p.method, p.options)
	}
	p.code = 1 // they changed their mind
	if got, err := AskFiles(t.Context(), Ask{}); err != nil || got != nil {
		t.Errorf("%q, %v", got, err)
	}
	p.uris = nil // nothing is answered
	ctx, stop := context.WithCancel(t.Context())
	p.asked = stop
	if _, err := AskFiles(ctx, Ask{}); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits: %v", err)
	}
}
