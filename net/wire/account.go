package wire

import "hearth/chat"

// AccountDelete proves the present password, after PasswordBegin, and deletes the
// account for good (docs/adr/0039). The answer is AccountDeleted, behind which the
// account's connections end with account.deleted; a wrong proof is refused with
// auth.failed.
type AccountDelete struct {
	Req
	Scram string `json:"scram"`          // client-final-message
	Erase bool   `json:"erase,omitzero"` // also everything that the account wrote
}

// AccountDeleted answers AccountDelete: nobody signs in to the account any more. Rooms
// are told, and messages erased, from then on.
type AccountDeleted struct {
	Rep
	Scram string `json:"scram"` // server-final-message, which the client must verify
}

// Check implements Request.
func (r *AccountDelete) Check() *chat.Error { return text(r.Scram, MaxScram, "/scram") }

// Type implements Frame.
func (*AccountDelete) Type() Type { return TypeAccountDelete }

// Type implements Frame.
func (*AccountDeleted) Type() Type { return TypeAccountDeleted }

// FeatureDeletion is named in the greeting of a server that deletes accounts.
const FeatureDeletion = "deletion"
