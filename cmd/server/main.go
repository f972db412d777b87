// Command hearth-server is Hearth's server without a window.
//
//	hearth-server --data DIR [--listen ADDR]… [--public ADDR]… [--name NAME] [--config FILE]
//	hearth-server config
//	hearth-server invite --data DIR [--uses N] [--expires D]
//	hearth-server reset --data DIR LOGIN-NAME
//	hearth-server suspend --data DIR LOGIN-NAME, unsuspend, delete-account --yes [--erase]
//	hearth-server people --data DIR, suspended
//	hearth-server backup --data DIR --to FILE
//	hearth-server restore --data DIR --from FILE
//	hearth-server verify --data DIR | --file FILE
//	hearth-server rotate-identity --data DIR
//
// Every reason not to start or go on has an exit code of its own: exit.go and
// docs/server.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/lmittmann/tint"

	"hearth/internal/cmdline"
	"hearth/internal/version"
	"hearth/server/host"
)

// commandLine is what kong fills in.
type commandLine struct {
	Version kong.VersionFlag `help:"Print the version and end."`

	Serve     serveCmd     `cmd:"" default:"withargs" help:"Serve (this is what happens without a command)."`
	Config    configCmd    `cmd:"" help:"Print the whole default configuration, commented."`
	Invite    inviteCmd    `cmd:"" help:"Make a further invite, also while the server runs."`
	Suspend   accountCmd   `cmd:"" help:"Shut somebody out, also while the server runs: connections end at once, nobody signs in."`
	Unsuspend accountCmd   `cmd:"" help:"Let somebody in again who was suspended."`
	Suspended suspendedCmd `cmd:"" help:"List who is suspended, also while the server runs: login name, display name."`
	People    peopleCmd    `cmd:"" help:"List who has an account, also while the server runs: login name, display name, and whether they own the group or are suspended."`
	Delete    deleteCmd    `cmd:"" name:"delete-account" help:"Delete somebody's account for good, also while the server runs."`
	Reset     resetCmd     `cmd:"" help:"Make a link by which somebody who forgot the password chooses a new one, also while the server runs."`

	Backup         backupCmd  `cmd:"" help:"Copy the data to a file, also while the server runs, and look through the copy."`
	Restore        restoreCmd `cmd:"" help:"Put a backup in the place of a stopped server's data, which are kept under another name."`
	RotateIdentity rotateCmd  `cmd:"" help:"Give a stopped server a new identity that the old one vouches for."`

	Verify verifyCmd `cmd:"" help:"Look through all data or a backup: every room's chain, every index, and the files that people sent."`
}

// place is where the server is and how it is reached; flags win over the file.
type place struct {
	folder
	Listen []string  `help:"Address to listen on, host:port; repeat for several. Default: all interfaces, port 7480." placeholder:"ADDR" sep:"none"`
	Public []string  `help:"Address that others reach the server at; repeat for several. Default: this machine's own." placeholder:"ADDR" sep:"none"`
	Name   *string   `help:"The group's name, 1 to 64 characters; remembered." placeholder:"NAME"`
	Keep   *interval `help:"Remove messages older than this from the server, whatever their room says: whole days, for example 365d. Default 0: each room says how long." placeholder:"D"`
	Ops    string    `help:"Loopback address for health checks and metrics. Default: 127.0.0.1, any free port." placeholder:"ADDR"`
}

// folder is where the data are.
type folder struct {
	Data   string `help:"Data folder; made if there is none." type:"path" placeholder:"DIR"`
	Config string `help:"Configuration file (TOML); see \"hearth-server config\"." type:"existingfile" placeholder:"FILE"`
}

type serveCmd struct {
	place
	front
	LogLevel         slog.Level `help:"Least important messages to log: debug, info, warn, error." default:"info"`
	RestoreIfDamaged bool       `help:"Put the newest sound backup in place of damaged data instead of refusing to start."`
}

// front is what the server shows to those who connect; flags win over the file.
type front struct {
	TLSCert string `name:"tls-cert" help:"Certificate of your own (PEM) for clients that ask for one of its names; read again when it changes." type:"path" placeholder:"FILE"`
	TLSKey  string `name:"tls-key" help:"Its private key (PEM)." type:"path" placeholder:"FILE"`

	ACME          string `name:"acme" help:"Get a certificate for this name by ACME and renew it; this agrees to the authority's terms. Its checks come to port 80." placeholder:"DOMAIN"`
	ACMEDirectory string `name:"acme-directory" help:"The authority's directory. Default: Let's Encrypt." placeholder:"URL"`
	ACMECA        string `name:"acme-ca" help:"File (PEM) to trust for the directory instead of the system's roots." type:"path" placeholder:"FILE"`
	ACMEHTTP      string `name:"acme-http" help:"Address on which the authority's checks are answered. Default: port 80 of all interfaces." placeholder:"ADDR"`

	BehindProxy []string `help:"Addresses that a proxy connects from which ends TLS itself, and can read along; see docs/server.md." placeholder:"ADDR"`
}

// apply puts the flags over what the file says.
func (f *front) apply(c *host.Config) {
	if f.TLSCert != "" || f.TLSKey != "" {
		c.CertFile, c.KeyFile = f.TLSCert, f.TLSKey
	}
	for _, set := range [...]struct {
		from string
		to   *string
	}{{f.ACME, &c.ACME}, {f.ACMEDirectory, &c.ACMEDirectory}, {f.ACMECA, &c.ACMECA}, {f.ACMEHTTP, &c.ACMEHTTP}} {
		if set.from != "" {
			*set.to = set.from
		}
	}
	if len(f.BehindProxy) > 0 {
		c.BehindProxy = f.BehindProxy
	}
}

type configCmd struct{}

type inviteCmd struct {
	place
	Uses    int  `help:"How many people it admits." default:"1"`
	Expires span `help:"How long it lives, for example 12h or 7d. Default: 7d, or less where invite_days says less." placeholder:"D"`
}

type resetCmd struct {
	place
	Who string `arg:"" name:"login-name" help:"Login name of who forgot the password."`
}

// accountCmd suspends an account or lets it in again, as its name says.
type accountCmd struct {
	place
	Who string `arg:"" name:"login-name" help:"Login name of whom it is about."`
}

type suspendedCmd struct{ place }

type peopleCmd struct{ place }

type deleteCmd struct {
	place
	Who   string `arg:"" name:"login-name" help:"Login name of whom to delete. It stays taken."`
	Erase bool   `help:"Erase everything they wrote as well."`
	Yes   bool   `help:"Yes, for good: nobody can take it back."`
}

// surroundings are what the program works with.
type surroundings struct {
	ctx    context.Context
	stdout io.Writer
	stderr io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	if code, ok := host.RunTask(ctx, os.Args[1:], os.Stdin, os.Stdout); ok {
		os.Exit(code)
	}
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program as a function of its surroundings.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var cl commandLine
	code := -1
	parser, err := kong.New(&cl, kong.Name("hearth-server"), kong.Description("Hearth's server."),
		kong.Help(help), kong.Writers(stdout, stderr), kong.Exit(func(c int) { code = c }),
		kong.Vars{"version": "hearth-server " + version.String()})
	if err != nil {
		fmt.Fprintln(stderr, "hearth-server:", err)
		return exitOther
	}
	cmdline.RefuseBlank(parser)
	var parsed *kong.Context
	if err = cmdline.CheckText(args); err == nil {
		parsed, err = parser.Parse(args)
	}
	if code >= 0 { // --help or --version
		return code
	}
	if err == nil {
		err = parsed.Run(&surroundings{ctx, stdout, stderr})
	} else {
		err = usageError{fmt.Errorf("%w\nTry \"hearth-server --help\"", err)}
	}
	if err != nil {
		fmt.Fprintf(stderr, "hearth-server: %v\n", err)
	}
	return exitCode(err)
}

// help is kong's, and for the program as a whole also what serving takes, which
// needs no command.
func help(o kong.HelpOptions, at *kong.Context) error {
	if err := kong.DefaultHelpPrinter(o, at); err != nil || at.Selected() != nil {
		return err
	}
	serve, err := kong.Trace(at.Kong, []string{"serve"})
	if err != nil {
		return err
	}
	fmt.Fprint(at.Stdout, "\nTo serve:\n\n")
	return kong.DefaultHelpPrinter(o, serve)
}

// Run serves until a signal.
func (c *serveCmd) Run(s *surroundings) error {
	config, err := c.host()
	if err != nil {
		return err
	}
	c.apply(&config)
	config.Log = logger(s.stderr, c.LogLevel)
	config.RestoreIfDamaged = config.RestoreIfDamaged || c.RestoreIfDamaged
	h, err := host.Open(s.ctx, config)
	if err != nil {
		return s.wished(err)
	}
	return errors.Join(c.serve(s, h, config.Log), h.Close(s.ctx))
}

func (c *serveCmd) serve(s *surroundings, h *host.Host, log *slog.Logger) error {
	link, wanted, err := h.OwnerInvite(s.ctx)
	if err != nil {
		return s.wished(err)
	}
	log.Info("Serving", "version", version.String(), "addresses", h.Addresses(), "fingerprint", h.Link().Server.Groups())
	if wanted {
		// The one line on standard output, for people and scripts.
		if _, err := fmt.Fprintf(s.stdout, "invite: %s\n", link); err != nil {
			return err
		}
	}
	err = h.Wait(s.ctx)
	log.Info("Stopping")
	return err
}

// wished returns no error if the work was given up because of a signal: whoever
// stops a server while it still starts gets what he asked for.
func (s *surroundings) wished(err error) error {
	if s.ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// Run prints the configuration.
func (configCmd) Run(s *surroundings) error {
	_, err := io.WriteString(s.stdout, defaultConfig())
	return err
}

// Run makes an invite.
func (c *inviteCmd) Run(s *surroundings) error {
	config, err := c.host()
	if err != nil {
		return err
	}
	if c.Uses < 1 || c.Expires < 0 {
		return usageError{errors.New("--uses and --expires must be above zero")}
	}
	config.Log = logger(s.stderr, slog.LevelWarn)
	link, err := host.InviteFor(s.ctx, config, c.Uses, time.Duration(c.Expires))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.stdout, "invite: %s\n", link)
	return err
}

// Run makes a link for a new password.
func (c *resetCmd) Run(s *surroundings) error {
	config, err := c.host()
	if err != nil {
		return err
	}
	config.Log = logger(s.stderr, slog.LevelWarn)
	link, err := host.ResetFor(s.ctx, config, c.Who)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.stdout, "reset: %s\n", link)
	return err
}

// Run suspends an account, or lets it in again.
func (c *accountCmd) Run(s *surroundings, command *kong.Context) error {
	if strings.HasPrefix(command.Command(), "unsuspend") {
		return c.change(s, c.Who, host.AccountUnsuspend, "is let in again")
	}
	return c.change(s, c.Who, host.AccountSuspend, "is suspended")
}

// Run lists who is suspended.
func (c *suspendedCmd) Run(s *surroundings) error {
	return c.list(s, true, "nobody is suspended")
}

// Run lists who has an account.
func (c *peopleCmd) Run(s *surroundings) error {
	return c.list(s, false, "nobody has an account yet")
}

// list prints the accounts, or those that are suspended, a line each.
func (p *place) list(s *surroundings, suspended bool, nobody string) error {
	config, err := p.host()
	if err != nil {
		return err
	}
	config.Log = logger(s.stderr, slog.LevelWarn)
	list, err := host.PeopleOf(s.ctx, config)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(p host.Person) bool { return suspended && !p.Suspended })
	if len(list) == 0 {
		_, err = fmt.Fprintln(s.stderr, "hearth-server: "+nobody)
		return err
	}
	for _, a := range list {
		mark := ""
		if a.Owner && !suspended {
			mark += "  owner"
		}
		if a.Suspended && !suspended {
			mark += "  suspended"
		}
		if _, err := fmt.Fprintf(s.stdout, "%s  %q%s\n", a.Name, a.Display, mark); err != nil {
			return err
		}
	}
	return nil
}

// Run deletes an account.
func (c *deleteCmd) Run(s *surroundings) error {
	if !c.Yes {
		return usageError{fmt.Errorf("nothing is deleted without --yes: nobody could take back that the account %s is gone", c.Who)}
	}
	if c.Erase {
		return c.change(s, c.Who, host.AccountErase, "is deleted; what they wrote is being erased")
	}
	return c.change(s, c.Who, host.AccountDelete, "is deleted")
}

// change changes an account and says what it is now.
func (p *place) change(s *surroundings, who string, change host.AccountChange, now string) error {
	config, err := p.host()
	if err != nil {
		return err
	}
	config.Log = logger(s.stderr, slog.LevelWarn)
	heirs, running, err := host.ChangeAccountOf(s.ctx, config, who, change)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(s.stdout, "%s %s\n", who, now); err != nil {
		return err
	}
	if change == host.AccountSuspend && !running {
		_, err = fmt.Fprintf(s.stdout, "rooms that only %s owns get another owner beside them once something happens there\n", who)
	}
	for _, h := range heirs {
		rooms := "a room"
		if h.Rooms > 1 {
			rooms = strconv.Itoa(h.Rooms) + " rooms"
		}
		if _, err := fmt.Fprintf(s.stdout, "%s now owns %s too that only %s owned; both do from here on\n", h.Name, rooms, who); err != nil {
			return err
		}
	}
	return err
}

// logger writes colours to a terminal and JSON to anything else.
func logger(w io.Writer, level slog.Level) *slog.Logger {
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return slog.New(tint.NewTextHandler(w, &tint.Options{Level: level}))
		}
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
}
