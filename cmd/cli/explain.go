package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
	"unicode"

	"hearth/app"
	"hearth/chat"
)

// explain turns an error of the core into words and an exit code.
func explain(err error, o *options) (code int, text string) {
	var failed *app.Failed
	var line *lineError
	if errors.As(err, &line) {
		code, text := explain(line.err, o)
		return code, fmt.Sprintf("line %d: %s\n  %s; from this one on nothing was", line.n, text,
			plural(line.taken, "1 line before it was taken", "%d lines before it were taken"))
	}
	var usage usageError
	if errors.As(err, &usage) {
		return exitUsage, usage.text
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return exitOffline, fmt.Sprintf("not done within %v (--timeout)", o.Timeout)
	}
	if !errors.As(err, &failed) {
		return exitFailure, err.Error()
	}
	if failed.Problem != nil {
		return explainProblem(failed.Problem)
	}
	if failed.Expected != "" {
		return exitRefused, another(failed.Expected, failed.Presented)
	}
	code, text = explainFailed(failed)
	if failed.After > 0 {
		text += "; try again in " + counted(int((failed.After+time.Second-1)/time.Second), "second")
	}
	return code, text
}

// explainFailed is for what has nothing of its own to say.
func explainFailed(failed *app.Failed) (code int, text string) {
	text, ok := words[failed.Code]
	switch {
	case failed.Field == "files" && failed.Detail != "":
		return exitOf(failed.Code), text + ": " + fileOf(failed)
	case failed.Code == app.FailConnection:
		return exitOffline, text + ": " + reasonText(app.Reason(failed.Detail))
	case !ok:
		return exitRefused, "the server refused it: " + string(failed.Code) + tail(failed.Detail)
	case failed.Code == app.FailBadValue && failed.Field == "search":
		return exitOf(failed.Code), failed.Detail + " is not understood: days are written 2026-11-21, 2026-11 or 2026, and behind has: stands link or file"
	case failed.Code == app.FailNobody, failed.Code == app.FailNowhere:
		return exitOf(failed.Code), text + tail(failed.Detail)
	case failed.Code == app.FailBadValue:
		if failed.Field != "" {
			text = "the " + fieldOf(failed) + " cannot be used"
		}
		return exitOf(failed.Code), text + tail(failed.Detail)
	case failed.Code == app.FailRecoveryKey, failed.Code == app.FailBadAddress, failed.Code == app.FailAuthority, failed.Code == app.FailHosting:
		return exitOf(failed.Code), text + tail(failed.Detail)
	case failed.Code == app.FailEmpty && failed.Field != "":
		return exitOf(failed.Code), "the " + fieldOf(failed) + " is empty"
	case failed.Code == app.FailTooLong && failed.Field != "":
		return exitOf(failed.Code), "the " + fieldOf(failed) + " is too long" + tail(failed.Detail)
	case exitOf(failed.Code) == exitRefused:
		return exitRefused, text + " (" + string(failed.Code) + ")"
	}
	return exitOf(failed.Code), text // which says it all
}

// fieldOf names what a failure is about as people do.
func fieldOf(f *app.Failed) string {
	if name, ok := fields[f.Field]; ok {
		return name
	}
	return f.Field
}

// fields are the names of what has another one in the protocol, or in the core.
var fields = map[string]string{
	"body": "message", "display": "display name", "seq": "sequence", "mid": "message id", "account": "person", "people": "list of people",
	"files": "file", "avatar": "picture", "until": "length of time", "for_ms": "length of time", "expires": "length of time",
	"uses": "number of uses", "days": "number of days", "path": "file", "reply": "message that it answers",
}

// fileWords says what is wrong with a file as the system does, without the name of the
// call that found it out.
func fileWords(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Path + ": " + path.Err.Error()
	}
	return err.Error()
}

// fileOf names the file that cannot be sent, and why.
func fileOf(f *app.Failed) string {
	switch {
	case f.Err == nil:
		return f.Detail
	case strings.Contains(f.Err.Error(), f.Detail):
		return fileWords(f.Err)
	}
	return f.Detail + ": " + fileWords(f.Err)
}

// counted is a number of things.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// plural is words about so many: those for one, or those for others, in which %d is how many.
func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return strings.ReplaceAll(many, "%d", strconv.Itoa(n))
}

// waitWords says that so many messages wait (0: it is a change that does), and for what.
func waitWords(v *app.View, n int) string {
	what, they, them := "the change waits", "it", "it"
	switch {
	case n == 1:
		what = "1 message waits"
	case n > 1:
		what, they, them = counted(n, "message")+" wait", "they", "them"
	}
	switch {
	case v.Connection.Reason == app.ReasonDiskFull:
		return what + " in the outbox: this disk is full; once it has space, " + they + " will be sent when this profile connects again, unless the server has " + them + " already"
	case v.ServerFull:
		return what + " in the outbox: the server's disk is full; once it has space, " + they + " will be sent by whatever command is connected"
	case v.Connection.State == app.ConnLive:
		return what + " in the outbox; " + they + " will be sent by whatever command is connected"
	}
	return what + " in the outbox; " + they + " will be sent when this profile connects again"
}

func tail(detail string) string {
	if detail == "" {
		return ""
	}
	return " (" + detail + ")"
}

// another says that a server has not the identity it should have.
func another(expected, presented string) string {
	text := "another server answers there: its identity is not the one this link or profile names; nothing was sent\n  expected  " + expected
	if presented != "" {
		text += "\n  presented " + presented
	}
	return text
}

// reasons are words for why there is no connection.
var reasons = map[app.Reason]string{
	app.ReasonUnreachable:  "nothing answers there",
	app.ReasonRefused:      "the machine answers, but no server runs there",
	app.ReasonNameNotFound: "the host name is unknown",
	app.ReasonNoRoute:      "this machine has no network",
	app.ReasonTimeout:      "it did not answer in time",
	app.ReasonLost:         "the connection broke",
	app.ReasonRestart:      "the server restarts",
	app.ReasonBusy:         "the server asks to come back later",
	app.ReasonNotHearth:    "something else than a Hearth server answers there",
	app.ReasonTooOld:       "the server is too old for this client",
	app.ReasonTooNew:       "the server is too new for this client",
	app.ReasonPinMismatch:  "another server answers there; nothing was sent",
	app.ReasonAuthority:    "its certificate is of an authority that this machine does not know; --ca names the authority's file",
	app.ReasonNotBound:     "something sits between here and the server",
	app.ReasonCertificate:  "the server's certificate has expired",
	app.ReasonExpired:      "the password must be proven again: log in; everything is kept",
	app.ReasonRevoked:      "this device was removed from the account; \"hearth-cli login\" makes it a new device of it, everything is kept",
	app.ReasonSuspended:    "whoever runs the server has suspended this account; what is here can be read and exported, and once the account is let in again the next command connects as before",
	app.ReasonEnded:        "whoever runs the server has ended the group; what is here can be read and exported",
	app.ReasonDeleted:      "this account was deleted; what is here can be read and exported",
	app.ReasonUnknown: "the server does not know this device: it may have been restored from an older backup. Everything is kept here.\n" +
		"  \"hearth-cli login\" makes it a device again if the server still has the account;\n" +
		"  otherwise ask for an invite, and \"hearth-cli join LINK\" makes an account again and takes over what was written here",
	app.ReasonDisplaced: "the same device is connected elsewhere",
	app.ReasonHistory:   "the server's history does not fit what is stored here",
	app.ReasonUnsafe:    "the server wants the password handled unsafely; it was not sent",
	app.ReasonDiskFull:  "the disk of this computer is full; it goes on when there is space",
	app.ReasonReadOnly:  "nothing can be written to the folder of this profile; what is in it can be read, searched and exported, and nothing is sent or received",
	app.ReasonInternal:  "a fault of this program",
}

func reasonText(r app.Reason) string {
	if text, ok := reasons[r]; ok {
		return text
	}
	return string(r)
}

func exitOf(code app.FailCode) int {
	switch code {
	case app.FailBadLink, app.FailBadAddress, app.FailAuthority, app.FailNotInvite, app.FailNotReset, app.FailIsReset, app.FailRecoveryKey, app.FailPasswordShort, app.FailPasswordWeak, app.FailPasswordLong,
		app.FailName, app.FailTooLong, app.FailEmpty, app.FailBadValue, app.FailNobody, app.FailNowhere, app.FailSettled, app.FailTransmitted, app.FailNoRoom, app.FailPurged,
		app.FailFileTooLarge, app.FailTooManyFiles, app.FailFileUnreadable, app.FailFileName, app.FailPicture, app.FailPictureLarge, app.FailExists, app.FailFileAbsent:
		return exitUsage
	case app.FailConnection, app.FailOffline:
		return exitOffline
	case app.FailSecrets:
		return exitSecrets
	case app.FailStore, app.FailReadOnly, app.FailHasGroup, app.FailSignedIn, app.FailSignedInReset:
		return exitProfile
	case app.FailInternal, app.FailClosed, app.FailHosting, app.FailPortInUse, app.FailPortDenied, app.FailHostsOther, app.FailMove, app.FailKept, app.FailKeptRuns, app.FailHostSpace, app.FailHostDamaged, app.FailBackup, app.FailOutboxFull,
		app.FailNoSpace, app.FailFileDamaged:
		return exitFailure
	}
	return exitRefused
}

// words are for people who read a terminal; the window has its own, translated.
var words = map[app.FailCode]string{
	app.FailBadLink:        "that is not a Hearth link; paste it whole, from hearth:// to the end",
	app.FailBadAddress:     "that is neither a Hearth link nor an address",
	app.FailUnbound:        "by this link a proxy can read along, which none could until now; --allow-proxy if that shall be so, for example because whoever runs the server says it",
	app.FailRecoveryKey:    "the recovery key is mistyped",
	app.FailRecovery:       "the name or the recovery key is wrong, or the key was used already",
	app.FailAuthority:      "that is no certificate of an authority",
	app.FailHosting:        "the group's own server did not start",
	app.FailPortInUse:      "another program uses the port",
	app.FailPortDenied:     "this user may not listen on that port",
	app.FailOtherGroup:     "another group's server answers there; nothing was changed",
	app.FailHostsOther:     "this profile hosts another group",
	app.FailHostSpace:      "the disk has too little room for a backup",
	app.FailHostDamaged:    "the data of the group's own server are damaged",
	app.FailBackup:         "the backup is damaged or another server's; nothing was changed",
	app.FailMove:           "the folder of the group's server cannot be moved",
	app.FailKept:           "the kept data of the group's server cannot be taken again",
	app.FailKeptRuns:       "another program serves the kept data of the group",
	app.FailNoAccount:      "nobody here has this login name",
	app.FailOwnAccount:     "that is this account itself",
	app.FailIsReset:        "that link is for a new password of an account; \"hearth-cli reset\" takes it",
	app.FailNotReset:       "that link is an invite for somebody new; \"hearth-cli join\" takes it",
	app.FailNotInvite:      "that link names a server but invites nobody; ask for an invite",
	app.FailPassword:       "name or password is wrong",
	app.FailPasswordShort:  "the password is too short: at least 15 characters",
	app.FailPasswordWeak:   "the password is too easy to guess; choose another",
	app.FailPasswordLong:   "the password is too long: at most 256 characters",
	app.FailName:           "that name cannot be used: 2 to 32 letters and digits of one script, and . _ - inside",
	app.FailNameTaken:      "that name is taken, or one that looks like it",
	app.FailConnection:     "no connection to the server",
	app.FailOffline:        "this needs a connection, and there is none",
	app.FailSecrets:        "the secrets of this profile cannot be read",
	app.FailStore:          "the messages of this profile cannot be opened",
	app.FailReadOnly:       "nothing can be written to the folder of this profile; what is in it can be read, searched and exported",
	app.FailNoRoom:         "there is no such room",
	app.FailPurged:         "the server no longer keeps that message; nothing about it can be changed",
	app.FailOutboxFull:     "too many messages wait already, as many as the server's limit outbox_entries allows; try again when some are sent",
	app.FailTooLong:        "the text is too long",
	app.FailEmpty:          "the text is empty",
	app.FailBadValue:       "a value cannot be used",
	app.FailNobody:         "nobody in the rooms stored here has such a name",
	app.FailNowhere:        "no room stored here has such a name",
	app.FailSettled:        "it does not wait any more: it was sent or discarded meanwhile",
	app.FailTransmitted:    "it may be on the server already, so it can be neither edited nor taken back",
	app.FailFileTooLarge:   "the file is larger than the server takes",
	app.FailTooManyFiles:   "that is more files than one message may have",
	app.FailNoSpace:        "this disk is full",
	app.FailQuota:          "the server keeps no more files, or no more of this account",
	app.FailFileAbsent:     "the file is not on this disk",
	app.FailFileUnreadable: "a file cannot be read",
	app.FailFileName:       "a file has a name that cannot be sent",
	app.FailFileContent:    "what came is not the file that the message names; nothing was kept",
	app.FailFileGone:       "the server does not have the file, or not for you",
	app.FailFileDamaged:    "the copy of the file in this profile is damaged",
	app.FailNoFiles:        "this server keeps no files",
	app.FailPicture:        "a picture cannot be made ready; --original sends it as it is",
	app.FailPictureLarge:   "a picture has too many pixels to be made ready (at most 120 million); --original sends it as it is",
	app.FailNoCards:        "this server keeps no pictures of people and no statuses",
	app.FailExists:         "there is a file of that name already",
	app.FailHasGroup:       "this profile is in a group already; --add adds another, or choose another with --profile",
	app.FailSignedIn:       "this profile has that account already; \"hearth-cli reach\" takes it to another address",
	app.FailSignedInReset:  "this profile is signed in to that account, and a new password by link signs in a device of its own: use the link with another --profile; with --keep-devices this one stays signed in",
	app.FailClosed:         "the client is closing",
	app.FailInternal:       "something went wrong in Hearth itself",

	app.FailCode(chat.CodeInviteUnknown): "the link is unknown or was withdrawn; ask for a new one",
	app.FailCode(chat.CodeInviteExpired): "the link has expired; ask for a new one",
	app.FailCode(chat.CodeInviteUsed):    "the link is used up; ask for a new one",
	app.FailCode(chat.CodeForbidden):     "that is not allowed",
	app.FailCode(chat.CodeNotMember):     "you are not in that room",
	app.FailCode(chat.CodeReadOnly):      "that room is archived: nobody can write in it",
	app.FailCode(chat.CodeRemoved):       "whoever was removed from a room comes back only if its owner adds them",
	app.FailCode(chat.CodeMemberGone):    "they are not in that room any more",
	app.FailCode(chat.CodeRateLimited):   "too many attempts; wait a while",

	app.FailCode(chat.CodeRoomGone):            "that room does not exist any more",
	app.FailCode(chat.CodeTooLong):             "it is too long",
	app.FailCode(chat.CodePayloadTooLarge):     "it is too long",
	app.FailCode(chat.CodeEmpty):               "it is empty",
	app.FailCode(chat.CodeBadValue):            "a value cannot be used",
	app.FailCode(chat.CodeOutOfRange):          "a value cannot be used",
	app.FailCode(chat.CodeIDConflict):          "the server knows another message under the same id; send it anew",
	app.FailCode(chat.CodeMessageGone):         "there is no such message, or it was deleted",
	app.FailCode(chat.CodeRoomExists):          "there is such a room already",
	app.FailCode(chat.CodeBusy):                "the server is busy; try again in a moment",
	app.FailCode(chat.CodeCapacityConnections): "the server has too many connections; try again in a moment",
	app.FailCode(chat.CodeCapacityDisk):        "the server's disk is full; whoever runs it must make room",
	app.FailCode(chat.CodeLimitReached):        "a limit of this server is reached",
	app.FailCode(chat.CodeUnknownKind):         "the server is too old for that",
	app.FailCode(chat.CodeUnknownType):         "the server is too old for that",
	app.FailCode(app.CodeHeld):                 "held back until you decide: \"outbox retry\" sends it, \"outbox cancel\" drops it",
	app.FailCode(app.CodeLost):                 "the server has lost it, as after it was restored from an older backup: \"outbox retry\" sends it, \"outbox cancel\" drops it",
	app.FailCode(app.CodeAway):                 "held back, as this device was away for long: \"outbox retry\" sends it, \"outbox cancel\" drops it",
	app.FailCode(app.CodeAltered):              "held back, as other words have come in its place: \"outbox retry\" sends yours, \"outbox cancel\" drops them",
	app.FailCode(app.CodeNobody):               "the server has no such account (any more), or it is suspended: nobody can be added",
	app.FailCode(app.CodeUnseen):               "it was sent, and its place in the room cannot be loaded here; your words are kept on this device",
	app.FailCode(app.CodeUnkept):               "it was sent, and the server has stopped keeping it since; only here it can still be read",
}

// codeWords says why the server refused something, with the code behind it for programs.
func codeWords(code chat.Code) string {
	text := words[app.FailCode(code)]
	if code == chat.CodeInternal { // of the server, not of this program
		text = "the server met a fault of its own; its log says more"
	}
	if text == "" {
		return string(code)
	}
	return text + " (" + string(code) + ")"
}

// explainProblem is for what stands between a profile and its messages.
func explainProblem(p *app.Problem) (code int, text string) {
	switch p.Kind {
	case app.ProblemKeyringAbsent:
		return exitSecrets, "there is no keyring here; name a file with a passphrase by --vault-file"
	case app.ProblemKeyringLocked:
		return exitSecrets, "the keyring is locked; unlock it, or use a profile with --vault-file"
	case app.ProblemKeyringSlow:
		return exitSecrets, "the keyring did not answer in time; try again"
	case app.ProblemKeyringUnreadable:
		return exitSecrets, "what the keyring holds for this profile cannot be read" + loginAgain(p, "")
	case app.ProblemSecretMissing:
		return exitSecrets, "the keyring no longer holds this profile's secret" + loginAgain(p, "")
	case app.ProblemVaultMissing:
		return exitSecrets, "the vault of this profile, which holds its secrets, is missing: " + p.Path + loginAgain(p, "put the file back")
	case app.ProblemVaultDamaged:
		return exitSecrets, "the vault of this profile, which holds its secrets, is damaged: " + p.Path + loginAgain(p, "put back a copy of the file")
	case app.ProblemAccountDamaged:
		return exitProfile, "the file that says which account this profile has is " + spoilt(p) + ": " + p.Path + loginAgain(p, "put back a copy of the file")
	case app.ProblemPassphrase:
		return exitSecrets, "the vault of this profile wants its passphrase: --vault-file"
	case app.ProblemWrongPassphrase:
		return exitSecrets, "the passphrase in the file does not open the vault; if it is forgotten, log in with another --profile"
	case app.ProblemAlreadyOpen:
		return exitProfile, "another Hearth uses this profile; close it first"
	case app.ProblemDamaged:
		return exitProfile, "the message store is " + spoilt(p) + ": " + p.Path + "\n  \"hearth-cli rebuild\" puts it aside and loads everything from the server again"
	case app.ProblemNewer:
		return exitProfile, "this profile was written by a newer Hearth: " + p.Path
	case app.ProblemOlder:
		return exitProfile, "this profile was written by an older Hearth and must be brought up to date, but its folder cannot be written: " + p.Path +
			"\n  copy the folder to where it can be, and name it by --profile"
	case app.ProblemDisk:
		if p.Full {
			return exitFailure, "the disk is full; nothing was taken, and nothing that was stored is lost"
		}
		return exitProfile, "the profile's folder cannot be used: " + p.Path + tail(p.Detail)
	}
	return exitProfile, string(p.Kind) + " " + p.Detail
}

// spoilt says what became of a file.
func spoilt(p *app.Problem) string {
	if p.Missing {
		return "missing or empty"
	}
	return "damaged"
}

// loginAgain says how a profile that has lost its secrets gets back in.
func loginAgain(p *app.Problem, first string) (text string) {
	link, name, vault := "LINK", "NAME", ""
	if p.Link != "" {
		link, name = p.Link, p.Name
	}
	if p.Kind == app.ProblemVaultMissing || p.Kind == app.ProblemVaultDamaged {
		vault = "--vault-file F "
	}
	if first != "" {
		text = "\n  " + first + ", or"
	} else {
		text = "\n "
	}
	return text + " log in again as a new device; everything stored is kept:\n  hearth-cli " + vault + "login " + link + " --name " + name + " --password-file F"
}

// visible makes control and direction characters of foreign text harmless on a
// terminal; line breaks of our own messages stay.
func visible(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200d' || r == unicode.ReplacementChar:
			fmt.Fprintf(&b, "\\u{%x}", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// oneLine is visible for text that must not break the line it stands in.
func oneLine(s string) string {
	return strings.NewReplacer("\n", "⏎ ", "\t", " ").Replace(visible(s))
}
