package folder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"
)

func names(l List) (list []string) {
	for _, e := range l.Entries {
		list = append(list, e.Name)
	}
	return list
}

func write(t *testing.T, dir string, files ...string) {
	t.Helper()
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f), []byte(f), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRead: folders come first, names are ordered as people do, and what is hidden, of
// another kind or no file is left out and counted.
func TestRead(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "IMG_10.PNG", "IMG_2.png", "ca.pem", "Über.txt", "a b", ".secret")
	for _, d := range []string{"zoo", "Apes", ".git"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	links := runtime.GOOS != "windows"
	if links {
		for link, to := range map[string]string{"link": "zoo", "gone": "nowhere", "alias.png": "IMG_2.png"} {
			if err := os.Symlink(filepath.Join(dir, to), filepath.Join(dir, link)); err != nil {
				t.Fatal(err)
			}
		}
	}
	all, err := Read(t.Context(), dir, Want{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Apes", "link", "zoo", "a b", "alias.png", "ca.pem", "IMG_2.png", "IMG_10.PNG", "Über.txt"}
	if got := names(all); links && (!slices.Equal(got, want) || all.Hidden != 2 || all.More) {
		t.Errorf("%q, %d hidden", got, all.Hidden)
	}
	pictures, err := Read(t.Context(), dir, Want{Ends: []string{".png"}, Hidden: true})
	if want := []string{".git", "Apes", "link", "zoo", "alias.png", "IMG_2.png", "IMG_10.PNG"}; err != nil || links && !slices.Equal(names(pictures), want) || pictures.Other != 4 {
		t.Errorf("%q, %d others, %v", names(pictures), pictures.Other, err)
	}
	then := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(dir, "ca.pem"), then, then.AddDate(10, 0, 0)); err != nil {
		t.Fatal(err)
	}
	newest, err := Read(t.Context(), dir, Want{Newest: true})
	if first := slices.IndexFunc(newest.Entries, func(e Entry) bool { return !e.Folder }); err != nil || newest.Entries[first].Name != "ca.pem" {
		t.Errorf("%q, %v", names(newest), err)
	}
}

func TestReadFails(t *testing.T) {
	dir := t.TempDir()
	if _, err := Read(t.Context(), filepath.Join(dir, "none"), Want{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
	write(t, dir, "file")
	if _, err := Read(t.Context(), filepath.Join(dir, "file"), Want{}); err == nil {
		t.Error("read a file as a folder")
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Read(ctx, dir, Want{}); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits any more: %v", err)
	}
}

// TestLook: of a file its size and time are known, and of one that is gone that nobody
// need ask again.
func TestLook(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "four")
	got := Look(t.Context(), dir, []Entry{{Name: "four"}, {Name: "gone"}})
	if !got[0].Known || got[0].Size != 4 || got[0].Time.IsZero() || !got[1].Known || !got[1].Time.IsZero() {
		t.Errorf("%+v", got)
	}
}

// TestPlaces: the folders are those of the person's desktop, whatever their language, and
// only those that exist.
func TestPlaces(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("no such file there")
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", "")
	for _, d := range []string{".config", "Niżlijiet", "Documents"} {
		if err := os.Mkdir(filepath.Join(home, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	text := "# a remark\nXDG_DOWNLOAD_DIR=\"$HOME/Niżlijiet\"\nXDG_PICTURES_DIR=\"$HOME/\"\nXDG_DESKTOP_DIR=\"relative\"\n"
	if err := os.WriteFile(filepath.Join(home, ".config", "user-dirs.dirs"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range Places()[:4] {
		got = append(got, string(p.Kind)+" "+p.Path)
	}
	want := []string{"home " + home, "documents " + home + "/Documents", "downloads " + home + "/Niżlijiet", "root /"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if Downloads() != home+"/Niżlijiet" {
		t.Errorf("downloads go to %q", Downloads())
	}
}

func TestMake(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"", ".", "..", "a/b", "../x", `a\b`} {
		if _, err := Make(dir, name); err == nil {
			t.Errorf("made %q", name)
		}
	}
	path, err := Make(dir, "New one")
	if _, folder := Exists(path); err != nil || !folder {
		t.Errorf("%q: %v", path, err)
	}
	if _, err := Make(dir, "New one"); !errors.Is(err, os.ErrExist) {
		t.Errorf("made twice: %v", err)
	}
}

// TestCompare: names are in one order, whatever they are compared in.
func TestCompare(t *testing.T) {
	order := []string{"", "a", "a1", "a2", "a02", "a10", "a10b", "a010", "aa", "b"}
	for i, a := range order {
		for j, b := range order {
			if got := compare(a, b); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("%q and %q: %d", a, b, got)
			}
		}
	}
}

func BenchmarkRead_10000(b *testing.B) {
	dir := b.TempDir()
	for i := range 10_000 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("IMG_%d.jpg", i)), nil, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, err := Read(b.Context(), dir, Want{}); err != nil {
			b.Fatal(err)
		}
	}
}
