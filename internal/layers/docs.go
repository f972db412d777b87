package layers

import (
	"go/ast"
	"slices"
	"strings"
)

// minDocumented is the share of exported names that must have a comment, over
// the whole tree.
const minDocumented = 0.90

// PackageDocs checks that every package says in a comment what it owns. The
// comment of a command starts with its own name or "Command".
func PackageDocs(t *Tree) []Finding {
	documented := map[string]bool{}
	first := map[string]*File{}
	for _, f := range t.Files {
		if f.Test && !f.isTestHelper() && hasOther(t, f.Dir) {
			continue
		}
		if first[f.Dir] == nil {
			first[f.Dir] = f
		}
		if f.AST.Doc != nil && len(strings.Fields(f.AST.Doc.Text())) >= 8 {
			documented[f.Dir] = true
		}
	}
	var found []Finding
	for dir, f := range first {
		if !documented[dir] {
			found = append(found, f.finding(f.AST.Package, "package in %s has no comment that says what it owns and what it must never do", dir))
		}
	}
	slices.SortFunc(found, func(a, b Finding) int { return strings.Compare(a.Pos, b.Pos) })
	return found
}

// hasOther reports whether a folder has files that are not tests.
func hasOther(t *Tree, dir string) bool {
	return slices.ContainsFunc(t.Files, func(f *File) bool { return f.Dir == dir && !f.Test })
}

// ExportedDocs counts exported names outside tests and commands. It returns
// the share that is documented, and a finding for each that is not; the share
// decides, the findings tell where to go on.
func ExportedDocs(t *Tree) (share float64, missing []Finding) {
	var all, documented int
	for _, f := range t.Files {
		if f.Test || under(f.Dir, "cmd") {
			continue
		}
		f.exported(func(id *ast.Ident, has bool) {
			all++
			if has {
				documented++
				return
			}
			missing = append(missing, f.finding(id.Pos(), "%s has no comment", id.Name))
		})
	}
	if all == 0 {
		return 1, nil
	}
	return float64(documented) / float64(all), missing
}

// exported visits the exported functions, methods of exported types, types,
// constants and variables of a file.
func (f *File) exported(visit func(id *ast.Ident, documented bool)) {
	for _, decl := range f.AST.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Name.IsExported() && receiverExported(decl) && !selfEvident(decl) {
				visit(decl.Name, decl.Doc != nil)
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					if spec.Name.IsExported() {
						visit(spec.Name, decl.Doc != nil || spec.Doc != nil || spec.Comment != nil)
					}
				case *ast.ValueSpec:
					for _, id := range spec.Names {
						if id.IsExported() {
							visit(id, decl.Doc != nil || spec.Doc != nil || spec.Comment != nil)
						}
					}
				}
			}
		}
	}
}

// receiverExported reports whether a function has no receiver or one of an
// exported type.
func receiverExported(decl *ast.FuncDecl) bool {
	if decl.Recv == nil || len(decl.Recv.List) == 0 {
		return true
	}
	x := decl.Recv.List[0].Type
	for {
		switch t := x.(type) {
		case *ast.StarExpr:
			x = t.X
		case *ast.IndexExpr:
			x = t.X
		case *ast.IndexListExpr:
			x = t.X
		case *ast.Ident:
			return t.IsExported()
		default:
			return true
		}
	}
}

// selfEvident names methods whose meaning an interface of the standard
// library or the toolkit fixes.
func selfEvident(decl *ast.FuncDecl) bool {
	return decl.Recv != nil && slices.Contains([]string{
		"String", "Error", "Unwrap", "Is", "As", "GoString", "Format",
		"MarshalText", "UnmarshalText", "MarshalJSON", "UnmarshalJSON", "MarshalJSONTo", "UnmarshalJSONFrom",
		"Len", "Less", "Swap", "LogValue",
		"CreateRenderer", "MinSize", "Layout", "Refresh", "Objects", "Destroy",
		"Tapped", "TappedSecondary", "DoubleTapped", "MouseIn", "MouseMoved", "MouseOut", "MouseDown", "MouseUp",
		"FocusGained", "FocusLost", "TypedRune", "TypedKey", "TypedShortcut", "KeyDown", "KeyUp", "Dragged", "DragEnd",
		"Scrolled", "Cursor", "AcceptsTab",
	}, decl.Name.Name)
}
