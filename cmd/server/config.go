package main

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/BurntSushi/toml"

	"hearth/chat"
	"hearth/server/host"
)

// file is the configuration file. Flags win over it.
type file struct {
	Data   string      `toml:"data" help:"data folder; --data"`
	Listen []string    `toml:"listen" help:"addresses to listen on, host:port; --listen"`
	Public []string    `toml:"public" help:"addresses that others reach the server at; empty: this machine's own; --public"`
	Name   string      `toml:"name" help:"the group's name; empty: the one remembered; --name"`
	Ops    string      `toml:"ops" help:"loopback address for /livez, /readyz and /metrics; port 0 takes a free one, written to ops.json; --ops"`
	Limits chat.Limits `toml:"limits"`
}

func defaultFile() file {
	return file{Listen: []string{fmt.Sprintf(":%d", chat.DefaultPort)}, Public: []string{}, Ops: "127.0.0.1:0", Limits: chat.DefaultLimits()}
}

// defaultConfig is the whole default configuration as a commented file.
func defaultConfig() string {
	var b strings.Builder
	b.WriteString("# Configuration of hearth-server. Every line shows its default; flags win over this file.\n\n")
	f := defaultFile()
	writeFields(&b, reflect.ValueOf(f))
	b.WriteString("\n# Limits; clients learn them when they connect.\n[limits]\n")
	writeFields(&b, reflect.ValueOf(f.Limits))
	return b.String()
}

func writeFields(b *strings.Builder, v reflect.Value) {
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		switch value := v.Field(i).Interface().(type) {
		case string:
			fmt.Fprintf(b, "# %s\n%s = %q\n", tag.Get("help"), tag.Get("toml"), value)
		case []string:
			fmt.Fprintf(b, "# %s\n%s = [%s]\n", tag.Get("help"), tag.Get("toml"), quoted(value))
		case int:
			fmt.Fprintf(b, "# %s\n%s = %d\n", tag.Get("help"), tag.Get("toml"), value)
		}
	}
}

func quoted(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(out, ", ")
}

// host merges flags, file and defaults.
func (p *place) host() (host.Config, error) {
	f := defaultFile()
	f.Listen = nil
	if p.Config != "" {
		if err := readConfig(p.Config, &f); err != nil {
			return host.Config{}, usageError{err}
		}
	}
	if p.Data != "" {
		f.Data = p.Data
	}
	if len(p.Listen) > 0 {
		f.Listen = p.Listen
	}
	if len(p.Public) > 0 {
		f.Public = p.Public
	}
	if p.Name != "" {
		f.Name = p.Name
	}
	if p.Ops != "" {
		f.Ops = p.Ops
	}
	if f.Data == "" {
		return host.Config{}, usageError{errors.New("--data DIR is missing: the folder that keeps everything")}
	}
	if err := f.Limits.Validate(); err != nil {
		return host.Config{}, usageError{fmt.Errorf("%s: [limits]: %w", p.Config, err)}
	}
	if n := len([]rune(f.Name)); n > f.Limits.NameChars {
		return host.Config{}, usageError{fmt.Errorf("the name has %d characters; at most %d are accepted", n, f.Limits.NameChars)}
	}
	return host.Config{Dir: f.Data, Name: f.Name, Listen: f.Listen, Public: f.Public, Ops: f.Ops, Limits: f.Limits}, nil
}

// readConfig reads a file strictly: unknown keys and wrong types are errors that
// name the key and its line.
func readConfig(path string, f *file) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	meta, err := toml.Decode(string(text), f)
	var parse toml.ParseError
	switch {
	case errors.As(err, &parse):
		at := parse.LastKey
		if at != "" {
			at = " " + at + ":"
		}
		return fmt.Errorf("%s: line %d:%s %s", path, parse.Position.Line, at, parse.Message)
	case err != nil:
		return fmt.Errorf("%s: %w", path, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		key := unknown[0]
		return fmt.Errorf("%s: line %d: unknown key %q; \"hearth-server config\" prints all there are", path, lineOf(string(text), key), key)
	}
	return nil
}

// lineOf finds the line a key stands on; 0 if it cannot be told.
func lineOf(text string, key toml.Key) int {
	section, want := "", strings.Join(key, ".")
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(strings.TrimSpace(line), "#")
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			if section = bare(strings.Trim(line, "[] \t")) + "."; section == want+"." {
				return i + 1
			}
			continue
		}
		if name, _, ok := strings.Cut(line, "="); ok && section+bare(name) == want {
			return i + 1
		}
	}
	return 0
}

// bare removes the spaces and quotes that a key may have.
func bare(key string) string { return strings.Trim(strings.TrimSpace(key), "\"'") }
