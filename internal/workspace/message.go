package workspace

import "fmt"

// Level says who wants to read a message.
type Level uint8

// The levels.
const (
	// Detail is why a file was taken or left: for those who ask.
	Detail Level = iota
	// Remark is worth a line unless someone wants silence.
	Remark
	// Problem is an error that did not end the run: Err says of which kind.
	Problem
)

// Message is something to be said about a run that is no finding.
type Message struct {
	Level Level
	Text  string
	// Err is the error of a problem.
	Err error
}

// RequestError says that what was asked for cannot be done so.
type RequestError struct{ Err error }

// Error is the reason.
func (e *RequestError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *RequestError) Unwrap() error { return e.Err }

// messages collects what is to be said. A nil one collects nothing.
type messages struct{ list []Message }

func (m *messages) say(level Level, err error, text string) {
	if m != nil {
		m.list = append(m.list, Message{level, text, err})
	}
}

func (m *messages) detail(format string, args ...any) {
	if m != nil {
		m.say(Detail, nil, fmt.Sprintf(format, args...))
	}
}

// left says why a file or folder is not read.
func (m *messages) left(shown, why string) { m.detail("left  %s: %s", shown, why) }

func (m *messages) remark(format string, args ...any) {
	m.say(Remark, nil, fmt.Sprintf(format, args...))
}

func (m *messages) problem(err error) { m.say(Problem, err, err.Error()) }
