package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"hearth/app"
	"hearth/internal/boltkit"
	"hearth/internal/version"
	"hearth/internal/wake"
	"hearth/internal/zone"
	"hearth/store/profile"
)

// openCore makes the core over one group of a profile. Nothing is hosted here: a
// script has no business keeping a group online.
func openCore(o *options, log *slog.Logger, thorough, add bool) (*app.App, error) {
	dir, err := profile.Path(o.Profile)
	if err != nil {
		return nil, usagef("--profile: %v", err)
	}
	group := ""
	if !add {
		if group, err = chooseGroup(dir, o.Group); err != nil {
			return nil, err
		}
	}
	return app.New(app.Options{
		Profile: dir, Log: log, Software: "hearth-cli/" + version.Number, Rerun: boltkit.Self, Thorough: thorough, Group: group, Fresh: add,
		Wakes: func(ctx context.Context, notify func()) {
			var following sync.WaitGroup
			following.Go(func() { zone.Follow(ctx) })
			wake.Watch(ctx, wake.Options{Log: log}, func(wake.Cause) {
				zone.Refresh()
				notify()
			})
			following.Wait()
		},
	})
}

// groupsOf lists the groups of a profile that can be chosen.
func groupsOf(dir string) ([]*profile.Group, error) {
	p, err := profile.Open(dir)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	all, _, err := p.Scan()
	var list []*profile.Group
	for _, g := range all {
		if a := g.Account(); a.Complete && a.Secrets != profile.ModeMemory {
			list = append(list, g)
		}
	}
	return list, err
}

// chooseGroup returns the id of the group that --group means. "" leaves the choice to
// the core, where there is none to make.
func chooseGroup(dir, wanted string) (string, error) {
	list, err := groupsOf(dir)
	switch {
	case err != nil && wanted == "":
		return "", nil // the core says what is wrong with the folder
	case err != nil:
		return "", usagef("--profile: %v", err)
	case wanted == "" && len(list) < 2:
		return "", nil
	case wanted == "" && len(newest(list)) == 1:
		return newest(list)[0].ID(), nil
	case wanted == "":
		return "", usagef("this profile has several groups; choose one with --group:%s", named(list))
	}
	var found []*profile.Group
	for _, g := range list {
		if meant(g, wanted) {
			found = append(found, g)
		}
	}
	if len(found) > 1 {
		found = newest(found)
	}
	switch len(found) {
	case 0:
		return "", usagef("--group: there is no group %q in this profile; there is:%s", wanted, named(list))
	case 1:
		return found[0].ID(), nil
	}
	return "", usagef("--group: %q is several groups; choose one by its id:%s", wanted, named(found))
}

// newest leaves out the groups that a newer one is the same account on the same server as.
func newest(list []*profile.Group) (kept []*profile.Group) {
	for _, g := range list {
		if g.Newer(list) == nil {
			kept = append(kept, g)
		}
	}
	return kept
}

// meant reports whether a text names a group: its id, its name, or ACCOUNT@NAME.
func meant(g *profile.Group, text string) bool {
	a := g.Account()
	return g.ID() == text || strings.EqualFold(a.Group, text) || strings.EqualFold(a.Name+"@"+a.Group, text)
}

// named lists groups for an error, a line each.
func named(list []*profile.Group) string {
	if len(list) == 0 {
		return " none"
	}
	var b strings.Builder
	for _, g := range list {
		a := g.Account()
		fmt.Fprintf(&b, "\n  %s  %s", g.ID(), oneLine(a.Name+"@"+a.Group))
	}
	return b.String()
}

// groupsCmd lists the groups of the profile.
type groupsCmd struct {
	JSON bool `help:"One object a line." name:"json"`
}

// tellBroken names on standard error the folders of groups that cannot be read.
func (t *terminal) tellBroken(dir string) error {
	p, err := profile.Open(dir)
	if err != nil {
		return err
	}
	defer p.Close()
	_, broken, err := p.Scan()
	for _, b := range broken {
		fmt.Fprintf(t.err, "hearth-cli: a group cannot be read: %s\n", visible(b.Err.Error()))
	}
	return err
}

// groupRecord is one group with --json.
type groupRecord struct {
	ID     string `json:"id"`
	Group  string `json:"group"`
	Name   string `json:"name"` // login name
	Server string `json:"server"`
}

// Run implements the command. It reads a small file a group, and no secret.
func (c *groupsCmd) Run(t *terminal) error {
	dir, err := profile.Path(t.options.Profile)
	if err != nil {
		return usagef("--profile: %v", err)
	}
	list, err := groupsOf(dir)
	if err != nil {
		return err
	}
	if err := t.tellBroken(dir); err != nil {
		return err
	}
	s := &session{terminal: t}
	for _, g := range list {
		a := g.Account()
		if c.JSON {
			err = s.printJSON(groupRecord{ID: g.ID(), Group: a.Group, Name: a.Name, Server: a.Server.String()})
		} else {
			_, err = fmt.Fprintf(t.out, "%s  %s\n", g.ID(), oneLine(a.Name+"@"+a.Group))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
