//go:build !linux

package wake

import (
	"context"
	"errors"
)

const hasLogind = false

// kernel stands for what only Linux has here.
type kernel struct{}

func listen() (*kernel, error) { return nil, errors.ErrUnsupported }

func (*kernel) run(context.Context, chan<- struct{}) {}
