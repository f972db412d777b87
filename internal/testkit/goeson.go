package testkit

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

const (
	mostLines = 60  // of GoesOn
	lineWidth = 400 // of each
	stackRoom = 8 << 20
)

// GoesOn tells where the goroutines in our code stand and what the processes are at that
// were started here, in a line each.
func GoesOn() string {
	stacks := make([]byte, stackRoom)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return short(append(childrenAt(), goroutinesAt(string(stacks))...))
}

func short(lines []string) string {
	if more := len(lines) - mostLines; more > 0 {
		lines = append(lines[:mostLines-1], fmt.Sprintf("and %d more", more+1))
	}
	for i, l := range lines {
		if len(l) > lineWidth {
			lines[i] = l[:lineWidth] + "…"
		}
	}
	return strings.Join(lines, "\n")
}

// goroutinesAt makes a line of each stack that has functions of ours: what it waits in,
// and then those functions, the innermost first. Equal ones share a line; those that
// fewest share come first.
func goroutinesAt(stacks string) []string {
	count := map[string]int{}
	for stack := range strings.SplitSeq(stacks, "\n\n") {
		head, rest, _ := strings.Cut(stack, "\n")
		_, state, _ := strings.Cut(head, " [") // goroutine 7 [select, 2 minutes]:
		var ours []string
		innermost := ""
		lines := strings.Split(rest, "\n")
		for i := 0; i+1 < len(lines); i += 2 {
			name := strings.TrimPrefix(lines[i], "created by ")
			name, _, _ = strings.Cut(name, " in goroutine ")
			if cut := strings.LastIndexByte(name, '('); cut > 0 && !strings.HasPrefix(lines[i], "created by ") {
				name = name[:cut]
			}
			if !strings.HasPrefix(name, "hearth/") {
				if i == 0 {
					innermost = name + ", "
				}
				continue
			}
			file, _, _ := strings.Cut(filepath.Base(strings.TrimSpace(lines[i+1])), " ")
			ours = append(ours, strings.TrimPrefix(name, "hearth/")+" "+file)
		}
		if len(ours) > 0 && !strings.HasPrefix(ours[0], "internal/testkit.GoesOn ") {
			count["["+strings.TrimSuffix(state, ":")+" "+innermost+strings.Join(ours, ", ")]++
		}
	}
	all := slices.SortedFunc(maps.Keys(count), func(a, b string) int { return cmp.Or(cmp.Compare(count[a], count[b]), cmp.Compare(a, b)) })
	for i, line := range all {
		all[i] = fmt.Sprintf("%d × %s", count[line], line)
	}
	return all
}

// childrenAt makes a line of each process that this one has started: what its threads
// wait in, and what it has used. Only Linux tells.
func childrenAt() (all []string) {
	lists, _ := filepath.Glob("/proc/self/task/*/children")
	for _, list := range lists {
		ids, _ := os.ReadFile(list)
		for id := range strings.FieldsSeq(string(ids)) {
			dir := filepath.Join("/proc", id)
			args, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
			var threads []string
			tasks, _ := filepath.Glob(filepath.Join(dir, "task", "*"))
			for _, task := range tasks {
				threads = append(threads, threadAt(task))
			}
			all = append(all, fmt.Sprintf("process %s %q: %s", id, bytes.ReplaceAll(args, []byte{0}, []byte{' '}), strings.Join(threads, ", ")))
		}
	}
	return all
}

// threadAt tells a thread's state, where it waits in the system, and for how many
// hundredths of a second it has used a processor.
func threadAt(task string) string {
	wait, _ := os.ReadFile(filepath.Join(task, "wchan"))
	stat, _ := os.ReadFile(filepath.Join(task, "stat"))
	_, rest, _ := bytes.Cut(stat, []byte(") "))
	fields := strings.Fields(string(rest))
	const user, system = 11, 12 // behind the name
	if len(fields) <= system {
		return "gone"
	}
	return fmt.Sprintf("%s %s %s+%s", fields[0], wait, fields[user], fields[system])
}
