//go:build unix

// Command hearth-chaos is the fault programme (docs/reliability.md): it breaks
// real servers and clients in every way it knows, and says whether Hearth kept
// its promise. It ends with code 1 after any violation.
//
//	hearth-chaos run [--seed N] [--size full|slice]     everything once
//	hearth-chaos soak --duration D [--seed N]           worlds after worlds
//	hearth-chaos trials [--match TEXT] [--seed N]       planted bugs: each must be caught
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/alecthomas/kong"

	"hearth/chaos/run"
)

// options is the command line.
type options struct {
	Seed uint64 `help:"Decides the plan; 0 takes one from the clock and prints it."`
	Dir  string `help:"Where to work: removed at the end unless something was found. Default: memory, if there is a disk in it." type:"path"`
	Bin  string `help:"Folder with hearth-server and hearth-cli built with the tag chaos. Default: they are built." type:"path"`

	Run    runCmd    `cmd:"" default:"withargs" help:"Everything once."`
	Soak   soakCmd   `cmd:"" help:"Mixed faults, as long as asked."`
	Trials trialsCmd `cmd:"" help:"Planted bugs: each must be caught, and nothing else."`
	Direct directCmd `cmd:"" hidden:"" help:"One check in a process of its own."`
	Offend offendCmd `cmd:"" hidden:"" help:"Flood a server as told on standard input."`
}

type runCmd struct {
	Size string `help:"How much." enum:"full,slice,world,bounds,edges,damage,disk,readers,floods,storm" default:"full"`
	Only string `help:"Of floods, only those whose name contains this."`
}

type soakCmd struct {
	Duration time.Duration `help:"How long." required:""`
}

type trialsCmd struct {
	Match  string `help:"Only bugs whose name contains this."`
	AtOnce int    `help:"Trials at the same time." default:"4"`
}

type offendCmd struct{}

type directCmd struct {
	Path string `arg:""`
}

// surroundings are what the commands work with.
type surroundings struct {
	ctx      context.Context
	dir      string
	seed     uint64
	programs run.Programs
}

var errFound = errors.New("the promise was broken, see above")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	var o options
	k := kong.Parse(&o, kong.Name("hearth-chaos"), kong.Description("The fault programme; see docs/reliability.md."))
	err := do(ctx, k, &o)
	stop()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func do(ctx context.Context, k *kong.Context, o *options) (err error) {
	s := &surroundings{ctx: ctx, seed: o.Seed}
	if k.Selected() != nil && (k.Selected().Name == "direct" || k.Selected().Name == "offend") {
		return k.Run(s)
	}
	if s.seed == 0 {
		s.seed = uint64(time.Now().UnixNano()) //nolint:gosec // not negative
	}
	fmt.Println("seed", s.seed)
	if s.dir, err = folder(o.Dir); err != nil {
		return err
	}
	s.programs = run.Programs{Server: filepath.Join(o.Bin, "hearth-server"), CLI: filepath.Join(o.Bin, "hearth-cli")}
	if o.Bin == "" {
		if s.programs, err = run.Build(ctx, s.dir); err != nil {
			return err
		}
	}
	if err := k.Run(s); err != nil {
		return fmt.Errorf("%w; what is left is in %s", err, s.dir)
	}
	return os.RemoveAll(s.dir)
}

// folder makes a place to work in. A killed program loses nothing that the
// system has, wherever that is, so memory does as well as a disk and is faster.
func folder(dir string) (string, error) {
	if dir == "" {
		dir = os.TempDir()
		if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
			dir = "/dev/shm"
		}
	}
	return os.MkdirTemp(dir, "hearth-chaos-")
}

// Run implements the command.
func (c *runCmd) Run(s *surroundings) error {
	return s.play(func(t *run.Tally) {
		size := run.Sizes[c.Size]
		size.Offences = c.Only
		run.Programme(s.ctx, s.programs, s.dir, s.seed, size, t, func(line string) { fmt.Println(line) })
	})
}

// Run implements the command.
func (c *soakCmd) Run(s *surroundings) error {
	end := time.Now().Add(c.Duration)
	return s.play(func(t *run.Tally) {
		for n := uint64(0); time.Now().Before(end) && s.ctx.Err() == nil && len(t.Violations()) == 0; n++ {
			size := run.Sizes["full"]
			size.Worlds, size.Crowd, size.Bounds = size.AtOnce, 0, n%10 == 9
			size.Floods = size.Bounds
			size.LeastKills, size.LeastMessages = 0, 0 // a round is half of a whole run
			run.Programme(s.ctx, s.programs, filepath.Join(s.dir, fmt.Sprint("round", n)), s.seed+n, size, t, func(line string) { fmt.Println(line) })
		}
	})
}

// play prints the table and the verdict.
func (s *surroundings) play(do func(*run.Tally)) error {
	began := time.Now()
	t := run.NewTally()
	do(t)
	fmt.Println()
	t.Print(os.Stdout)
	fmt.Printf("%-44s %8.0fs\n", "took", time.Since(began).Seconds())
	switch {
	case s.ctx.Err() != nil:
		return s.ctx.Err()
	case len(t.Violations()) > 0:
		return errFound
	}
	return nil
}

// Run implements the command.
func (c *trialsCmd) Run(s *surroundings) error {
	fmt.Printf("%-26s %4s  %-28s %s\n", "planted bug", "runs", "caught by", "for example")
	tried, caught := 0, 0
	failed := run.RunTrials(s.ctx, s.programs, s.dir, c.Match, s.seed, c.AtOnce, func(c run.Caught) {
		by := c.By
		tried++
		switch by {
		case "":
			by = "NOBODY"
		case "start": // it could not be played
		default:
			caught++
		}
		fmt.Printf("%-26s %4d  %-28s %.110q\n", c.Bug, c.Runs, by, c.Example)
		for _, v := range c.False {
			fmt.Printf("%-26s without the bug: %.600s\n", "", v)
		}
	})
	fmt.Printf("%-44s %9s\n", "planted bugs caught", fmt.Sprintf("%d of %d", caught, tried))
	if failed > 0 {
		return fmt.Errorf("%d trials failed: a checker that misses a planted bug, or cries without one, proves nothing", failed)
	}
	return s.ctx.Err()
}

// Run implements the command.
func (c *directCmd) Run(s *surroundings) error { return run.Direct(s.ctx, c.Path) }

// Run implements the command.
func (*offendCmd) Run(s *surroundings) error { return run.Offend(s.ctx, os.Stdin, os.Stdout) }
