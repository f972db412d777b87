package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"hearth/chat"
	"hearth/server"
	"hearth/server/host"
)

// file is the configuration file. Flags win over it.
type file struct {
	Data             string      `toml:"data" help:"data folder; --data"`
	Listen           []string    `toml:"listen" help:"addresses to listen on, host:port; --listen"`
	Public           []string    `toml:"public" help:"addresses that others reach the server at; empty: this machine's own; --public"`
	Name             string      `toml:"name" help:"the group's name; empty: the one remembered; --name"`
	Ops              string      `toml:"ops" help:"loopback address for /livez, /readyz and /metrics; port 0 takes a free one, written to ops.json; --ops"`
	RestoreIfDamaged bool        `toml:"restore_if_damaged" help:"put the newest sound backup in place of damaged data instead of refusing to start; --restore-if-damaged"`
	Keep             interval    `toml:"keep" help:"messages older than this are removed from the server, whatever their room says: whole days, for example 365d; 0: each room says how long, or for ever; --keep"`
	Admissions       int         `toml:"admissions" help:"new connections that are admitted a second, the others are told when to come back; 0: 250 for each core"`
	TLS              tlsFile     `toml:"tls" help:"Certificates besides the server's own, which those know who came by an invite. Shown to clients that ask for one of its names."`
	Backup           backupFile  `toml:"backup" help:"Backups: copies of the data, made while everybody goes on, and looked through."`
	Disk             diskFile    `toml:"disk" help:"The disk: below both marks no message is accepted until there is space again, and files are refused before that."`
	People           peopleFile  `toml:"people" help:"What people learn of one another besides messages. Each may keep to themselves what is on here."`
	Sync             syncFile    `toml:"sync" help:"Clients that come back after a long time: the newest messages first, the rest when there is time."`
	Limits           chat.Limits `toml:"limits" help:"Limits; clients learn them when they connect."`
}

// tlsFile is section [tls].
type tlsFile struct {
	Cert      string   `toml:"cert" help:"certificate (PEM), with those between it and its authority behind it; read again when it changes; --tls-cert"`
	ACME      string   `toml:"acme" help:"name to get a certificate for by ACME, proven over HTTP on port 80; this agrees to the authority's terms; --acme"`
	Directory string   `toml:"acme_directory" help:"the authority's directory (URL); empty: Let's Encrypt; --acme-directory"`
	CA        string   `toml:"acme_ca" help:"what to trust for the directory (PEM) instead of the system's roots; --acme-ca"`
	HTTP      string   `toml:"acme_http" help:"where the authority's checks are answered; --acme-http"`
	Proxy     []string `toml:"behind_proxy" help:"addresses a proxy connects from that ends TLS itself, and can read along; the server then listens without TLS, on loopback unless listen says otherwise; --behind-proxy"`
	Key       string   `toml:"key" help:"its private key (PEM), which others may not read; --tls-key"`
}

// backupFile is section [backup].
type backupFile struct {
	Every  interval `toml:"every" help:"how often, for example 30m, 1h or 1d; 0: never"`
	Dir    string   `toml:"dir" help:"folder for them; empty: backups in the data folder. Another disk is better"`
	Hourly int      `toml:"keep_hourly" help:"the newest backup of each of so many hours stays"`
	Daily  int      `toml:"keep_daily" help:"the same of days"`
	Weekly int      `toml:"keep_weekly" help:"the same of weeks"`
	Budget int      `toml:"budget_mib" help:"what all of them take together at most, MiB; the newest always stays; 0: no bound"`
}

// peopleFile is section [people].
type peopleFile struct {
	Readers  bool `toml:"readers" help:"in rooms of up to 100: how far others have read"`
	Typing   bool `toml:"typing" help:"that somebody is typing"`
	Presence bool `toml:"presence" help:"whether others are there, and when they were last"`
}

// diskFile is section [disk].
type diskFile struct {
	MinFree    int `toml:"min_free_mib" help:"what must stay free, MiB; 0: nothing"`
	MinPercent int `toml:"min_free_percent" help:"the same as a share of a small disk, in percent; 0: nothing"`
	Files      int `toml:"files_reserve_mib" help:"how much more must stay free for files to be taken, MiB (of a small disk no more than min_free_percent): what is left for messages then"`
}

// syncFile is section [sync].
type syncFile struct {
	LeapRoom int `toml:"leap_room" help:"a client further behind in one room than this gets the room as it is now, and the backlog later; events"`
	LeapAll  int `toml:"leap_all" help:"the same over all its rooms together; at least leap_room"`
}

func defaultFile() file {
	b := host.DefaultBackups()
	return file{
		Listen: []string{fmt.Sprintf(":%d", chat.DefaultPort)}, Public: []string{}, Ops: "127.0.0.1:0", Limits: chat.DefaultLimits(),
		Backup: backupFile{Every: interval(b.Every), Hourly: b.Hourly, Daily: b.Daily, Weekly: b.Weekly, Budget: int(b.MaxBytes >> 20)},
		Disk:   diskFile{MinFree: 1024, MinPercent: 5, Files: 200},
		TLS:    tlsFile{Proxy: []string{}, HTTP: ":80"},
		Sync:   syncFile{LeapRoom: server.DefaultLeapRoom, LeapAll: server.DefaultLeapAll},
		People: peopleFile{Readers: true, Typing: true, Presence: true},
	}
}

// defaultConfig is the whole default configuration as a commented file.
func defaultConfig() string {
	var b strings.Builder
	b.WriteString("# Configuration of hearth-server. Every line shows its default; flags win over this file.\n\n")
	writeFields(&b, reflect.ValueOf(defaultFile()))
	return b.String()
}

// writeFields writes a section; sections within it must be its last fields.
func writeFields(b *strings.Builder, v reflect.Value) {
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		key, help := tag.Get("toml"), tag.Get("help")
		var text string
		switch value := v.Field(i).Interface().(type) {
		case string:
			text = strconv.Quote(value)
		case []string:
			text = "[" + quoted(value) + "]"
		case interval:
			text = strconv.Quote(value.String())
		case int, bool:
			text = fmt.Sprint(value)
		default:
			fmt.Fprintf(b, "\n# %s\n[%s]\n", help, key)
			writeFields(b, v.Field(i))
			continue
		}
		fmt.Fprintf(b, "# %s\n%s = %s\n", help, key, text)
	}
}

func quoted(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strconv.Quote(s)
	}
	return strings.Join(out, ", ")
}

// host merges flags, file and defaults.
func (p *place) host() (host.Config, error) {
	f := defaultFile()
	f.Listen = nil
	p.ownConfig()
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
	named := p.Config + ": name"
	if p.Name != nil {
		f.Name, named = *p.Name, "--name"
	}
	if p.Ops != "" {
		f.Ops = p.Ops
	}
	if p.Keep != nil {
		f.Keep = *p.Keep
	}
	if f.Data == "" {
		return host.Config{}, usageError{errors.New("--data DIR is missing: the folder that keeps everything")}
	}
	if err := f.check(); err != nil {
		return host.Config{}, usageError{fmt.Errorf("%s: %w", p.Config, err)}
	}
	if f.Name != "" || p.Name != nil {
		name, err := host.CheckName(f.Name, f.Limits)
		if err != nil {
			return host.Config{}, usageError{fmt.Errorf("%s: %w", named, err)}
		}
		f.Name = name
	}
	if err := errors.Join(p.checkKeep(&f), p.checkAddresses(&f)); err != nil {
		return host.Config{}, usageError{err}
	}
	return host.Config{
		Dir: f.Data, Name: f.Name, Listen: f.Listen, Public: f.Public, Ops: f.Ops, Limits: f.Limits,
		Admissions: f.Admissions, LeapRoom: f.Sync.LeapRoom, LeapAll: f.Sync.LeapAll,
		Backups: f.Backup.host(), Disk: f.Disk.host(), RestoreIfDamaged: f.RestoreIfDamaged, Rerun: host.Self,
		ACME: f.TLS.ACME, ACMEDirectory: f.TLS.Directory, ACMECA: f.TLS.CA, ACMEHTTP: f.TLS.HTTP,
		BehindProxy: f.TLS.Proxy, CertFile: f.TLS.Cert, KeyFile: f.TLS.Key,
		KeepDays:  int(time.Duration(f.Keep) / day),
		NoReaders: !f.People.Readers, NoTyping: !f.People.Typing, NoPresence: !f.People.Presence,
	}, nil
}

// ownConfig takes the configuration that the data folder carries, if no other was given.
func (p *place) ownConfig() {
	if p.Config != "" || p.Data == "" {
		return
	}
	own := filepath.Join(p.Data, host.SettingsFile)
	if info, err := os.Stat(own); err == nil && info.Mode().IsRegular() {
		p.Config = own
	}
}

// checkAddresses reports an address that is not there, by where it was given.
func (p *place) checkAddresses(f *file) error {
	for _, list := range [...]struct {
		flag, key string
		given     bool
		addresses []string
	}{
		{"--listen", "listen", len(p.Listen) > 0, f.Listen}, {"--public", "public", len(p.Public) > 0, f.Public},
	} {
		where := p.Config + ": " + list.key
		if list.given {
			where = list.flag
		}
		if slices.ContainsFunc(list.addresses, func(a string) bool { return strings.TrimSpace(a) == "" }) {
			return fmt.Errorf("%s: an address is empty; leave it out for the default, or give host:port", where)
		}
	}
	return nil
}

const day = 24 * time.Hour

// checkKeep reports a time to keep messages for that cannot be, by where it was given.
func (p *place) checkKeep(f *file) error {
	keep := time.Duration(f.Keep)
	if keep%day == 0 && keep <= chat.MaxKeepDays*day {
		return nil
	}
	where := p.Config + ": keep"
	if p.Keep != nil {
		where = "--keep"
	}
	return fmt.Errorf("%s: want whole days, for example 365d, at most %dd; 0: as each room says", where, chat.MaxKeepDays)
}

// check reports the first value that makes no sense.
func (f *file) check() error {
	if err := f.Limits.Validate(); err != nil {
		return fmt.Errorf("[limits]: %w", err)
	}
	for _, n := range [...]struct {
		key   string
		value int
	}{
		{"admissions", f.Admissions},
		{"[backup]: keep_hourly", f.Backup.Hourly},
		{"[backup]: keep_daily", f.Backup.Daily},
		{"[backup]: keep_weekly", f.Backup.Weekly},
		{"[backup]: budget_mib", f.Backup.Budget},
		{"[disk]: min_free_mib", f.Disk.MinFree},
		{"[disk]: min_free_percent", f.Disk.MinPercent},
		{"[disk]: files_reserve_mib", f.Disk.Files},
	} {
		if n.value < 0 {
			return fmt.Errorf("%s must not be below zero", n.key)
		}
	}
	switch s := f.Sync; {
	case s.LeapRoom < f.Limits.PageEvents:
		return fmt.Errorf("[sync]: leap_room (%d) must be at least page_events (%d)", s.LeapRoom, f.Limits.PageEvents)
	case s.LeapAll < s.LeapRoom:
		return fmt.Errorf("[sync]: leap_all (%d) must be at least leap_room (%d)", s.LeapAll, s.LeapRoom)
	}
	if f.Disk.MinPercent > 50 {
		return errors.New("[disk]: min_free_percent must not be above 50")
	}
	return nil
}

func (b *backupFile) host() host.Backups {
	return host.Backups{
		Every: time.Duration(off(int64(b.Every))), Dir: b.Dir, Hourly: off(b.Hourly), Daily: off(b.Daily), Weekly: off(b.Weekly),
		MaxBytes: off(int64(b.Budget) << 20),
	}
}

func (d *diskFile) host() host.Disk {
	return host.Disk{MinFree: off(int64(d.MinFree) << 20), MinPercent: off(d.MinPercent), FilesReserve: off(int64(d.Files) << 20)}
}

// off turns a zero of the file, which switches something off, into what says so
// to package host, where zero is the default.
func off[N int | int64](n N) N {
	if n == 0 {
		return -1
	}
	return n
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
		if key, want := mistyped(string(text)); key != nil {
			err = fmt.Errorf("line %d: %s must be %s", lineOf(string(text), key), key, want)
		}
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
