package layers

import (
	"path"
	"strings"
)

// layer says what one folder and everything below it may import from our own
// tree. "internal" stands for the shared helpers, except this package.
type layer struct {
	folder string
	may    []string
}

// layerTable holds the direction of all dependencies, the more special folder
// first. A folder that is in no line is a finding: decide, then add a line.
var layerTable = []layer{
	{"chat", nil},
	{"net/wire", []string{"chat"}},
	{"net/link", []string{"chat", "net/link", "net/wire", "internal"}},
	{"net/memnet", nil},
	{"store", []string{"chat", "store", "internal"}},
	{"server/storage", []string{"chat", "server/storage", "internal"}},
	{"server", []string{"chat", "net/wire", "server", "internal"}},
	{"app", []string{"app", "chat", "net/link", "net/wire", "store", "internal"}},
	{"ui/tr", []string{"assets"}},
	{"ui/narrate", []string{"app", "chat", "internal", "ui/tr"}},
	{"ui", []string{"ui", "app", "chat", "assets", "internal"}},
	{"assets", nil},
	{"internal/linkguard", []string{"chat"}},
	{"internal", []string{"internal"}},
	{"cmd/cli", []string{"app", "chat", "internal", "net", "server", "store", "ui/narrate", "ui/tr"}},
	{"cmd", []string{"cmd", "app", "assets", "chat", "internal", "net", "server", "store", "ui"}},
	{"e2e", []string{"app", "chat", "e2e", "internal", "net", "server", "store"}},
	{"chaos", []string{"app", "chaos", "chat", "internal", "net", "server", "store"}},
	{"bench", []string{"app", "bench", "chat", "internal", "net", "server", "store", "ui"}},
}

// reserved names libraries that only some folders may import, tests included
// where testsToo is set, with the reason.
var reserved = []struct {
	prefix   string // of the import path; a "=" before it means exactly this path
	folders  []string
	testsToo bool
	reason   string
}{
	{
		"fyne.io/fyne/v2/app",
		[]string{"cmd/client"},
		true,
		"it needs C and a display; everything else takes a fyne.App and stays testable without",
	},
	{
		"fyne.io",
		[]string{"ui", "cmd/client", "bench"},
		true,
		"the toolkit ends at ui",
	},
	{
		"go.etcd.io/bbolt",
		[]string{"internal/boltkit", "store", "server/storage", "bench"},
		true,
		"nothing of the storage engine leaks out of the storage packages",
	},
	{
		"github.com/coder/websocket",
		[]string{"net/link", "server", "bench", "chaos"},
		false,
		"only the two ends of a connection know the transport",
	},
	{
		"github.com/zalando/go-keyring",
		[]string{"store", "cmd"},
		false,
		"the keyring is reached through one package that knows how it fails",
	},
	{
		"github.com/stretchr/testify", nil, true,
		"compare with go-cmp and say in the test what was expected",
	},
	{
		"=log", nil, true,
		"log through the injected slog.Logger",
	},
}

// Imports checks who imports whom.
func Imports(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		found = append(found, f.ownImports()...)
		found = append(found, f.reservedImports()...)
		if f.Dir == "net" {
			found = append(found, f.finding(f.AST.Package, "net/ is a shelf: put the file in one of its packages"))
		}
	}
	return found
}

// layerOf finds the line of the table for a folder.
func layerOf(dir string) (layer, bool) {
	for _, l := range layerTable {
		if under(dir, l.folder) {
			return l, true
		}
	}
	return layer{}, false
}

// ownImports checks imports within the module. Tests may reach sideways and
// down to build the real parts they need, but helpers for tests stay in tests.
func (f *File) ownImports() []Finding {
	if f.Dir == "." || f.Dir == "net" {
		return nil
	}
	l, known := layerOf(f.Dir)
	if !known {
		return []Finding{f.finding(f.AST.Package, "folder %s has no layer: add it to layerTable in internal/layers", f.Dir)}
	}
	var found []Finding
	for _, spec := range f.AST.Imports {
		p := importPath(spec)
		if l.folder == "chat" && !f.Test && strings.Contains(strings.Split(p, "/")[0], ".") {
			found = append(found, f.finding(spec.Pos(), "chat imports the standard library only, not %s", p))
		}
		dir, own := strings.CutPrefix(p, Module+"/")
		if !own || f.Test || f.isTestHelper() {
			continue
		}
		switch {
		case underAny(dir, "internal/testkit", "net/memnet") || strings.HasSuffix(path.Base(dir), "test"):
			found = append(found, f.finding(spec.Pos(), "%s is for tests only", dir))
		case !underAny(dir, l.may...):
			found = append(found, f.finding(spec.Pos(), "%s must not import %s (see layerTable in internal/layers)", l.folder, dir))
		}
	}
	return found
}

// isTestHelper reports whether the file belongs to a package made for tests,
// such as storetest.
func (f *File) isTestHelper() bool {
	return strings.HasSuffix(path.Base(f.Dir), "test") || underAny(f.Dir, "internal/testkit", "net/memnet", "e2e", "bench", "chaos")
}

// reservedImports checks the libraries that are reserved to some folders.
func (f *File) reservedImports() []Finding {
	var found []Finding
	for _, spec := range f.AST.Imports {
		p := importPath(spec)
		for _, r := range reserved {
			exact, isExact := strings.CutPrefix(r.prefix, "=")
			if isExact && p != exact || !isExact && !under(p, r.prefix) || f.Test && !r.testsToo {
				continue
			}
			if !underAny(f.Dir, r.folders...) {
				found = append(found, f.finding(spec.Pos(), "%s must not import %s: %s", f.Dir, p, r.reason))
			}
			break
		}
		if spec.Name != nil && spec.Name.Name == "fyneapp" && p != "fyne.io/fyne/v2/app" {
			found = append(found, f.finding(spec.Pos(), "the name fyneapp is kept for the toolkit's app package"))
		}
	}
	return found
}
