// Package secrettest makes vaults cheap, for tests that start hundreds of programs
// which each open one. What a vault really costs is for the tests of store/secret
// and for those that run the built programs. Only tests import it.
package secrettest

import "hearth/store/secret/internal/cost"

// CheapVaults has this program make its vaults with the least of argon2id. Call it
// first in TestMain.
func CheapVaults() { cost.New = cost.Vault{MemoryKiB: 8, Passes: 1, Lanes: 1} }
