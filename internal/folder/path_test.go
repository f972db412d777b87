package folder

import (
	"path/filepath"
	"runtime"
	"testing"

	"pgregory.net/rapid"
)

var (
	onPosix   = syntax{}
	onWindows = syntax{windows: true}
)

// TestPath: what is typed means the same on whichever system the test runs.
func TestPath(t *testing.T) {
	for _, system := range []struct {
		syntax
		shown, home string
		paths       map[string]string
		halves      map[string][2]string
	}{
		{
			onPosix, "/shown", "/home/ann",
			map[string]string{
				"": "/shown", "a": "/shown/a", " a b/c ": "/shown/a b/c", "../x": "/x", "/etc/": "/etc", "~": "/home/ann", "~/x": "/home/ann/x",
				"~ann": "/shown/~ann", "file:///etc/a%20b": "/etc/a b", `"/etc/x y"`: "/etc/x y", "'/etc/x'": "/etc/x", "file:x": "/shown/file:x",
				"file://localhost/etc": "/etc", "C:": "/shown/C:", `a\b`: `/shown/a\b`, "//x//y/": "/x/y", "/": "/", "/..": "/", "~/../..": "/",
			},
			map[string][2]string{
				"": {"/shown", ""}, "a": {"/shown", "a"}, "a/": {"/shown/a", ""}, "/et": {"/", "et"}, "/etc/ss": {"/etc", "ss"},
				"~": {"/home/ann", ""}, "~/Do": {"/home/ann", "Do"}, "..": {"/", ""}, "../b": {"/", "b"}, "a b ": {"/shown", "a b "},
				"C:fo": {"/shown", "C:fo"},
			},
		},
		{
			onWindows, `D:\shown`, `C:\Users\ann`,
			map[string]string{
				"": `D:\shown`, "a": `D:\shown\a`, " a b/c ": `D:\shown\a b\c`, `..\x`: `D:\x`, `..\..\..`: `D:\`, "~": `C:\Users\ann`,
				`~\x`: `C:\Users\ann\x`, "~/x": `C:\Users\ann\x`, "~ann": `D:\shown\~ann`,
				"C:": `C:\`, `C:\`: `C:\`, "c:/": `c:\`, "C:x": `C:\x`, `C:\a\..\b\`: `C:\b`, `C:\..`: `C:\`, "C:/a b": `C:\a b`, `"C:\a b"`: `C:\a b`,
				`\x`: `D:\x`, "/": `D:\`, "1:": `D:\shown\1:`,
				`\\box\share`: `\\box\share\`, `\\box\share\a\..\b`: `\\box\share\b`, `//box/share/a`: `\\box\share\a`, `\\box\share\..\..`: `\\box\share\`,
				"file:///C:/a%20b": `C:\a b`, "file://localhost/C:/a": `C:\a`, "file://box/share/a": `\\box\share\a`, "file:///a": `D:\a`, "file:x": `D:\shown\file:x`,
			},
			map[string][2]string{
				"": {`D:\shown`, ""}, "a": {`D:\shown`, "a"}, `a\`: {`D:\shown\a`, ""}, "a/b": {`D:\shown\a`, "b"}, "C:": {`C:\`, ""}, "C:fo": {`C:\`, "fo"},
				`C:\fo`: {`C:\`, "fo"}, `\fo`: {`D:\`, "fo"}, `~\Do`: {`C:\Users\ann`, "Do"}, "..": {`D:\`, ""}, `\\box\share\x`: {`\\box\share\`, "x"},
			},
		},
	} {
		for typed, want := range system.paths {
			if got := system.path(typed, system.shown, system.home); got != want {
				t.Errorf("windows %v: %q is %q, want %q", system.windows, typed, got, want)
			}
		}
		for typed, want := range system.halves {
			if dir, name := system.split(typed, system.shown, system.home); dir != want[0] || name != want[1] {
				t.Errorf("windows %v: %q is %q and %q, want %q", system.windows, typed, dir, name, want)
			}
		}
	}
	if got := onWindows.path("x", `\\box\share\`, ""); got != `\\box\share\x` {
		t.Errorf("beside another computer's: %q", got)
	}
	for _, c := range []struct {
		syntax
		path, want string
	}{{onPosix, "/", "/"}, {onPosix, "/a", "/a/"}, {onWindows, `C:\`, `C:\`}, {onWindows, `C:\a`, `C:\a\`}, {onWindows, "C:/", "C:/"}} {
		if got := c.within(c.path); got != c.want {
			t.Errorf("%q: %q, want %q", c.path, got, c.want)
		}
	}
}

// TestHomeIsTilde: the functions for this system begin at the person's own folder.
func TestHomeIsTilde(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	if got := Path("~/x", home); got != filepath.Join(home, "x") {
		t.Errorf("%q", got)
	}
	if dir, name := Split("~/x", "/"); dir != filepath.Clean(home) || name != "x" {
		t.Errorf("%q %q", dir, name)
	}
}

// TestSyntaxIsTheSystems: where the test runs, the rules are those of package filepath.
func TestSyntaxIsTheSystems(t *testing.T) {
	base := filepath.FromSlash("/base/folder")
	if runtime.GOOS == "windows" {
		base = `C:\base\folder`
	}
	part := rapid.SampledFrom([]string{"a", "b c", "..", ".", "/", `\`, "~", "é", "x.y"})
	rapid.Check(t, func(t *rapid.T) {
		rest := ""
		for _, p := range rapid.SliceOfN(part, 0, 12).Draw(t, "parts") {
			rest += p
		}
		if got, want := native.join(base, rest), filepath.Join(base, rest); got != want {
			t.Fatalf("%q in %q is %q, not %q", rest, base, got, want)
		}
		whole := base + string(filepath.Separator) + rest
		if got, want := native.join(whole, ""), filepath.Clean(whole); got != want {
			t.Fatalf("%q is %q, not %q", whole, got, want)
		}
	})
}

// TestSingle: names that a system would take for something else are none.
func TestSingle(t *testing.T) {
	for name, want := range map[string][2]bool{ // elsewhere, on Windows
		"a": {true, true}, "a b.txt": {true, true}, "": {false, false}, ".": {false, false}, "..": {false, false}, "a/b": {false, false}, `a\b`: {false, false},
		"...": {true, false}, "a.": {true, false}, "a ": {true, false}, "C:": {true, false}, "a:b": {true, false}, "what?": {true, false}, "a\tb": {true, false},
		"con": {true, false}, "NUL.txt": {true, false}, "aux .c": {true, false}, "com1": {true, false}, "LPT³": {true, false}, "COM": {true, true}, "COM10": {true, true},
		"console": {true, true}, "李伟": {true, true},
	} {
		if got := onPosix.single(name); got != want[0] {
			t.Errorf("%q: %v", name, got)
		}
		if got := onWindows.single(name); got != want[1] {
			t.Errorf("%q on Windows: %v", name, got)
		}
		if got := Single(name); got && !native.single(name) {
			t.Errorf("%q here: %v", name, got)
		}
	}
}
