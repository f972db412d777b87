package layers

import (
	"go/ast"
	"strings"
)

// The budget of the house. Over it, split; where splitting would make the code
// harder to read, say why in a comment line that starts with "Long:" — in a
// function's own comment, or before the package clause for a file.
const (
	maxFileLines = 600
	maxFuncLines = 80
)

// Sizes checks the lengths of files and functions. Test files may be as long
// as they like; their functions hold tables.
func Sizes(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		if f.Test {
			continue
		}
		if n := f.fset.File(f.AST.Pos()).LineCount(); n > maxFileLines && !f.saysLong() {
			found = append(found, f.finding(f.AST.Package, "%d lines (at most %d): split the file", n, maxFileLines))
		}
		for _, decl := range f.AST.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			n := f.fset.Position(fn.End()).Line - f.fset.Position(fn.Pos()).Line + 1
			if n > maxFuncLines && !hasReason(fn.Doc) {
				found = append(found, f.finding(fn.Pos(), "%s has %d lines (at most %d): split it, or give the reason in a comment line starting with Long:", fn.Name.Name, n, maxFuncLines))
			}
		}
	}
	return found
}

// saysLong looks for the reason before the package clause.
func (f *File) saysLong() bool {
	for _, group := range f.AST.Comments {
		if group.Pos() < f.AST.Package && hasReason(group) {
			return true
		}
	}
	return false
}

// hasReason reports whether a comment has a line that starts with "Long:" and
// goes on.
func hasReason(group *ast.CommentGroup) bool {
	for line := range strings.Lines(group.Text()) {
		if reason, ok := strings.CutPrefix(line, "Long:"); ok && len(strings.Fields(reason)) >= 3 {
			return true
		}
	}
	return false
}
