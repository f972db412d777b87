package app

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"hearth/chat"
	"hearth/net/link"
	"hearth/store"
	"hearth/store/profile"
	"hearth/store/secret"
)

// storeProblem says what a failure of the store means for the person.
func storeProblem(err error, path string) *Problem {
	p := &Problem{Kind: ProblemDisk, Path: path, Detail: err.Error(), Full: errors.Is(err, store.ErrNoSpace), Missing: errors.Is(err, store.ErrMissing) || errors.Is(err, profile.ErrLost)}
	switch {
	case errors.Is(err, store.ErrInUse):
		p.Kind = ProblemAlreadyOpen
	case errors.Is(err, store.ErrNewer), errors.Is(err, profile.ErrNewer):
		p.Kind = ProblemNewer
	case errors.Is(err, store.ErrOlder):
		p.Kind = ProblemOlder
	case errors.Is(err, store.ErrDamaged), errors.Is(err, store.ErrWrongKey), errors.Is(err, store.ErrOtherOwner),
		errors.Is(err, profile.ErrDamaged):
		p.Kind = ProblemDamaged
	default:
		p.brief(err)
	}
	return p
}

// brief leaves out of what is told of a folder what Path says.
func (p *Problem) brief(err error) {
	var path *fs.PathError
	if errors.As(err, &path) {
		p.Path, p.Detail = cmp.Or(p.Path, path.Path), path.Err.Error()
	}
}

// secretProblem says what a failure to reach the secrets means for the person.
func secretProblem(err error, mode profile.Mode, path string) *Problem {
	p := &Problem{Path: path, Detail: err.Error()}
	switch secret.KindOf(err) {
	case secret.KindLocked:
		p.Kind = ProblemKeyringLocked
	case secret.KindSlow:
		p.Kind = ProblemKeyringSlow
	case secret.KindAbsent, secret.KindRefused:
		p.Kind = ProblemKeyringAbsent
	case secret.KindUnreadable:
		p.Kind = ProblemKeyringUnreadable
	case secret.KindWrongPassphrase:
		p.Kind = ProblemWrongPassphrase
	default:
		p.Kind = ProblemSecretMissing
	}
	if kind, ok := vaultProblems[p.Kind]; ok && mode == profile.ModeVault {
		p.Kind = kind
	}
	return p
}

// vaultProblems are what failures mean where the secrets lie in a file.
var vaultProblems = map[ProblemKind]ProblemKind{
	ProblemKeyringAbsent: ProblemDisk, ProblemKeyringUnreadable: ProblemVaultDamaged, ProblemSecretMissing: ProblemVaultMissing,
}

// accountProblem says what it means that no group can be read.
func accountProblem(err error, path string) *Problem {
	p := storeProblem(err, path)
	var file *fs.PathError
	if errors.As(err, &file) {
		p.Path = file.Path
	}
	if errors.Is(err, profile.ErrDamaged) {
		p.Kind = ProblemAccountDamaged
	}
	return p
}

// serverFull takes note of whether the server's disk has no space for what is sent.
func (a *App) serverFull(full bool) {
	if c := a.group.net; c != nil && c.full != full {
		c.full, a.viewNew = full, true
	}
}

// diskProblem is a failure of the profile's folder.
func (a *App) diskProblem(err error) *Problem {
	p := &Problem{Kind: ProblemDisk, Detail: err.Error(), Full: errors.Is(err, syscall.ENOSPC)}
	p.brief(err)
	p.Path = cmp.Or(p.Path, a.o.Profile)
	return p
}

// writable is the error of a command that would have to write where nothing can be.
func (a *App) writable() error {
	if s := a.shot.Load(); s.store != nil && s.store.ReadOnly() {
		return &Failed{Code: FailReadOnly}
	}
	return nil
}

// storeFailed turns an error of the store into one of a command.
func storeFailed(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	f := &Failed{Code: FailStore, Detail: err.Error(), Err: err}
	var full *store.OutboxFullError
	switch {
	case errors.Is(err, store.ErrClosed):
		f.Code = FailClosed
	case errors.As(err, &full):
		f.Code, f.Limit = FailOutboxFull, full.Limit
	case errors.Is(err, store.ErrReadOnly):
		f.Code = FailReadOnly
	case errors.Is(err, store.ErrNotFound):
		f.Code = FailBadValue
	case errors.Is(err, store.ErrTransmitted):
		f.Code, f.Field = FailTransmitted, "message"
	default:
		f.Problem = storeProblem(err, "")
	}
	return f
}

// networkFailed turns an error of a way in, or of a request, into one of a
// command.
func networkFailed(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var refusal *chat.Error
	var met *link.Error
	switch {
	case errors.As(err, &met):
		return linkFailed(met)
	case errors.As(err, &refusal):
		return refusalFailed(refusal)
	}
	return &Failed{Code: FailInternal, Detail: err.Error(), Err: err}
}

// linkCodes are the kinds of failure that have a code of their own.
var linkCodes = map[link.Kind]struct {
	code  FailCode
	field string
}{
	link.KindWrongPassword:  {FailPassword, "password"},
	link.KindInviteUnknown:  {FailCode(chat.CodeInviteUnknown), "link"},
	link.KindInviteExpired:  {FailCode(chat.CodeInviteExpired), "link"},
	link.KindInviteUsed:     {FailCode(chat.CodeInviteUsed), "link"},
	link.KindNameTaken:      {FailNameTaken, "name"},
	link.KindNameInvalid:    {FailName, "name"},
	link.KindDisplayInvalid: {FailName, "display"},
	link.KindBadLink:        {FailBadLink, "link"},
	link.KindPasswordShort:  {FailPasswordShort, "password"},
	link.KindPasswordLong:   {FailPasswordLong, "password"},
	link.KindPasswordCommon: {FailPasswordWeak, "password"},
	link.KindPasswordBad:    {FailBadValue, "password"},
	link.KindTooLarge:       {FailTooLong, ""},
	link.KindClosed:         {FailOffline, ""},
	link.KindFull:           {FailCode(chat.CodeBusy), ""},
	link.KindInternal:       {FailInternal, ""},
}

func linkFailed(e *link.Error) error {
	f := &Failed{Detail: e.Error(), After: e.RetryAfter, Err: e}
	known, ok := linkCodes[e.Kind]
	switch {
	case ok:
		f.Code, f.Field = known.code, known.field
	case e.Kind == link.KindRejected, e.Code == chat.CodeRateLimited: // as for one who guesses: no fault of the connection
		f.Code, f.Field = FailCode(e.Code), lastOf(e.Path)
	default:
		f.Code, f.Detail = FailConnection, string(reasonOf(e.Kind))
	}
	if e.Kind == link.KindPinMismatch {
		f.Expected = e.Expected.Groups()
		if !e.Presented.IsZero() {
			f.Presented = e.Presented.Groups()
		}
	}
	return f
}

func refusalFailed(e *chat.Error) error {
	f := &Failed{Code: FailCode(e.Code), Field: lastOf(e.Path), Detail: e.Message, After: e.RetryAfter, Err: e}
	switch e.Code {
	case chat.CodeTooLong:
		f.Code = FailTooLong
	case chat.CodeEmpty:
		f.Code = FailEmpty
	case chat.CodeNameTaken:
		f.Code = FailNameTaken
	case chat.CodeBadValue, chat.CodeBadUTF8, chat.CodeOutOfRange, chat.CodeMissingField, chat.CodeBadType:
		f.Code = FailBadValue
	}
	return f
}

// lastOf returns the last part of a JSON Pointer: the name of the input.
func lastOf(pointer string) string {
	return pointer[strings.LastIndexByte(pointer, '/')+1:]
}

// leading adds to a problem of secrets where the way back in is.
func (p *Problem) leading(account *profile.Account) *Problem {
	if p.MaySignIn() {
		l := chat.Link{Addresses: tidyAddresses(account.Addresses), Server: cmp.Or(account.Pin, account.Server), Bound: account.Bound}
		p.Link, p.Name = l.String(), account.Name
	}
	return p
}
