//go:build unix

// Command hearth-chaos is the fault programme (docs/reliability.md): it breaks
// real servers and clients in every way it knows, and says whether Hearth kept
// its promise. It ends with code 1 after any violation.
package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"time"

	"hearth/chaos/run"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if os.Args[1] == "direct" {
		if err := run.Direct(ctx, os.Args[2]); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	seed, _ := strconv.ParseUint(os.Args[2], 10, 64)
	dir := os.Args[1]
	p, err := run.Build(ctx, dir)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if len(os.Args) > 3 {
		run.RunTrials(ctx, p, dir, os.Args[3], seed, 3, func(c run.Caught) { fmt.Printf("%-25s %-20s %.150s %v\n", c.Bug, c.By, c.Example, c.False) })
		return
	}
	tally := run.NewTally()
	m := run.Mixed{Clients: 3, Messages: 3000, Kills: 10, Most: 60 * time.Second, Steps: seed%2 == 1}
	began := time.Now()
	found := m.Play(ctx, p, filepath.Join(dir, "w"), "w", rand.New(rand.NewPCG(seed, 1)), tally)
	for _, v := range found {
		fmt.Println(v)
	}
	tally.Print(os.Stdout)
	fmt.Println(time.Since(began))
}
