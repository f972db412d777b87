//go:build !windows && !darwin

package secret

import (
	"errors"
	"strings"

	"github.com/godbus/dbus/v5"
)

// textUnlock begins what the library says when unlocking was refused or dismissed.
const textUnlock = "failed to unlock"

// classifySystem reads errors of the Secret Service on the session bus. Errors
// a service answered carry a name, which is what counts; texts differ between
// services and languages. Anything else that is not the library's refusal to
// unlock happened on the way to the service: no bus, no socket, a bus that went
// away. For the person they are all one thing: there is no keyring to ask.
func classifySystem(err error) Kind {
	if name := busErrorName(err); name != "" {
		return classifyName(name)
	}
	if strings.HasPrefix(err.Error(), textUnlock) {
		return KindLocked
	}
	return KindAbsent
}

func busErrorName(err error) string {
	var value dbus.Error
	if errors.As(err, &value) {
		return value.Name
	}
	var pointer *dbus.Error
	if errors.As(err, &pointer) {
		return pointer.Name
	}
	return ""
}

// classifyName maps the names of errors on the bus.
func classifyName(name string) Kind {
	const bus, service = "org.freedesktop.DBus.Error.", "org.freedesktop.Secret.Error."
	switch name {
	case service + "IsLocked":
		return KindLocked
	case bus + "NoReply", bus + "Timeout", bus + "TimedOut":
		return KindSlow
	case bus + "ServiceUnknown", bus + "NameHasNoOwner", bus + "NoServer", bus + "NoNetwork",
		bus + "Disconnected", bus + "AccessDenied", bus + "UnknownObject", bus + "UnknownInterface",
		bus + "UnknownMethod", service + "NoSuchObject":
		return KindAbsent
	}
	if strings.HasPrefix(name, bus+"Spawn.") {
		return KindAbsent
	}
	return KindRefused
}
