//go:build windows || darwin

package desktop

import "context"

// ChooseFiles has no dialog here.
func ChooseFiles(context.Context, string) ([]string, error) { return nil, ErrNoChooser }
