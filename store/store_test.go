package store_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"hearth/internal/boltkit"
	"hearth/internal/testkit"
	"hearth/store"
	"hearth/store/secret"
	"hearth/store/storetest"
)

func TestMain(m *testing.M) {
	if code, ok := boltkit.RunTask(context.Background(), os.Args[1:], os.Stdin, os.Stdout, store.Tasks()); ok {
		os.Exit(code) // this test program was started to look at a file
	}
	if os.Getenv(childEnv) != "" {
		crashChild()
		return
	}
	testkit.Main(m)
}

func opener(t interface{ Context() context.Context }, path string, key secret.Key) storetest.Opener {
	return func(owner store.Owner, outbox int) (storetest.Store, error) {
		return store.Open(t.Context(), path, key, owner, store.Options{OutboxEntries: outbox})
	}
}

func TestAgainstModel(t *testing.T) {
	dir := testkit.Dir(t)
	storetest.Random(t, func(t *rapid.T) (storetest.Opener, func()) {
		own, err := os.MkdirTemp(dir, "history")
		if err != nil {
			t.Fatal(err)
		}
		return opener(t, filepath.Join(own, "store.db"), secret.NewKey()), func() { _ = os.RemoveAll(own) }
	})
}

func TestCases(t *testing.T) {
	t.Run("file", func(t *testing.T) {
		storetest.Cases(t, func(t *testing.T, owner store.Owner) storetest.Store {
			s, err := opener(t, filepath.Join(testkit.Dir(t), "store.db"), secret.NewKey())(owner, 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			return s
		})
	})
	t.Run("model", func(t *testing.T) {
		storetest.Cases(t, func(_ *testing.T, owner store.Owner) storetest.Store {
			return storetest.NewModel(owner, 1000)
		})
	})
}
