// Command hearth-cli is Hearth's client without a window: the same core, for
// scripts, bots and black-box tests. docs/cli.md documents its commands, exit
// codes and JSON members, which are stable.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"hearth/internal/boltkit"
	"hearth/internal/cmdline"
	"hearth/internal/version"
	"hearth/store"
)

// Exit codes; docs/cli.md says the same.
const (
	exitOK        = 0
	exitFailure   = 1 // anything without a code of its own
	exitUsage     = 2 // the command line, a file it names, or a value is wrong
	exitOffline   = 3 // no connection, or not done within --timeout
	exitRefused   = 4 // the server refused it
	exitSecrets   = 5 // keyring or vault
	exitProfile   = 6 // the profile is in use, damaged or has no group
	exitInterrupt = 130
)

// options is the command line.
type options struct {
	Profile   string        `help:"Profile to use: a name, or a folder (anything with a path separator)." default:"default" placeholder:"NAME|DIR"`
	Group     string        `help:"Which group of the profile, if it has several: NAME, ACCOUNT@NAME, or the id that groups prints." placeholder:"NAME|ID"`
	Proxy     bool          `name:"allow-proxy" help:"Go through a proxy that can read along also where an account of this profile promises that none can: join, login, reach, recover, reset."`
	CA        string        `name:"ca" help:"File (PEM) of the authority that has issued the server's certificate, instead of the system's; kept with the group." type:"path" placeholder:"FILE"`
	VaultFile string        `help:"File with the passphrase of the vault, where there is no keyring." type:"path" placeholder:"F"`
	Timeout   time.Duration `help:"Give up after this long; 0 waits for ever." default:"60s"`
	Verbose   bool          `help:"Log to standard error." short:"v"`

	Version kong.VersionFlag `help:"Print the version and end."`

	Recover     recoverCmd     `cmd:"" help:"Choose a new password by the account's recovery key, and enrol this profile; prints the next key."`
	RecoveryKey recoveryKeyCmd `cmd:"" name:"recovery-key" help:"Make a new recovery key and print it; one made before counts no more."`
	Reset       resetCmd       `cmd:"" help:"Choose a new password by a link that whoever runs the server made, and enrol this profile."`
	Join        joinCmd        `cmd:"" help:"Make an account through an invite."`
	Login       loginCmd       `cmd:"" help:"Enrol this profile for an account that exists."`
	Reach       reachCmd       `cmd:"" help:"Look for the group's server at another address from now on, as the account and device that there are."`
	Groups      groupsCmd      `cmd:"" help:"List the groups of the profile: id, account@name."`
	Rooms       roomsCmd       `cmd:"" help:"List the rooms: id, name, members, unread, head."`
	Send        sendCmd        `cmd:"" help:"Send messages; \"-\" reads one a line from standard input."`
	Edit        editCmd        `cmd:"" help:"Give an own message another text."`
	Delete      deleteCmd      `cmd:"" help:"Delete a message for everyone."`
	React       reactCmd       `cmd:"" help:"Put an emoji on a message, or take it off."`
	Pin         pinCmd         `cmd:"" help:"Pin a message."`
	Unpin       unpinCmd       `cmd:"" help:"Take a message off the pins."`
	Tail        tailCmd        `cmd:"" help:"Print a room's events, oldest first."`
	Search      searchCmd      `cmd:"" help:"Search everything on this disk, newest first."`
	Export      exportCmd      `cmd:"" help:"Write a room out as text, JSON or a page."`
	Files       filesCmd       `cmd:"" help:"List the files of a room, newest first."`
	Fetch       fetchCmd       `cmd:"" help:"Save a file of a message."`
	Storage     storageCmd     `cmd:"" help:"Print what takes how much on this disk, in bytes; --clear removes files that can be fetched again."`
	Chat        chatCmd        `cmd:"" help:"Lines in, events out, in one process."`
	Outbox      outboxCmd      `cmd:"" help:"List what waits to be sent or failed, over all rooms; retry, cancel, edit."`
	Status      statusCmd      `cmd:"" help:"Print connection state, round-trip time, waiting messages and heads."`
	Rebuild     rebuildCmd     `cmd:"" help:"Put a damaged message store aside and load everything from the server again."`
	Invite      inviteCmd      `cmd:"" help:"Make an invite and print its link."`
	Create      createCmd      `cmd:"" help:"Create a room and print its id."`
	Direct      directCmd      `cmd:"" help:"Print the id of the conversation with one person or a few, beginning it if there is none."`

	Keep     keepCmd     `cmd:"" help:"Say for how many days the server keeps messages of a room of one's own."`
	History  historyCmd  `cmd:"" help:"Say what newcomers of a room of one's own see from now on."`
	Readings readingsCmd `cmd:"" help:"Hide from everybody in a room of one's own how far others have read, or show it again."`
	Archive  archiveCmd  `cmd:"" help:"Close a room of one's own for writing, or open it again."`
	Browse   browseCmd   `cmd:"" help:"List the rooms that anybody of the group may enter."`
	Enter    enterCmd    `cmd:"" help:"Enter a room that browse lists."`
	Leave    leaveCmd    `cmd:"" help:"Leave a room; what is on this disk stays."`
	Rename   renameCmd   `cmd:"" help:"Give a room another name."`
	Topic    topicCmd    `cmd:"" help:"Say what a room is about."`
	Add      addCmd      `cmd:"" help:"Bring somebody into a room."`
	Remove   removeCmd   `cmd:"" help:"Take somebody out of a room that is yours."`
	Mute     muteCmd     `cmd:"" help:"Have a room notify of nothing, or of mentions only."`
	Hide     hideCmd     `cmd:"" help:"Leave a conversation, or a room that one has left, out of lists on this device until there is something new in it."`
	ForgetCA forgetCACmd `cmd:"" name:"forget-ca" help:"Forget the authority that was given with --ca; the system's count again."`
	Block    blockCmd    `cmd:"" help:"Block somebody, or list who is blocked."`

	Shown profileCmd `cmd:"" name:"profile" help:"Show or change what others see: display name, status, picture."`

	Devices  devicesCmd  `cmd:"" help:"List the account's devices, or remove some."`
	Farewell farewellCmd `cmd:"" name:"delete-account" help:"Delete the account on the server for good. What is on this disk stays."`
	Passwd   passwdCmd   `cmd:"" help:"Change the account's password."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code, ok := boltkit.RunTask(ctx, os.Args[1:], os.Stdin, os.Stdout, store.Tasks())
	if !ok {
		code = run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	}
	stop()
	os.Exit(code)
}

// run is the whole program as a function of its surroundings.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var o options
	code := -1
	parser, err := kong.New(&o,
		kong.Name("hearth-cli"),
		kong.Description("Hearth's client without a window."),
		kong.UsageOnError(),
		kong.Writers(stdout, stderr),
		kong.Exit(func(c int) { code = c }),
		kong.Vars{"version": "hearth-cli " + version.String()},
	)
	if err != nil {
		fmt.Fprintln(stderr, "hearth-cli:", err)
		return exitFailure
	}
	cmdline.RefuseBlank(parser, "profile", "group")
	var parsed *kong.Context
	if err = cmdline.CheckText(args); err == nil {
		parsed, err = parser.Parse(args)
	}
	if code >= 0 { // --help or --version
		return code
	}
	if err == nil && o.Timeout < 0 {
		err = errors.New("--timeout: a length of time, or 0 to wait for ever")
	}
	if err != nil {
		fmt.Fprintf(stderr, "hearth-cli: %v\nTry \"hearth-cli --help\".\n", err)
		return exitUsage
	}
	t := &terminal{ctx: ctx, options: &o, in: stdin, out: stdout, err: stderr}
	if err := parsed.Run(t); err != nil {
		return t.report(err)
	}
	return exitOK
}

// usageError is a mistake in what was asked.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// exitError carries an exit code of its own.
type exitError struct {
	code int
	text string
}

func (e exitError) Error() string { return e.text }

// report prints an error for a person and returns the exit code it stands for.
func (t *terminal) report(err error) int {
	var exit exitError
	var usage usageError
	var line *lineError
	switch {
	case errors.As(err, &line): // says what is wrong with which line
	case errors.As(err, &usage):
		fmt.Fprintf(t.err, "hearth-cli: %s\n", visible(usage.text))
		return exitUsage
	case errors.As(err, &exit):
		fmt.Fprintf(t.err, "hearth-cli: %s\n", visible(exit.text))
		return exit.code
	case t.ctx.Err() != nil:
		return exitInterrupt
	}
	code, text := explain(err, t.options)
	fmt.Fprintf(t.err, "hearth-cli: %s\n", visible(text))
	return code
}
