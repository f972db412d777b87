// Package cost holds what a new vault costs to open. It stands apart so that
// secrettest can change it and nothing else can: only store/secret and the
// packages below it may import this one. It must never be changed by a program.
package cost

// Vault is a set of parameters of argon2id (RFC 9106).
type Vault struct {
	MemoryKiB uint32
	Passes    uint32
	Lanes     uint8
}

// New is what vaults are made with from now on, the second recommended choice of
// RFC 9106. A vault keeps what it was made with.
var New = Vault{MemoryKiB: 64 << 10, Passes: 3, Lanes: 4}
