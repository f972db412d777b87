package host

import (
	"context"
	"io"

	"hearth/internal/boltkit"
	"hearth/server/storage/boltstore"
)

// Rerun returns the command that runs this program again with other arguments.
type Rerun = boltkit.Rerun

// Self reruns the program file that runs now, for Config.Rerun.
var Self Rerun = boltkit.Self

// RunTask is to be called first thing in the main of every program that hosts,
// with the arguments behind its name. If the process was started to look at a
// file, it has done so when RunTask returns with ok, and main must end with that
// code. It serves every task of boltkit too.
func RunTask(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) (code int, ok bool) {
	return boltkit.RunTask(ctx, args, stdin, stdout, map[string]boltkit.Task{boltstore.SurveyTask: boltstore.Survey, boltstore.ListsTask: boltstore.Lists})
}
