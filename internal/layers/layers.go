// Package layers checks that the code keeps the rules of the house: who may
// import whom, which calls are reserved to which file, how things are
// documented and how long they may get. It owns the rules; it reads source
// files only, never compiles or runs anything, and nothing but its own test
// uses it.
//
// Each rule is a function from a [Tree] to findings, so that the tests can
// show it small bad inputs as well as the real tree.
package layers

import (
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Module is the path of the module whose tree is checked.
const Module = "hearth"

// Tree is every Go file of the module, for every system and build tag.
type Tree struct {
	Fset  *token.FileSet
	Files []*File
}

// File is one parsed source file.
type File struct {
	Path string // from the module's root, with slashes
	Dir  string // folder of Path; "." at the root
	Test bool   // ends in _test.go, or is only compiled with a test's build tag
	AST  *ast.File

	fset  *token.FileSet
	names map[string]string // local name of an import → its path
	// bubbles: some test of the folder runs in synctest bubbles, so that helpers
	// in its other files run on fake time as well.
	bubbles bool
}

// Finding is one broken rule.
type Finding struct {
	Pos  string // path:line
	Text string // what is wrong and what to do instead
}

func (f Finding) String() string { return f.Pos + ": " + f.Text }

// Load parses all Go files below the root of fsys, leaving out folders that
// the go command leaves out too, and build output.
func Load(fsys fs.FS) (*Tree, error) {
	t := &Tree{Fset: token.NewFileSet()}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if entry.IsDir() {
			if name != "." && (base == "testdata" || name == "build" || base[0] == '.' || base[0] == '_') {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(base, ".go") {
			return nil
		}
		source, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		return t.add(name, source)
	})
	if err != nil {
		return nil, err
	}
	if len(t.Files) == 0 {
		return nil, fmt.Errorf("no Go file found")
	}
	t.markBubbles()
	return t, nil
}

// markBubbles tells each test file whether its folder has tests in bubbles.
func (t *Tree) markBubbles() {
	folders := map[string]bool{}
	for _, f := range t.Files {
		for _, imported := range f.names {
			if f.Test && imported == "testing/synctest" {
				folders[f.Dir] = true
			}
		}
	}
	for _, f := range t.Files {
		f.bubbles = f.Test && folders[f.Dir]
	}
}

// add parses one file into the tree.
func (t *Tree) add(name string, source []byte) error {
	parsed, err := parser.ParseFile(t.Fset, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	f := &File{
		Path: name, Dir: path.Dir(name), AST: parsed, fset: t.Fset,
		Test:  strings.HasSuffix(name, "_test.go") || testTagged(parsed),
		names: map[string]string{},
	}
	for _, spec := range parsed.Imports {
		f.names[localName(spec)] = importPath(spec)
	}
	t.Files = append(t.Files, f)
	return nil
}

// testTags are the build tags that only tests are built with (CONTRIBUTING.md).
var testTags = []string{"keyring", "e2e", "window"}

// testTagged reports whether a file needs one of the tests' build tags.
func testTagged(file *ast.File) bool {
	for _, group := range file.Comments {
		for _, c := range group.List {
			if group.Pos() > file.Package || !constraint.IsGoBuild(c.Text) {
				continue
			}
			expr, err := constraint.Parse(c.Text)
			if err == nil && !possible(expr, map[string]bool{}) {
				return true
			}
		}
	}
	return false
}

// possible reports whether some choice of build tags other than the tests'
// satisfies the expression. chosen holds the choices made so far.
func possible(expr constraint.Expr, chosen map[string]bool) bool {
	var open string
	ok := expr.Eval(func(tag string) bool {
		yes, made := chosen[tag]
		if !made && !slices.Contains(testTags, tag) {
			open = tag
		}
		return yes
	})
	if open == "" {
		return ok
	}
	for _, yes := range []bool{false, true} {
		next := maps.Clone(chosen)
		next[open] = yes
		if possible(expr, next) {
			return true
		}
	}
	return false
}

func importPath(spec *ast.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value
	}
	return p
}

// localName is the name a file uses for an import. Without one given it is the
// last element that is not a major version, which holds for all we import.
func localName(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	p := importPath(spec)
	base := path.Base(p)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(p))
	}
	return base
}

// finding makes a Finding at a place of the file.
func (f *File) finding(pos token.Pos, format string, args ...any) Finding {
	return Finding{
		Pos:  f.Path + ":" + strconv.Itoa(f.fset.Position(pos).Line),
		Text: fmt.Sprintf(format, args...),
	}
}

// selectors visits every selector expression X.Name used in the file, with the
// import path of X if X is an imported package.
func (f *File) selectors(visit func(sel *ast.SelectorExpr, pkg string)) {
	ast.Inspect(f.AST, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			var pkg string
			if x, ok := sel.X.(*ast.Ident); ok {
				pkg = f.names[x.Name]
			}
			visit(sel, pkg)
		}
		return true
	})
}

// under reports whether dir is the folder or below it.
func under(dir, folder string) bool { return dir == folder || strings.HasPrefix(dir, folder+"/") }

// underAny is under for several folders.
func underAny(dir string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool { return under(dir, folder) })
}
