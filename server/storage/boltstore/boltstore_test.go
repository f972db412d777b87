package boltstore

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"hearth/server/storage"
	"hearth/server/storage/storagetest"
)

// TestMain also is the program that TestCrash kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		crashChild(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

func engine(o Options) storagetest.Engine {
	return storagetest.Engine{Keeps: true, Open: func(dir string) (storage.Store, error) { return Open(dir, o) }}
}

func TestConformance(t *testing.T) { storagetest.Run(t, engine(Options{})) }

// TestConformanceArchiving has journals so short that the archiver always runs.
func TestConformanceArchiving(t *testing.T) {
	storagetest.Run(t, engine(Options{JournalEvents: 3}))
}

func TestModel(t *testing.T) { storagetest.Model(t, engine(Options{})) }

func TestModelArchiving(t *testing.T) { storagetest.Model(t, engine(Options{JournalEvents: 5})) }
