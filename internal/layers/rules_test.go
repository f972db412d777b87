package layers

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// parse makes a tree of small files, given as path and source.
func parse(t *testing.T, files ...string) *Tree {
	t.Helper()
	fsys := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	tree, err := Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// TestRulesCanFail shows every rule an input it must find fault with, and a
// like one that it must leave alone.
func TestRulesCanFail(t *testing.T) {
	long := "package chat\n\n%sfunc F() {\n" + strings.Repeat("\t_ = 0\n", maxFuncLines) + "}\n"
	for _, test := range []struct {
		name string
		rule func(*Tree) []Finding
		path string
		bad  string
		want string // part of the finding
		good string // the same place, put right
	}{
		{"layer", Imports, "chat/a.go", `package chat; import _ "hearth/net/wire"`, "chat must not import net/wire", `package chat; import _ "strings"`},
		{"layer upwards", Imports, "app/a.go", `package app; import _ "hearth/ui"`, "app must not import ui", `package app; import _ "hearth/store"`},
		{"layer sideways", Imports, "server/a.go", `package server; import _ "hearth/net/link"`, "server must not import net/link", `package server; import _ "hearth/net/wire"`},
		{"ui and store", Imports, "ui/a.go", `package ui; import _ "hearth/store"`, "ui must not import store", `package ui; import _ "hearth/app"`},
		{"ui and wire", Imports, "ui/row/a.go", `package row; import _ "hearth/net/wire"`, "ui must not import net/wire", `package row; import _ "hearth/chat"`},
		{"prefix is not parent", Imports, "app/a.go", `package app; import _ "hearth/storefront"`, "must not import storefront", `package app; import _ "hearth/store/secret"`},
		{"unknown folder", Imports, "extra/a.go", `package extra`, "has no layer", ""},
		{"shelf", Imports, "net/a.go", `package net`, "shelf", ""},
		{"chat is plain", Imports, "chat/a.go", `package chat; import _ "golang.org/x/text/unicode/norm"`, "standard library only", `package chat; import _ "unicode"`},
		{"test helper", Imports, "store/a.go", `package store; import _ "hearth/internal/testkit"`, "tests only", `package store; import _ "hearth/internal/boltkit"`},
		{"conformance suite", Imports, "store/a.go", `package store; import _ "hearth/store/storetest"`, "tests only", ""},
		{"memnet", Imports, "net/link/a.go", `package link; import _ "hearth/net/memnet"`, "tests only", `package link; import _ "net"`},
		{"toolkit's app", Imports, "ui/a.go", `package ui; import _ "fyne.io/fyne/v2/app"`, "needs C", `package ui; import _ "fyne.io/fyne/v2/widget"`},
		{"toolkit's app in tests", Imports, "ui/a_test.go", `package ui; import _ "fyne.io/fyne/v2/app"`, "needs C", `package ui; import _ "fyne.io/fyne/v2/test"`},
		{"toolkit below ui", Imports, "app/a.go", `package app; import _ "fyne.io/fyne/v2"`, "ends at ui", ""},
		{"engine", Imports, "server/a.go", `package server; import _ "go.etcd.io/bbolt"`, "leaks", ""},
		{"transport", Imports, "app/a.go", `package app; import _ "github.com/coder/websocket"`, "two ends", ""},
		{"keyring", Imports, "app/a.go", `package app; import _ "github.com/zalando/go-keyring"`, "one package", ""},
		{"testify", Imports, "chat/a_test.go", `package chat; import _ "github.com/stretchr/testify/assert"`, "go-cmp", `package chat; import _ "github.com/google/go-cmp/cmp"`},
		{"log", Imports, "server/a.go", `package server; import _ "log"`, "slog", `package server; import _ "log/slog"`},
		{"fyneapp", Imports, "cmd/client/main.go", `package main; import fyneapp "hearth/app"`, "kept for", `package main; import fyneapp "fyne.io/fyne/v2/app"`},

		{"background", Calls, "server/a.go", `package server; import "context"; var c = context.Background()`, "below cmd", `package server; import "context"; var c context.Context`},
		{"todo", Calls, "server/a.go", `package server; import c "context"; var x = c.TODO()`, "below cmd", ""},
		{"sleep", Calls, "app/a.go", `package app; import "time"; func f() { time.Sleep(1) }`, "time.Sleep", `package app; import "time"; var d = time.Second`},
		{"sleep in a test", Calls, "app/a_test.go", `package app; import "time"; func f() { time.Sleep(1) }`, "bubble", `package app; import ("time"; _ "testing/synctest"); func f() { time.Sleep(1) }`},
		{"zone of the start", Calls, "ui/a.go", `package ui; import "time"; var x = time.Local`, "internal/zone", `package ui; import "hearth/internal/zone"; var x = zone.Get()`},
		{"time of the start's zone", Calls, "cmd/cli/a.go", `package main; import "time"; var x = time.Unix(0, 0).Local()`, "internal/zone", `package main; import ("time"; "hearth/internal/zone"); var x = zone.In(time.Unix(0, 0))`},
		{"fyne.Do", Calls, "ui/row.go", `package ui; import "fyne.io/fyne/v2"; func f() { fyne.Do(nil) }`, "post to the pump", `package ui; import "fyne.io/fyne/v2"; var s fyne.Size`},
		{"fyne.DoAndWait", Calls, "cmd/client/main.go", `package main; import f2 "fyne.io/fyne/v2"; func f() { f2.DoAndWait(nil) }`, "post to the pump", ""},
		{"markdown", Calls, "ui/row.go", `package ui; import "fyne.io/fyne/v2/widget"; var w = widget.NewRichTextFromMarkdown("")`, "own text block", `package ui; import "fyne.io/fyne/v2/widget"; var w = widget.NewRichText()`},
		{"open", Calls, "ui/row.go", `package ui; func f(a app) { a.OpenURL(nil) }`, "checked there", ""},
		{"notify", Calls, "cmd/client/main.go", `package main; func f(a app) { a.SendNotification(nil) }`, "checked there", ""},
		{"hyperlink", Calls, "ui/row.go", `package ui; import "fyne.io/fyne/v2/widget"; var w = widget.NewHyperlink("", nil)`, "by itself", ""},
		{"list", Calls, "ui/timeline.go", `package ui; import "fyne.io/fyne/v2/widget"; var w = widget.NewList(nil, nil, nil)`, "anchored", ""},
		{"theme of a widget", Calls, "ui/field.go", `package ui; import "fyne.io/fyne/v2/container"; var w = container.NewThemeOverride(nil, nil)`, "every font", ""},
		{"log text", Calls, "server/a.go", `package server; func (s *S) f(text string) { s.log.Info("got " + f(text)) }`, "constant", `package server; func (s *S) f() { s.log.Info("got it", "n", 1) }`},
		{"log text with context", Calls, "server/a.go", `package server; import "log/slog"; func f() { slog.InfoContext(ctx, sprintf("x")) }`, "constant", `package server; import "log/slog"; func f() { slog.InfoContext(ctx, "x") }`},
		{"iota", Calls, "net/wire/a.go", "package wire; const (A = iota; B)", "write the number", "package wire; const (A = 0; B = 1)"},

		{"no package comment", PackageDocs, "chat/a.go", "package chat", "no comment", "// Package chat owns the nouns and never does any input or output.\npackage chat"},
		{"thin package comment", PackageDocs, "chat/a.go", "// Package chat.\npackage chat", "no comment", ""},
		{"no comment", missingDocs, "chat/a.go", "package chat\n\nfunc F() {}\n", "F has no comment", "package chat\n\n// F does it.\nfunc F() {}\n"},
		{"method", missingDocs, "chat/a.go", "package chat\n\nfunc (t *T) M() {}\n", "M has no comment", "package chat\n\nfunc (t *t) M() {}\n"},
		{"constant", missingDocs, "chat/a.go", "package chat\n\nconst C = 1\n", "C has no comment", "package chat\n\nconst C = 1 // why\n"},
		{"long function", Sizes, "chat/a.go", strings.Replace(long, "%s", "", 1), "split it", strings.Replace(long, "%s", "// F is one table.\n//\n// Long: a table reads better whole.\n", 1)},
		{"long file", Sizes, "chat/a.go", "package chat\n" + strings.Repeat("// x\n", maxFileLines), "split the file", "// Long: generated from the standard.\n\npackage chat\n" + strings.Repeat("// x\n", maxFileLines)},
	} {
		t.Run(test.name, func(t *testing.T) {
			found := test.rule(parse(t, test.path, test.bad))
			if len(found) != 1 || !strings.Contains(found[0].String(), test.want) {
				t.Errorf("bad input: found %q, want one with %q", found, test.want)
			}
			if test.good == "" {
				return
			}
			if found := test.rule(parse(t, test.path, test.good)); len(found) != 0 {
				t.Errorf("good input: found %q", found)
			}
		})
	}
}

func missingDocs(t *Tree) []Finding {
	_, missing := ExportedDocs(t)
	return missing
}

// TestAllowedPlaces shows that a reserved call is left alone where it belongs.
func TestAllowedPlaces(t *testing.T) {
	tree := parse(t,
		pumpFile, `package ui; import "fyne.io/fyne/v2"; func f() { fyne.Do(nil) }`,
		guardFile, `package ui; func f(a app) { a.OpenURL(nil); a.SendNotification(nil) }`,
		"cmd/server/main.go", `package main; import "context"; var c = context.Background()`,
		"store/a_test.go", `package store; import "context"; import _ "hearth/server"; var c = context.Background()`,
		"store/storetest/a.go", `package storetest; import _ "hearth/internal/testkit"`,
		"e2e/a.go", "//go:build e2e\n\npackage e2e\n\nimport \"time\"\n\nfunc f() { time.Sleep(1) }\n",
	)
	for _, rule := range []func(*Tree) []Finding{Imports, Calls} {
		if found := rule(tree); len(found) != 0 {
			t.Errorf("found %q", found)
		}
	}
}

func TestShareOfDocs(t *testing.T) {
	share, missing := ExportedDocs(parse(t, "chat/a.go", "package chat\n\n// A is.\nvar A int\n\n// B is.\nvar B int\n\n// C is.\nvar C int\n\nvar D int\n"))
	if share != 0.75 || len(missing) != 1 {
		t.Errorf("share %v, missing %v; want 0.75 and D", share, missing)
	}
}

func TestTestTags(t *testing.T) {
	for source, want := range map[string]bool{
		"package p":                     false,
		"//go:build linux\n\npackage p": false,
		"//go:build !windows && !(linux && arm64)\n\npackage p": false,
		"//go:build linux || e2e\n\npackage p":                  false,
		"//go:build linux && (e2e || window)\n\npackage p":      true,
		"//go:build !window\n\npackage p":                       false,
		"//go:build window\n\npackage p":                        true,
		"//go:build e2e && linux\n\npackage p":                  true,
		"package p\n\n// //go:build e2e\nvar x int":             false,
	} {
		if got := parse(t, "chat/a.go", source).Files[0].Test; got != want {
			t.Errorf("%q: test = %v, want %v", source, got, want)
		}
	}
}

func TestLinksCanFail(t *testing.T) {
	fsys := fstest.MapFS{
		"Makefile":   {Data: []byte("run: ## go\n\t@true\nbench-compare:\n\ttrue\n")},
		"docs/a.md":  {Data: []byte("see [b](b.md#part), [top](../README.md), [out](https://example.org/x.md), [here](#x)\n")},
		"docs/b.md":  {Data: []byte("gone: [c](c.md)\n`make run ARGS=1`, `xvfb-run make run`, `make bench-compare REF=x`\n`make coffee`\n")},
		"README.md":  {Data: []byte("[docs](docs), ![picture](docs/p.png)\n")},
		"build/x.md": {Data: []byte("[built](nowhere)\n")},
	}
	found, err := Links(fsys)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range found {
		got = append(got, f.String())
	}
	want := []string{
		"README.md:1: the link docs/p.png leads nowhere",
		"docs/b.md:1: the link c.md leads nowhere",
		"docs/b.md:3: make has no verb coffee",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
