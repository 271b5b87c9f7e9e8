package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/rules"
)

// Error is one thing that is wrong with a configuration file.
type Error struct {
	Path         string
	Line, Column int // from 1; columns in characters
	Err          error
}

// Error writes it as FILE:LINE:COLUMN: MESSAGE.
func (e *Error) Error() string { return fmt.Sprintf("%s:%d:%d: %s", e.Path, e.Line, e.Column, e.Err) }

// Unwrap returns the message without its place.
func (e *Error) Unwrap() error { return e.Err }

// Errors is all that is wrong with a configuration file, in the order of its lines.
type Errors []error

// Error has a line for each of them.
func (e Errors) Error() string { return errors.Join(e...).Error() }

// Unwrap returns them one by one.
func (e Errors) Unwrap() []error { return e }

// UnknownError says that there is no such name, and lists what there is, in lines of
// its own if that is long.
type UnknownError struct{ text string }

// Error is the list.
func (e *UnknownError) Error() string { return e.text }

// Unknown is the error for a name that does not exist: it lists what there is, with
// the nearest name.
func Unknown(what, name string, names []string) error {
	s := fmt.Sprintf("unknown %s %q", what, name)
	// A dozen names fit into a line; longer lists get lines of their own.
	const few = 14
	near, ok := lint.Nearest(name, names)
	switch {
	case len(names) > few:
		if ok {
			s += fmt.Sprintf(" (did you mean %q?)", near)
		}
		s += "; there are:\n  " + strings.Join(names, "\n  ")
	default:
		s += ": want one of " + strings.Join(names, ", ")
		if ok {
			s += fmt.Sprintf(" (did you mean %q?)", near)
		}
	}
	return &UnknownError{s}
}

// UnknownRule is the same for rules, of which there are too many for a list in every
// error.
func UnknownRule(id string) error {
	s := fmt.Sprintf("unknown rule %q", id)
	if near, ok := lint.Nearest(id, rules.IDs()); ok {
		s += fmt.Sprintf(" (did you mean %q?)", near)
	}
	return errors.New(s + `; "tcplint rules" lists them`)
}
