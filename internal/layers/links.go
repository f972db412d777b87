package layers

import (
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
)

var (
	linkPattern = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	verbPattern = regexp.MustCompile("`(?:xvfb-run )?make ([a-z][a-z-]*)")
	ruleHead    = regexp.MustCompile(`(?m)^([a-z][a-z-]*):`)
)

// Links checks the pages of the repository: a link to a file of ours leads to
// one, and every verb that is named as `make verb` is in the Makefile.
func Links(fsys fs.FS) ([]Finding, error) {
	makefile, err := fs.ReadFile(fsys, "Makefile")
	if err != nil {
		return nil, err
	}
	verbs := map[string]bool{}
	for _, rule := range ruleHead.FindAllStringSubmatch(string(makefile), -1) {
		verbs[rule[1]] = true
	}
	var found []Finding
	err = fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name == "build" || name != "." && strings.HasPrefix(entry.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".md" {
			return nil
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(text), "\n") {
			at := name + ":" + strconv.Itoa(i+1)
			for _, link := range linkPattern.FindAllStringSubmatch(line, -1) {
				if target, ours := linkTarget(name, link[1]); ours && !exists(fsys, target) {
					found = append(found, Finding{at, "the link " + link[1] + " leads nowhere"})
				}
			}
			for _, verb := range verbPattern.FindAllStringSubmatch(line, -1) {
				if !verbs[verb[1]] {
					found = append(found, Finding{at, "make has no verb " + verb[1]})
				}
			}
		}
		return nil
	})
	return found, err
}

// linkTarget resolves a link of a page; ours is false for other hosts and for
// places within the page itself.
func linkTarget(page, link string) (target string, ours bool) {
	if strings.Contains(link, ":") || strings.HasPrefix(link, "#") {
		return "", false
	}
	link, _, _ = strings.Cut(link, "#")
	return path.Join(path.Dir(page), link), true
}

func exists(fsys fs.FS, name string) bool {
	_, err := fs.Stat(fsys, name)
	return err == nil
}
