package layers

import (
	"fmt"
	"os"
	"sync"
	"testing"
)

// tree is the real tree, parsed once.
var tree = sync.OnceValues(func() (*Tree, error) { return Load(os.DirFS("../..")) })

// check runs one rule over the real tree.
func check(t *testing.T, rule func(*Tree) []Finding) {
	t.Helper()
	real, err := tree()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rule(real) {
		t.Error(f)
	}
}

func TestImports(t *testing.T)     { check(t, Imports) }
func TestCalls(t *testing.T)       { check(t, Calls) }
func TestPackageDocs(t *testing.T) { check(t, PackageDocs) }
func TestSizes(t *testing.T)       { check(t, Sizes) }

func TestExportedDocs(t *testing.T) {
	real, err := tree()
	if err != nil {
		t.Fatal(err)
	}
	share, missing := ExportedDocs(real)
	text := fmt.Sprintf("%.1f %% of the exported names are documented", 100*share)
	if share >= minDocumented {
		t.Log(text)
		return
	}
	for _, f := range missing {
		t.Log(f)
	}
	t.Errorf("%s, fewer than %.0f %%", text, 100*minDocumented)
}

func TestLinks(t *testing.T) {
	found, err := Links(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}
