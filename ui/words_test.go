package ui

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"fyne.io/fyne/v2/lang"

	"hearth/assets"
	"hearth/internal/testkit"
	"hearth/ui/tr"
)

// keyForm is how keys of translations look.
var keyForm = regexp.MustCompile(`^[a-z]+(\.[a-z0-9_]+)+$`)

// sources parses the files that may use keys: this package and tr, tests aside.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	for _, pattern := range []string{"*.go", "tr/*.go", "narrate/*.go", "emoji/*.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files[path] = f
		}
	}
	return files
}

func text(x ast.Expr) (string, bool) {
	lit, ok := x.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

// TestKeys fails on keys that are used but missing and on keys nobody uses.
// That all languages have the same keys is tested in package tr.
func TestKeys(t *testing.T) {
	data, err := assets.Translations.ReadFile("translation/en.json")
	if err != nil {
		t.Fatal(err)
	}
	var english map[string]any
	if err := json.Unmarshal(data, &english); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for path, f := range sources(t) {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if sel, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) > 0 && isTr(sel) {
					if key, ok := text(n.Args[0]); ok && english[key] == nil {
						t.Errorf("%s: there is no text %q", path, key)
					}
				}
			case *ast.BasicLit:
				if s, ok := text(n); ok {
					used[s] = true
				}
			case *ast.KeyValueExpr: // tables of tr.Key
				if s, ok := text(n.Value); ok && keyForm.MatchString(s) && english[s] == nil {
					t.Errorf("%s: there is no text %q", path, s)
				}
			}
			return true
		})
	}
	for key := range english {
		if !used[key] {
			t.Errorf("nobody uses %q", key)
		}
	}
}

// isTr reports tr.S, tr.F and tr.N.
func isTr(sel *ast.SelectorExpr) bool {
	pkg, ok := sel.X.(*ast.Ident)
	return ok && pkg.Name == "tr" && len(sel.Sel.Name) == 1 && strings.Contains("SFN", sel.Sel.Name)
}

// shownArgs lists functions and methods whose argument at an index is shown to people.
var shownArgs = map[string][]int{
	"NewButton": {0}, "NewIconTextButton": {1}, "NewIconButton": {1}, "NewLine": {0}, "NewElided": {0}, "NewStrong": {0},
	"NewPill": {0}, "SetHint": {0}, "SetError": {0}, "toast": {0}, "newPara": {0}, "note": {0}, "heading": {0},
	"centredPara": {0}, "boldCentre": {0}, "redCentre": {0}, "newField": {0, 1}, "newSecretField": {0, 1}, "fact": {0},
	"setting": {0}, "fieldName": {0}, "SetTitle": {0}, "wayCard": {1, 2}, "formHead": {0, 1}, "setAll": {0},
}

// shownFields are struct members that people read.
var shownFields = map[string]bool{"title": true, "text": true, "do": true, "Text": true}

// TestLiterals finds words that do not go through a translation.
func TestLiterals(t *testing.T) {
	for path, f := range sources(t) {
		if strings.Contains(path, "gallerydata") {
			continue // what it shows is invented by people
		}
		said := func(x ast.Expr) {
			if s, ok := text(x); ok && strings.ContainsFunc(s, unicode.IsLetter) && s != "hearth://…" {
				t.Errorf("%s: %q is shown without a translation", path, s)
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				for _, i := range shownArgs[called(n)] {
					if i < len(n.Args) {
						said(n.Args[i])
					}
				}
			case *ast.KeyValueExpr:
				if id, ok := n.Key.(*ast.Ident); ok && shownFields[id.Name] && !strings.HasPrefix(path, "gallery") {
					said(n.Value)
				}
			}
			return true
		})
	}
}

func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// TestToolkitWords shows that the toolkit speaks the language in use, whatever
// that of the desktop is.
func TestToolkitWords(t *testing.T) {
	defer tr.Use("en")
	for code, want := range map[string]string{"mt": "Oħroġ", "zh": "退出", "en": "Quit"} {
		tr.Use(code)
		speakToolkit(testkit.Logger(t))
		if got := lang.L("Quit"); got != want {
			t.Errorf("%s: the toolkit says %q, want %q", code, got, want)
		}
	}
}
