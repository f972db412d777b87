package secret

import (
	"errors"
	"syscall"
)

// noLogonSession is ERROR_NO_SUCH_LOGON_SESSION: a service or a network login
// without a credential store.
const noLogonSession = syscall.Errno(1312)

// classifySystem reads errors of the Windows Credential Manager.
func classifySystem(err error) Kind {
	if errors.Is(err, noLogonSession) {
		return KindAbsent
	}
	return KindRefused
}
