//go:build !windows && !darwin

package desktop

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"github.com/godbus/dbus/v5"
)

// The file chooser of the desktop portal: the desktop's own dialog, and inside a
// sandbox the only one that reaches the person's files.
const (
	portalName    = "org.freedesktop.portal.Desktop"
	portalPath    = dbus.ObjectPath("/org/freedesktop/portal/desktop")
	portalChooser = "org.freedesktop.portal.FileChooser"
	portalRequest = "org.freedesktop.portal.Request"
)

// AskFiles asks the person for files in the desktop's own dialog and returns their paths,
// none if they changed their mind; of a place it has asked whether what is there may be
// replaced. It waits for the person; ending ctx closes the dialog. ErrNoChooser if there
// is no such dialog.
func AskFiles(ctx context.Context, ask Ask) ([]string, error) {
	conn, err := dbus.SessionBusPrivateNoAutoStartup()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoChooser, err)
	}
	defer conn.Close()
	if err := conn.Auth(nil); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoChooser, err)
	}
	if err := conn.Hello(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoChooser, err)
	}
	if err := conn.AddMatchSignalContext(ctx, dbus.WithMatchInterface(portalRequest), dbus.WithMatchMember("Response")); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoChooser, err)
	}
	answers := make(chan *dbus.Signal, 8)
	conn.Signal(answers)
	var request dbus.ObjectPath
	method := "OpenFile"
	if ask.Save {
		method = "SaveFile"
	}
	call := conn.Object(portalName, portalPath).CallWithContext(ctx, portalChooser+"."+method, 0, "", ask.Title, ask.options())
	if err := call.Store(&request); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%w: %w", ErrNoChooser, err)
	}
	for {
		select {
		case <-ctx.Done():
			conn.Object(portalName, request).Call(portalRequest+".Close", dbus.FlagNoReplyExpected)
			return nil, ctx.Err()
		case s, open := <-answers:
			if !open {
				return nil, fmt.Errorf("%w: the bus went away", ErrNoChooser)
			}
			if s.Path == request {
				return chosen(s.Body), nil
			}
		}
	}
}

// filter and pattern are how the portal takes kinds of files.
type (
	filter struct {
		Name     string
		Patterns []pattern
	}
	pattern struct {
		Kind uint32 // 0: of names
		Glob string
	}
)

// options are what the portal is told.
func (a *Ask) options() map[string]dbus.Variant {
	o := map[string]dbus.Variant{"handle_token": dbus.MakeVariant("hearth")}
	if a.Save {
		o["current_name"] = dbus.MakeVariant(a.Name)
	} else {
		o["multiple"] = dbus.MakeVariant(a.Many)
	}
	if a.Folder != "" {
		o["current_folder"] = dbus.MakeVariant(append([]byte(a.Folder), 0))
	}
	var filters []filter
	for _, k := range a.Kinds {
		f := filter{Name: k.Name}
		for _, end := range k.Ends {
			f.Patterns = append(f.Patterns, pattern{0, "*" + anyCase(end)})
		}
		if len(k.Ends) == 0 {
			f.Patterns = []pattern{{0, "*"}}
		}
		filters = append(filters, f)
	}
	if len(filters) > 0 {
		o["filters"] = dbus.MakeVariant(filters)
	}
	return o
}

// anyCase is a pattern for a text whether its letters are large or small.
func anyCase(s string) string {
	var b strings.Builder
	for _, r := range s {
		if small, large := unicode.ToLower(r), unicode.ToUpper(r); small != large {
			b.WriteString("[" + string(small) + string(large) + "]")
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// chosen reads the portal's answer: 0 and what was chosen, or another number.
func chosen(body []any) (paths []string) {
	if len(body) < 2 {
		return nil
	}
	code, _ := body[0].(uint32)
	results, _ := body[1].(map[string]dbus.Variant)
	uris, _ := results["uris"].Value().([]string)
	if code != 0 {
		return nil
	}
	for _, s := range uris {
		if u, err := url.Parse(s); err == nil && u.Scheme == "file" && u.Path != "" {
			paths = append(paths, u.Path)
		}
	}
	return paths
}
