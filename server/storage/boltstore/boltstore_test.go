package boltstore

import (
	"testing"

	"go.uber.org/goleak"

	"hearth/server/storage"
	"hearth/server/storage/storagetest"
)

// TestMain also serves as the program that TestCrash kills.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func engine(o Options) storagetest.Engine {
	return storagetest.Engine{Keeps: true, Open: func(dir string) (storage.Store, error) { return Open(dir, o) }}
}

func TestConformance(t *testing.T) { storagetest.Run(t, engine(Options{})) }

// TestConformanceArchiving has journals so short that the archiver always runs.
func TestConformanceArchiving(t *testing.T) {
	storagetest.Run(t, engine(Options{JournalEvents: 3}))
}
