//go:build !windows && !darwin

package desktop

import (
	"context"
	"fmt"
	"net/url"

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

// ChooseFiles lets the person choose files in the desktop's own dialog and returns
// their paths, none if they changed their mind. It waits for the person; ending ctx
// closes the dialog. ErrNoChooser if there is no such dialog.
func ChooseFiles(ctx context.Context, title string) ([]string, error) {
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
	call := conn.Object(portalName, portalPath).CallWithContext(ctx, portalChooser+".OpenFile", 0, "", title, map[string]dbus.Variant{
		"handle_token": dbus.MakeVariant("hearth"), "multiple": dbus.MakeVariant(true),
	})
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
