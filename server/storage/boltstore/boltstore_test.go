package boltstore

import (
	"context"
	"os"
	"testing"

	"go.uber.org/goleak"

	"hearth/internal/boltkit"
	"hearth/server/storage"
	"hearth/server/storage/storagetest"
)

// TestMain also is the program that TestCrash kills, and the one that looks at files.
func TestMain(m *testing.M) {
	if code, ok := boltkit.RunTask(context.Background(), os.Args[1:], os.Stdin, os.Stdout, map[string]boltkit.Task{SurveyTask: Survey}); ok {
		os.Exit(code)
	}
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
