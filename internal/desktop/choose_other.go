//go:build windows || darwin

package desktop

import "context"

// AskFiles has no dialog here.
func AskFiles(context.Context, Ask) ([]string, error) { return nil, ErrNoChooser }
