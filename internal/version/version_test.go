package version

import (
	"regexp"
	"runtime/debug"
	"testing"

	"github.com/BurntSushi/toml"
)

func TestNumberIsThatOfThePackage(t *testing.T) {
	var file struct{ Details struct{ Version string } }
	if _, err := toml.DecodeFile("../../FyneApp.toml", &file); err != nil {
		t.Fatal(err)
	}
	if file.Details.Version != Number {
		t.Errorf("FyneApp.toml says %q, this package %q", file.Details.Version, Number)
	}
	if !regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9a-z.]+)?$`).MatchString(Number) {
		t.Errorf("%q is not a semantic version", Number)
	}
}

func TestRevision(t *testing.T) {
	build := func(settings ...string) *debug.BuildInfo {
		info := new(debug.BuildInfo)
		for i := 0; i < len(settings); i += 2 {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: settings[i], Value: settings[i+1]})
		}
		return info
	}
	const commit = "0123456789abcdef0123456789abcdef01234567"
	for want, info := range map[string]*debug.BuildInfo{
		"":                     build("vcs.modified", "true"),
		"0123456789ab":         build("vcs.revision", commit, "vcs.modified", "false"),
		"0123456789ab+changes": build("vcs.modified", "true", "vcs.revision", commit),
		"77":                   build("vcs.revision", "77"),
	} {
		if got := recorded(info); got != want {
			t.Errorf("recorded = %q, want %q", got, want)
		}
	}
}

func TestLine(t *testing.T) {
	old := revision
	t.Cleanup(func() { revision = old })
	revision = "abc123+changes"
	if got := Line("hearth"); !regexp.MustCompile(`^hearth \S+ \(abc123\+changes, go\S+( \S+)*, \w+/\w+\)$`).MatchString(got) {
		t.Errorf("Line = %q", got)
	}
	if got, want := String(), Number+"-abc123+changes"; got != want {
		t.Errorf("String = %q, want %q", got, want)
	}
}
