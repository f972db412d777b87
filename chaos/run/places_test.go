//go:build unix

package run

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// TestEveryPlaceIsWanted: each place that package fault names is one that a whole run
// must have killed a program at, and a run without one of them is no success.
func TestEveryPlaceIsWanted(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../internal/fault/point.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	wanted, n := everyPlace(), 0
	ast.Inspect(file, func(node ast.Node) bool {
		if lit, ok := node.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			n++
			place := strings.Trim(lit.Value, `"`)
			if !slices.ContainsFunc(wanted, func(kill string) bool { return strings.HasSuffix(kill, ": "+place) }) {
				t.Errorf("nobody has to be killed at %s", place)
			}
		}
		return true
	})
	if n < 40 {
		t.Errorf("only %d places were found", n)
	}
	tally := NewTally()
	for _, kill := range wanted {
		tally.killed(kill)
	}
	if found := unpassed(tally); len(found) != 0 || len(missedPlaces(Sizes["full"], tally)) != 0 {
		t.Errorf("all were passed: %v", found)
	}
	delete(tally.kills, "server: server.push.mid")
	delete(tally.kills, "client: client.apply.mid")
	if found := unpassed(tally); len(found) != 2 || len(missedPlaces(Sizes["full"], tally)) != 2 || len(missedPlaces(Sizes["disk"], tally)) != 0 {
		t.Errorf("two were not: %v", found)
	}
}

// TestUnplayed: a part that could not be played is no success of a whole run.
func TestUnplayed(t *testing.T) {
	said := 0
	progress := func(string) { said++ }
	if found := unplayed(Sizes["full"], "full disk", false, progress); len(found) != 1 || said != 1 {
		t.Errorf("a whole run: %v", found)
	}
	if found := unplayed(Sizes["disk"], "full disk", false, progress); len(found) != 0 || said != 2 {
		t.Errorf("a part: %v", found)
	}
	if found := unplayed(Sizes["full"], "full disk", true, progress); len(found) != 0 || said != 2 {
		t.Errorf("played: %v", found)
	}
}
