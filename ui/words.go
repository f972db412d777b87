package ui

import (
	"errors"
	"time"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// failWords has a sentence for every failure of a command.
var failWords = map[app.FailCode]tr.Key{
	app.FailFileTooLarge:   "fail.file_too_large",
	app.FailTooManyFiles:   "fail.file_too_many",
	app.FailNoSpace:        "fail.file_no_space",
	app.FailReadOnly:       "reason.read_only",
	app.FailQuota:          "fail.file_quota",
	app.FailFileAbsent:     "fail.file_absent",
	app.FailFileUnreadable: "fail.file_unreadable",
	app.FailFileName:       "fail.file_name",
	app.FailFileContent:    "fail.file_content",
	app.FailFileGone:       "fail.file_gone",
	app.FailFileDamaged:    "fail.file_damaged",
	app.FailNoFiles:        "fail.file_unsupported",
	app.FailNoCards:        "fail.card_unsupported",
	app.FailPicture:        "fail.file_picture",
	app.FailPictureLarge:   "fail.picture_large",
	app.FailExists:         "export.file.exists",
	app.FailBadLink:        "fail.bad_link",
	app.FailBadAddress:     "fail.bad_address",
	app.FailUnbound:        "unbound.text",
	app.FailNotInvite:      "fail.not_invite",
	app.FailNotReset:       "fail.not_reset",
	app.FailNoAccount:      "fail.no_account",
	app.FailOwnAccount:     "fail.own_account",
	app.FailIsReset:        "fail.is_reset",
	app.FailRecovery:       "fail.recovery",
	app.FailPassword:       "fail.password",
	app.FailPasswordShort:  "fail.password_short",
	app.FailPasswordWeak:   "fail.password_weak",
	app.FailPasswordLong:   "fail.password_long",
	app.FailName:           "fail.name",
	app.FailNameTaken:      "fail.name_taken",
	app.FailOffline:        "fail.offline",
	app.FailSecrets:        "fail.secrets",
	app.FailStore:          "fail.store",
	app.FailHosting:        "fail.hosting",
	app.FailPortInUse:      "fail.port",
	app.FailPortDenied:     "fail.port_denied",
	app.FailOtherGroup:     "fail.other_group",
	app.FailNoRoom:         "fail.no_room",
	app.FailPurged:         "fail.purged",
	app.FailTooLong:        "fail.too_long",
	app.FailEmpty:          "fail.empty",
	app.FailBadValue:       "fail.value",
	app.FailNobody:         "search.none", // a search says more
	app.FailNowhere:        "search.none",
	app.FailSettled:        "fail.settled",
	app.FailTransmitted:    "fail.transmitted",
	app.FailHasGroup:       "fail.has_group",
	app.FailSignedIn:       "fail.signed_in",
	app.FailSignedInReset:  "fail.signed_in_reset",
	app.FailHostsOther:     "fail.hosts_other",
	app.FailMove:           "fail.hosting_move",
	app.FailKept:           "fail.hosting_kept",
	app.FailKeptRuns:       "fail.hosting_kept_runs",
	app.FailHostSpace:      "fail.hosting_space",
	app.FailHostDamaged:    "hosting.damaged",
	app.FailBackup:         "fail.hosting_backup",
	app.FailClosed:         "fail.closed",
	app.FailInternal:       "fail.internal",
}

// codeWords has a sentence for every refusal of a server that a person can meet.
// What is not here is a fault of a program and reads as such.
var codeWords = map[chat.Code]tr.Key{
	chat.CodeTooLong:             "fail.too_long",
	chat.CodePayloadTooLarge:     "fail.too_long",
	chat.CodeEmpty:               "fail.empty",
	chat.CodeBadValue:            "fail.value",
	chat.CodeOutOfRange:          "fail.value",
	chat.CodeForbidden:           "fail.forbidden",
	chat.CodeNotMember:           "fail.not_member",
	chat.CodeRoomGone:            "fail.room_gone",
	chat.CodeReadOnly:            "fail.read_only",
	chat.CodeRemoved:             "fail.removed",
	chat.CodeMemberGone:          "fail.member_gone",
	chat.CodeIDConflict:          "fail.conflict",
	chat.CodeMessageGone:         "fail.message_gone",
	chat.CodeNameTaken:           "fail.name_taken",
	chat.CodeRateLimited:         "fail.rate",
	chat.CodeBusy:                "fail.busy",
	chat.CodeCapacityConnections: "fail.busy",
	chat.CodeCapacityDisk:        "fail.server_disk",
	chat.CodeLimitReached:        "fail.limit",
	chat.CodeInviteUnknown:       "fail.invite_unknown",
	chat.CodeInviteExpired:       "fail.invite_expired",
	chat.CodeInviteUsed:          "fail.invite_used",
	chat.CodeAuthFailed:          "fail.password",
	chat.CodeAuthExpired:         "reason.auth_expired",
	chat.CodeAuthRevoked:         "reason.auth_revoked",
	chat.CodeAccountSuspended:    "reason.suspended",
	chat.CodeAccountDeleted:      "reason.deleted",
	chat.CodeAuthBindingMismatch: "reason.not_bound",
	chat.CodeVersionUnsupported:  "reason.server_old",
	chat.CodeTimeout:             "reason.timeout",
	chat.CodeUnknownKind:         "fail.unknown_kind",
	chat.CodeUnknownType:         "fail.unknown_kind",
	chat.CodeRoomExists:          "fail.room_exists",
	chat.CodeInternal:            "fail.server_internal",
	app.CodeHeld:                 "fail.held",
	app.CodeLost:                 "fail.lost",
	app.CodeAway:                 "fail.away",
	app.CodeAltered:              "fail.altered",
	app.CodeUnkept:               "fail.unkept",
	app.CodeUnseen:               "fail.unseen",
	app.CodeNobody:               "fail.nobody",
}

// reasonWords has a sentence for every reason to be without a connection.
var reasonWords = map[app.Reason]tr.Key{
	app.ReasonUnreachable:  "reason.unreachable",
	app.ReasonRefused:      "reason.refused",
	app.ReasonNameNotFound: "reason.name_unknown",
	app.ReasonNoRoute:      "reason.no_route",
	app.ReasonTimeout:      "reason.timeout",
	app.ReasonLost:         "reason.lost",
	app.ReasonRestart:      "reason.restart",
	app.ReasonBusy:         "reason.busy",
	app.ReasonNotHearth:    "reason.not_hearth",
	app.ReasonTooOld:       "reason.server_old",
	app.ReasonTooNew:       "reason.server_new",
	app.ReasonPinMismatch:  "reason.pin_mismatch",
	app.ReasonAuthority:    "reason.authority",
	app.ReasonNotBound:     "reason.not_bound",
	app.ReasonCertificate:  "reason.certificate",
	app.ReasonExpired:      "reason.auth_expired",
	app.ReasonRevoked:      "reason.auth_revoked",
	app.ReasonSuspended:    "reason.suspended",
	app.ReasonDeleted:      "reason.deleted",
	app.ReasonEnded:        "reason.ended",
	app.ReasonUnknown:      "reason.auth_unknown",
	app.ReasonDisplaced:    "reason.displaced",
	app.ReasonHistory:      "reason.history",
	app.ReasonUnsafe:       "reason.weak_stretch",
	app.ReasonDiskFull:     "reason.disk_full",
	app.ReasonReadOnly:     "reason.read_only",
	app.ReasonInternal:     "reason.internal",
}

// problemWords has title, text and icon for every problem of secrets and data.
var problemWords = map[app.ProblemKind]struct {
	title, text tr.Key
	icon        look.Icon
}{
	app.ProblemKeyringLocked:     {"problem.keyring_locked", "problem.keyring_locked.text", look.IconLock},
	app.ProblemKeyringSlow:       {"problem.keyring_slow", "problem.keyring_slow.text", look.IconClock},
	app.ProblemKeyringAbsent:     {"problem.keyring_absent", "problem.keyring_absent.text", look.IconKey},
	app.ProblemKeyringUnreadable: {"problem.keyring_unreadable", "problem.keyring_unreadable.text", look.IconKey},
	app.ProblemSecretMissing:     {"problem.secret_missing", "problem.secret_missing.text", look.IconKey},
	app.ProblemPassphrase:        {"problem.passphrase", "problem.passphrase.text", look.IconLock},
	app.ProblemWrongPassphrase:   {"problem.passphrase", "problem.passphrase.text", look.IconLock},
	app.ProblemVaultMissing:      {"problem.vault_missing", "problem.vault_missing.text", look.IconKey},
	app.ProblemVaultDamaged:      {"problem.vault_damaged", "problem.vault_damaged.text", look.IconKey},
	app.ProblemAccountDamaged:    {"problem.account_damaged", "problem.account_damaged.text", look.IconAlert},
	app.ProblemAlreadyOpen:       {"problem.already_open", "problem.already_open.text", look.IconAlert},
	app.ProblemDamaged:           {"problem.damaged", "problem.damaged.text", look.IconAlert},
	app.ProblemNewer:             {"problem.newer", "problem.newer.text", look.IconRefresh},
	app.ProblemOlder:             {"problem.older", "problem.older.text", look.IconServer},
	app.ProblemDisk:              {"problem.disk", "problem.disk.text", look.IconServer},
}

// reasonText is the sentence for a reason.
func reasonText(r app.Reason) string {
	if k, ok := reasonWords[r]; ok {
		return tr.S(k)
	}
	return tr.S("reason.internal")
}

// codeText is the sentence for a refusal by a server.
func codeText(c chat.Code) string {
	k, ok := codeWords[c]
	if !ok { // what becomes of files is said by codes of commands
		k, ok = failWords[app.FailCode(c)]
	}
	if ok {
		return tr.S(k)
	}
	return tr.F("fail.code", "Code", string(c))
}

// failure is an error of a command as the window shows it.
type failure struct {
	text  string
	field string // input concerned, "" none
	more  string // plain English for the fold
	app.Failed
}

// explain puts an error of a command into words.
func explain(err error) failure {
	var f *app.Failed
	if !errors.As(err, &f) {
		return failure{text: tr.S("fail.internal"), more: err.Error()}
	}
	out := failure{field: f.Field, more: f.Detail, Failed: *f}
	switch k, ok := failWords[f.Code]; {
	case f.Code == app.FailConnection:
		out.text = reasonText(app.Reason(f.Detail))
	case (f.Code == app.FailSecrets || f.Code == app.FailStore) && f.Problem != nil:
		out.text = tr.S(problemWords[f.Problem.Kind].title)
		out.more = f.Problem.Detail
	case f.Code == app.FailRecoveryKey && f.Recovery != nil:
		out.text = recoveryText(f.Recovery)
	case f.Code == app.FailAuthority:
		out.text, out.field = tr.S(faultWords[f.Wrong]), ""
		out.more = ""
	case f.Code == app.FailOutboxFull:
		out.text = tr.N("fail.outbox_full", f.Limit)
	case f.Code == app.FailHostsOther:
		out.text, out.more = tr.S(k), "" // the same in English
	case ok:
		out.text = tr.S(k)
	default:
		out.text = codeText(chat.Code(f.Code))
	}
	if f.After > 0 {
		out.text += " " + tr.N("fail.after", int((f.After+time.Second-1)/time.Second))
	}
	return out
}

// isPinMismatch reports that another identity than the expected one answered.
func (f failure) isPinMismatch() bool {
	return f.Expected != "" && f.Presented != "" ||
		f.Code == app.FailConnection && app.Reason(f.Detail) == app.ReasonPinMismatch
}

// connectionWords is the state of the connection in a few words, and how it is
// meant; short leaves out numbers.
func connectionWords(c app.ConnectionView, now time.Time, short bool) (text string, fill, ink look.Ink) {
	switch c.State {
	case app.ConnLive:
		if short || c.RTT == 0 {
			return tr.S("conn.live"), look.GoodFill, look.Good
		}
		return tr.F("conn.live_rtt", "RTT", tr.Milliseconds(c.RTT)), look.GoodFill, look.Good
	case app.ConnConnecting:
		return tr.S("conn.connecting"), look.WarnFill, look.Warn
	case app.ConnSyncing:
		if short || c.Behind <= 0 {
			return tr.S("conn.syncing"), look.WarnFill, look.Warn
		}
		return tr.N("conn.syncing_n", c.Behind), look.WarnFill, look.Warn
	case app.ConnWaiting:
		left := int((c.NextTry.Sub(now) + time.Second - 1) / time.Second)
		switch {
		case short:
			return tr.S("conn.waiting_short"), look.WarnFill, look.Warn
		case left <= 0:
			return tr.S("conn.connecting"), look.WarnFill, look.Warn
		}
		return tr.N("conn.waiting", left), look.WarnFill, look.Warn
	case app.ConnStopped:
		return tr.S("conn.stopped"), look.BadFill, look.Bad
	}
	return tr.S("conn.offline"), look.BadFill, look.Bad
}
