package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"hearth/chat"
	"hearth/net/link"
	"hearth/net/wire"
)

// maxToldDevices bounds which new devices are remembered as told of, and so what
// a server can make us say.
const maxToldDevices = 64

func deviceView(d *wire.DeviceInfo) DeviceView {
	return DeviceView{
		ID: d.Device, Name: shorten(d.Name), Platform: shorten(d.Platform), Peer: shorten(d.Peer), Created: time.UnixMilli(d.Created),
		Seen: time.UnixMilli(d.Seen), Live: d.Live, Current: d.Current, Reset: d.Reset, Recovered: d.Recovered,
	}
}

// shorten cuts what a device, or the server, says to what an honest one does.
func shorten(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), wire.MaxDevice)], "")
}

// Devices implements Commands.
func (a *App) Devices(ctx context.Context) ([]DeviceView, error) {
	var list []DeviceView
	var after chat.DeviceID
	err := pages(func() (int, bool, error) {
		reply, err := query[*wire.Devices](ctx, a, &wire.DeviceList{After: after})
		if err != nil {
			return 0, false, err
		}
		for i := range reply.Devices {
			list = append(list, deviceView(&reply.Devices[i]))
			after = reply.Devices[i].Device
		}
		return len(reply.Devices), reply.More, nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(x, y DeviceView) int {
		if x.Current != y.Current { // this one first, then the one seen last
			return map[bool]int{true: -1, false: 1}[x.Current]
		}
		return y.Seen.Compare(x.Seen)
	})
	return list, nil
}

// RemoveDevice implements Commands.
func (a *App) RemoveDevice(ctx context.Context, id chat.DeviceID) error {
	_, err := query[*wire.OK](ctx, a, &wire.DeviceRevoke{Device: id})
	return err
}

// RemoveOtherDevices implements Commands.
func (a *App) RemoveOtherDevices(ctx context.Context) error {
	_, err := query[*wire.OK](ctx, a, &wire.DeviceRevokeOthers{})
	return err
}

// ChangePassword implements Commands. The stretching happens on the caller's
// goroutine.
func (a *App) ChangePassword(ctx context.Context, r PasswordRequest) error {
	defer clear(r.Present)
	defer clear(r.Fresh)
	s, err := a.connectedNow(ctx)
	if err != nil {
		return err
	}
	err = s.ChangePassword(ctx, r.Present, r.Fresh, r.RemoveOthers)
	if err == nil {
		return nil
	}
	err = networkFailed(err)
	var failed *Failed
	if errors.As(err, &failed) {
		switch link.KindOf(failed.Err) {
		case link.KindPasswordShort, link.KindPasswordLong, link.KindPasswordCommon, link.KindPasswordBad:
			failed.Field = "fresh"
		case link.KindWrongPassword:
			failed.Field = "present"
		}
	}
	return err
}

// DeleteAccount implements Commands. The stretching happens on the caller's goroutine.
func (a *App) DeleteAccount(ctx context.Context, r DeleteRequest) error {
	defer clear(r.Password)
	s, err := a.connectedNow(ctx)
	if err != nil {
		return err
	}
	if !slices.Contains(s.Greeting().Features, wire.FeatureDeletion) {
		return &Failed{Code: FailCode(chat.CodeUnknownType)}
	}
	err = s.DeleteAccount(ctx, r.Password, r.Erase)
	if err == nil {
		return nil
	}
	err = networkFailed(err)
	var failed *Failed
	if errors.As(err, &failed) && link.KindOf(failed.Err) == link.KindWrongPassword {
		failed.Field = "present"
	}
	return err
}

// deviceAdded tells the person, once in a run, that somebody signed in.
func (a *App) deviceAdded(f *wire.DeviceAdded) {
	g := a.group
	id := f.Device.Device
	if id.IsZero() || id == g.owner.Device || slices.Contains(g.told, id) || len(g.told) >= maxToldDevices {
		return
	}
	g.told = append(g.told, id)
	a.notice(Notice{Kind: NoticeDeviceAdded, Device: deviceView(&f.Device)})
}
