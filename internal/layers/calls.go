package layers

import (
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"
)

// Files that alone may make certain calls of the window toolkit.
const (
	pumpFile  = "ui/pump.go"  // hands data to the UI goroutine
	guardFile = "ui/guard.go" // lets links and notices out, after checking them
)

// Calls checks calls that are reserved to a file or forbidden.
func Calls(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		f.selectors(func(sel *ast.SelectorExpr, pkg string) {
			found = append(found, f.contextCall(sel, pkg)...)
			found = append(found, f.sleepCall(sel, pkg)...)
			found = append(found, f.fyneCall(sel, pkg)...)
		})
		found = append(found, f.zoneCalls()...)
		found = append(found, f.logCalls()...)
		found = append(found, f.iotas()...)
	}
	return found
}

// contextCall: below cmd, a context comes from the caller.
func (f *File) contextCall(sel *ast.SelectorExpr, pkg string) []Finding {
	if pkg != "context" || f.Test || f.isTestHelper() || under(f.Dir, "cmd") {
		return nil
	}
	if sel.Sel.Name == "Background" || sel.Sel.Name == "TODO" {
		return []Finding{f.finding(sel.Pos(), "context.%s below cmd: take the caller's context", sel.Sel.Name)}
	}
	return nil
}

// sleepCall: nobody waits by the clock. Tests may inside a synctest bubble,
// where time is fake, and end-to-end tests while they poll other processes.
func (f *File) sleepCall(sel *ast.SelectorExpr, pkg string) []Finding {
	if pkg != "time" || sel.Sel.Name != "Sleep" || underAny(f.Dir, "e2e", "bench") {
		return nil
	}
	if f.bubbles {
		return nil
	}
	return []Finding{f.finding(sel.Pos(), "time.Sleep: wait for the event, in tests inside a synctest bubble")}
}

// zoneCalls: package time knows the zone that was the system's when the program began.
func (f *File) zoneCalls() []Finding {
	if f.Test || !underAny(f.Dir, "app", "ui", "cmd/client", "cmd/cli") {
		return nil
	}
	var found []Finding
	ast.Inspect(f.AST, func(n ast.Node) bool {
		var sel *ast.SelectorExpr
		switch n := n.(type) {
		case *ast.CallExpr: // a method, not a field of that name
			if s, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) == 0 {
				sel = s
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && f.names[x.Name] == "time" {
				sel = n
			}
		}
		if sel != nil && sel.Sel.Name == "Local" {
			found = append(found, f.finding(sel.Pos(), "the zone of the start of the program: take that of internal/zone"))
		}
		return true
	})
	return found
}

// fyneCall: the toolkit's calls that are safe in one place only.
func (f *File) fyneCall(sel *ast.SelectorExpr, pkg string) []Finding {
	name := sel.Sel.Name
	switch {
	case pkg == "fyne.io/fyne/v2" && slices.Contains([]string{"Do", "DoAndWait"}, name) && f.Path != pumpFile && !f.Test:
		return []Finding{f.finding(sel.Pos(), "fyne.%s outside %s: post to the pump", name, pumpFile)}
	case !underAny(f.Dir, "ui", "cmd") || f.Test:
		return nil
	case strings.HasSuffix(name, "FromMarkdown") || name == "ParseMarkdown" || name == "AppendMarkdown":
		return []Finding{f.finding(sel.Pos(), "%s makes links and pictures of what other people wrote: use our own text block", name)}
	case (name == "OpenURL" || name == "SendNotification") && f.Path != guardFile:
		return []Finding{f.finding(sel.Pos(), "%s outside %s: what leaves the window is checked there", name, guardFile)}
	case pkg == "fyne.io/fyne/v2/widget" && (name == "NewHyperlink" || name == "NewHyperlinkWithStyle"):
		return []Finding{f.finding(sel.Pos(), "%s opens links by itself: draw the link and go through %s", name, guardFile)}
	case pkg == "fyne.io/fyne/v2/container" && strings.HasSuffix(name, "ThemeOverride"):
		return []Finding{f.finding(sel.Pos(), "container.%s loads every font once more at each refresh and keeps them: put it into the theme", name)}
	case pkg == "fyne.io/fyne/v2/widget" && strings.HasPrefix(name, "NewList") && strings.Contains(path.Base(f.Path), "timeline"):
		return []Finding{f.finding(sel.Pos(), "widget.%s walks all rows on each scroll step: use the anchored list", name)}
	}
	return nil
}

// logCalls: the message of a log line is a constant, so that lines can be
// searched and nobody's text gets into them.
func (f *File) logCalls() []Finding {
	if f.Test {
		return nil
	}
	levels := map[string]int{
		"Debug": 0, "Info": 0, "Warn": 0, "Error": 0,
		"DebugContext": 1, "InfoContext": 1, "WarnContext": 1, "ErrorContext": 1, "Log": 2, "LogAttrs": 2,
	}
	var found []Finding
	ast.Inspect(f.AST, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !f.isLogger(sel.X) {
			return true
		}
		if at, ok := levels[sel.Sel.Name]; ok && at < len(call.Args) && !isConstantText(call.Args[at]) {
			found = append(found, f.finding(call.Pos(), "the message of %s must be a constant; put what varies into attributes", sel.Sel.Name))
		}
		return true
	})
	return found
}

// isLogger guesses from the name whether an expression is a slog.Logger.
func (f *File) isLogger(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		name := strings.ToLower(x.Name)
		return f.names[x.Name] == "log/slog" || name == "log" || strings.HasSuffix(name, "logger")
	case *ast.SelectorExpr:
		name := strings.ToLower(x.Sel.Name)
		return name == "log" || strings.HasSuffix(name, "logger")
	}
	return false
}

// isConstantText accepts literals, sums of them, and names (a constant; a
// variable would be seen in review).
func isConstantText(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.BasicLit:
		return x.Kind == token.STRING
	case *ast.BinaryExpr:
		return isConstantText(x.X) && isConstantText(x.Y)
	case *ast.Ident, *ast.SelectorExpr:
		return true
	}
	return false
}

// iotas: numbers that reach disk or network are written out, so that nobody
// renumbers them by inserting a line.
func (f *File) iotas() []Finding {
	if f.Test || !underAny(f.Dir, "chat", "net/wire", "store", "server/storage", "internal/boltkit") {
		return nil
	}
	var found []Finding
	ast.Inspect(f.AST, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == "iota" {
			found = append(found, f.finding(id.Pos(), "iota where numbers may reach disk or network: write the number"))
		}
		return true
	})
	return found
}
