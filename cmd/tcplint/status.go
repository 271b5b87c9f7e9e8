package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tcplint/tcplint/internal/config"
)

// The exit statuses. Scripts depend on them.
const (
	// statusClean means that nothing at or above the failing level was found.
	statusClean = 0
	// statusFindings means that something was, or that "fix --dry-run" has a
	// diff.
	statusFindings = 1
	// statusUsage means that the command line or the configuration is wrong.
	statusUsage = 2
	// statusFailure means that a file could not be read or written, or that
	// tcplint itself broke.
	statusFailure = 3
)

// failure is an error that decides the exit status. Some failures end a run,
// others concern one file and let the run go on.
type failure struct {
	status int
	err    error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// usagef makes an error of the user's.
func usagef(format string, args ...any) error {
	return &failure{statusUsage, fmt.Errorf(format, args...)}
}

// statusOf returns the exit status that an error asks for. Errors that carry
// none come from the parser of the command line.
func statusOf(err error) int {
	if f, ok := errors.AsType[*failure](err); ok {
		return f.status
	}
	return statusUsage
}

// unknown is the error for a name that does not exist: it lists what there is,
// with the nearest name.
func unknown(what, name string, names []string) error {
	return &failure{statusUsage, config.Unknown(what, name, names)}
}

// problems are several errors, each of which is reported by itself.
type problems []error

func (p problems) Error() string   { return errors.Join(p...).Error() }
func (p problems) Unwrap() []error { return p }

// add notes an error, if it is one.
func (p *problems) add(err error) {
	if err != nil {
		*p = append(*p, err)
	}
}

// err is nil if there are none.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// oneOf checks that a name is in a list.
func oneOf(what, name string, names []string) error {
	if slices.Contains(names, name) {
		return nil
	}
	return unknown(what, name, names)
}
