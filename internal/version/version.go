// Package version says which Hearth this is. It owns the version number, which
// all three programs print with --version and send in their hello; it must
// never decide what a version can do (that is the protocol's capability list).
package version

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// Number is the released version, without a "v". FyneApp.toml repeats it for
// the packaging tools; a test keeps the two equal.
const Number = "0.1.0"

// revision is the commit, put in by the linker (scripts/lib.sh): twelve
// hexadecimal digits, followed by "+changes" if files differed from it.
var revision string

// Revision returns the commit this program was built from, or "" if nobody
// knows. A build by plain `go build` falls back to what Go recorded itself.
func Revision() string {
	if revision != "" {
		return revision
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return recorded(info)
}

// recorded reads the commit from Go's build information in the form of revision.
func recorded(info *debug.BuildInfo) string {
	var commit, changes string
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changes = "+changes"
		}
	}
	if commit == "" {
		return ""
	}
	return commit + changes
}

// String returns number and revision in one word, such as
// "0.1.0-4fc7265f9b14", for logs and the hello.
func String() string {
	if r := Revision(); r != "" {
		return Number + "-" + r
	}
	return Number
}

// Line returns what --version prints for the named program: one line without
// its line break, such as
//
//	hearth-server 0.1.0 (4fc7265f9b14, go1.26.8, linux/amd64)
func Line(program string) string {
	parts := []string{runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
	if r := Revision(); r != "" {
		parts = append([]string{r}, parts...)
	}
	return fmt.Sprintf("%s %s (%s)", program, Number, strings.Join(parts, ", "))
}
