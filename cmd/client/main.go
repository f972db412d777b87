// Command hearth is Hearth's window: it puts the toolkit, the client core and the
// bundled server together and does nothing else. Only this package imports Fyne's
// app package, because that needs C and a display.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"
	"github.com/alecthomas/kong"

	"hearth/app"
	"hearth/assets"
	"hearth/internal/boltkit"
	"hearth/internal/desktop"
	_ "hearth/internal/locale" // before the toolkit
	"hearth/internal/version"
	"hearth/internal/wake"
	"hearth/internal/zone"
	"hearth/server/storage/boltstore"
	"hearth/store"
	"hearth/store/profile"
	"hearth/ui"
)

// appID names the program to desktops; FyneApp.toml and the packages repeat it.
const appID = "org.hearth.Hearth"

// options is the command line.
type options struct {
	Profile   string `help:"Profile to use: a name, or a folder (anything with a path separator)." default:"default" placeholder:"NAME|DIR"`
	VaultFile string `help:"File with the passphrase of the vault, where there is no keyring." type:"path" placeholder:"F"`
	Gallery   bool   `help:"Show every screen with invented data; LINK then names one: SCREEN[,dark][,LANGUAGE]."`
	Hidden    bool   `help:"Start without showing the window: the tray, or another start, brings it."`
	Verbose   bool   `help:"Log to standard error as well." short:"v"`

	Version kong.VersionFlag `help:"Print the version and end."`

	Link string `arg:"" optional:"" help:"Invite or server link; it is shown, and followed only after a confirmation."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	if code, ok := boltkit.RunTask(ctx, os.Args[1:], os.Stdin, os.Stdout, tasks()); ok {
		stop()
		os.Exit(code)
	}
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "hearth:", err)
		os.Exit(1)
	}
}

// tasks are what a process of this program may be started for: looking at the
// files of the client and of the bundled server.
func tasks() map[string]boltkit.Task {
	all := store.Tasks()
	all[boltstore.SurveyTask], all[boltstore.ListsTask] = boltstore.Survey, boltstore.Lists
	return all
}

// errDone ends the program without an error after --version or --help.
var errDone = errors.New("done")

func parse(args []string) (options, error) {
	var o options
	code := -1
	parser, err := kong.New(&o,
		kong.Name("hearth"),
		kong.Description("A group chat that you host yourself."),
		kong.Exit(func(c int) { code = c }),
		kong.Vars{"version": version.Line("hearth")},
	)
	if err != nil {
		return o, err
	}
	_, err = parser.Parse(args)
	if code >= 0 {
		return o, errDone
	}
	return o, err
}

func run(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		if errors.Is(err, errDone) {
			return nil
		}
		return err
	}
	noCoreDumps()
	frugal()
	if err := checkDisplay(); err != nil {
		return err
	}
	if o.Gallery {
		ui.NewGallery(newFyne(), o.Link).Run(ctx)
		return nil
	}
	dir, err := profile.Path(o.Profile)
	if err != nil {
		return fmt.Errorf("--profile: %w", err)
	}
	single, first := claimInstance(ctx, dir, o.Link)
	if !first {
		return nil // the one that runs shows its window
	}
	defer single.close()
	return runClient(ctx, o, dir, single)
}

// checkThreads makes the toolkit report calls from a wrong goroutine, which costs
// time and prints a notice at each start; tests of the window set it.
const checkThreads = "HEARTH_CHECK_THREADS"

// newFyne makes the toolkit's app.
func newFyne() fyne.App {
	fyneapp.SetMetadata(fyne.AppMetadata{
		ID: appID, Name: "Hearth", Version: version.Number, Migrations: map[string]bool{"fyneDo": os.Getenv(checkThreads) == ""},
	})
	// In a new account the folder may not be there, and the toolkit makes only its own.
	if caches, err := os.UserCacheDir(); err == nil {
		_ = os.MkdirAll(caches, 0o700) // without it, the toolkit says so
	}
	a := fyneapp.NewWithID(appID)
	a.SetIcon(fyne.NewStaticResource("hearth.png", assets.IconPNG))
	calm := ui.Calm(a)
	fyne.SetCurrentApp(calm)
	return calm
}

// runClient runs cores and window until one of them ends.
func runClient(ctx context.Context, o options, dir string, single *instance) error {
	log, closeLog := openLog(dir, o.Verbose)
	defer closeLog()
	log.Info("started", "version", version.String())
	slog.SetDefault(slog.New(desktop.LibraryLines(os.Stderr, log)))
	cores, err := app.NewGroups(app.Options{
		Profile: dir, Log: log, Hoster: &hoster{log: log}, Software: "hearth/" + version.Number,
		OnBattery: wake.OnBattery, Rerun: boltkit.Self,
		Wakes: func(ctx context.Context, notify func()) {
			wake.Watch(ctx, wake.Options{Log: log}, func(c wake.Cause) {
				log.Debug("the system tells", "cause", string(c))
				zone.Refresh() // whoever travels wakes the machine elsewhere
				notify()
			})
		},
	})
	if err != nil {
		return err
	}
	var window *ui.Window
	desk := newDesktop(dir, log, func(tag string) { window.Opened(tag) }, func() bool { return window.Unpainted() })
	window = ui.NewWindow(cores, newFyne(), ui.Options{
		Log: log, Link: o.Link, Settings: cores.Settings(), Desktop: desk, Hidden: o.Hidden,
	})

	coreCtx, stopCore := context.WithCancel(context.WithoutCancel(ctx))
	defer stopCore()
	var running sync.WaitGroup
	var coreErr error
	running.Go(func() { coreErr = cores.Run(coreCtx) })
	if o.VaultFile != "" {
		for _, item := range cores.Groups() {
			running.Go(func() { unlock(coreCtx, item.Core, o.VaultFile, log) })
		}
	}
	window.Show(ctx)
	running.Go(func() { tidy(coreCtx) })
	running.Go(func() { watchHealth(coreCtx, window, log) })
	if desk.Notifier != nil {
		running.Go(func() { desk.Notifier.Run(coreCtx) })
	}
	var answering sync.WaitGroup
	answering.Go(func() { single.serve(window.Raise) })
	window.Loop(ctx)

	// The window is gone: what is on its way to the disk still gets there. Whoever
	// starts the program meanwhile is told to wait.
	stopCore()
	running.Wait()
	single.close()
	answering.Wait()
	log.Info("ended")
	return coreErr
}

// unlock opens the vault with the passphrase in a file as soon as it is asked for.
func unlock(ctx context.Context, core app.Commands, file string, log *slog.Logger) {
	sub := core.Subscribe()
	defer sub.End()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sub.Ready():
		}
		c, _ := sub.Take()
		v := core.View()
		switch {
		case c.Closed || v.Phase == app.PhaseOpen || v.Phase == app.PhaseWelcome || v.Phase == app.PhaseFailed:
			return
		case v.Phase != app.PhaseLocked || v.Problem == nil || v.Problem.Kind != app.ProblemPassphrase:
			continue
		}
		secret, err := readSecret(file)
		if err == nil {
			err = core.Unlock(ctx, secret)
		}
		if err != nil {
			log.Warn("the vault was not opened with --vault-file", "err", err)
		}
		return
	}
}

// readSecret reads a passphrase: the first line of a file.
func readSecret(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	data, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return nil, err
	}
	for i, b := range data {
		if b == '\n' || b == '\r' {
			return data[:i], nil
		}
	}
	return data, nil
}

// openLog logs to a file in the profile, and to standard error if asked to or if
// there is no such file.
func openLog(dir string, verbose bool) (*slog.Logger, func()) {
	var out io.Writer = os.Stderr
	closeLog := func() {}
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	if err := os.MkdirAll(dir, 0o700); err == nil {
		if f, err := openRotating(filepath.Join(dir, "log", "hearth.log")); err == nil {
			out, closeLog = f, func() { _ = f.Close() } // nothing more can be done
			if verbose {
				out = io.MultiWriter(f, os.Stderr)
			}
		}
	}
	handler := slog.NewTextHandler(out, &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			a.Value = slog.StringValue(a.Value.Time().UTC().Format(time.RFC3339Nano))
		}
		return a
	}})
	return slog.New(handler), closeLog
}
