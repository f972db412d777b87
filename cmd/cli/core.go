package main

import (
	"context"
	"log/slog"

	"hearth/app"
	"hearth/internal/boltkit"
	"hearth/internal/version"
	"hearth/internal/wake"
	"hearth/store/profile"
)

// openCore makes the core over a profile. Nothing is hosted here: a script has
// no business keeping a group online.
func openCore(nameOrDir string, log *slog.Logger, thorough bool) (*app.App, error) {
	dir, err := profile.Path(nameOrDir)
	if err != nil {
		return nil, usagef("--profile: %v", err)
	}
	return app.New(app.Options{
		Profile: dir, Log: log, Software: "hearth-cli/" + version.Number, Rerun: boltkit.Self, Thorough: thorough,
		Wakes: func(ctx context.Context, notify func()) {
			wake.Watch(ctx, wake.Options{Log: log}, func(wake.Cause) { notify() })
		},
	})
}
