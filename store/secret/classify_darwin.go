package secret

import (
	"errors"
	"os/exec"
)

// Exit codes of /usr/bin/security: the low byte of an OSStatus.
const (
	exitInteraction = 36  // errSecInteractionNotAllowed: locked, and nobody can be asked
	exitNoKeychain  = 50  // errSecNoSuchKeychain
	exitAuthFailed  = 51  // errSecAuthFailed
	exitCancelled   = 128 // userCanceledErr
)

// classifySystem reads errors of the macOS keychain.
func classifySystem(err error) Kind {
	if errors.Is(err, exec.ErrNotFound) {
		return KindAbsent
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return KindRefused
	}
	switch exit.ExitCode() {
	case exitInteraction, exitAuthFailed, exitCancelled:
		return KindLocked
	case exitNoKeychain:
		return KindAbsent
	}
	return KindRefused
}
