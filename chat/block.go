package chat

// Block says whether an account wants nothing to do with another one. Every device and
// the server may change it; where they meet, the higher Rev counts, and at equal ones
// that somebody is blocked (docs/adr/0029). Rev counts changes from 1 on.
type Block struct {
	Account AccountID `json:"account"` // who is blocked, or no longer
	Blocked bool      `json:"blocked,omitzero"`
	Rev     uint64    `json:"rev"`
}

// Merge returns what follows from both, which are about one account.
func (b Block) Merge(o Block) Block {
	if o.Rev > b.Rev || o.Rev == b.Rev && o.Blocked {
		return o
	}
	return b
}
