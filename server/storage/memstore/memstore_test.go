package memstore_test

import (
	"testing"

	"go.uber.org/goleak"

	"hearth/server/storage"
	"hearth/server/storage/memstore"
	"hearth/server/storage/storagetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	storagetest.Run(t, storagetest.Engine{Open: func(string) (storage.Store, error) { return memstore.New(), nil }})
}

// TestModel compares the model with itself, which checks the comparison.
func TestModel(t *testing.T) {
	storagetest.Model(t, storagetest.Engine{Open: func(string) (storage.Store, error) { return memstore.New(), nil }})
}
