package engine

import (
	"fmt"
	"runtime/debug"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/workspace"
)

// Panic is something that broke inside: a fault of tcplint, whatever it was given.
type Panic struct {
	// While says what was being done.
	While string
	// Text is what was said, with the stack below it.
	Text string
}

// Error is what broke, in several lines.
func (p *Panic) Error() string { return "internal error " + p.While + ": " + p.Text }

// panicked makes a Panic of what recover returns.
func panicked(while string, value any) *Panic {
	return &Panic{while, fmt.Sprintf("%v\n%s", value, debug.Stack())}
}

// judge runs the rules over a group. If that breaks, the group's files count as not
// checked, and nothing else is lost.
func judge(g *group) (res *lint.Result) {
	defer func() {
		if x := recover(); x != nil {
			res = g.unjudged(panicked("", x))
		}
	}()
	return lint.Run(g.models(), g.options())
}

// unjudged is the result of a group of which nothing is known.
func (g *group) unjudged(p *Panic) *lint.Result {
	res := &lint.Result{Broken: []lint.Broken{{Text: p.Text}}}
	for _, h := range g.hosts {
		for _, f := range h.Files() {
			res.Files = append(res.Files, f.OnDisk().Path)
		}
		if files := h.Files(); len(files) > 0 {
			res.NotChecked = append(res.NotChecked, lint.NotChecked{At: lint.Place{File: files[0].OnDisk()}, Reason: "something broke inside while the configuration that begins here was judged"})
		}
	}
	return res
}

// broken are the messages about what broke in a result.
func broken(r *lint.Result) []workspace.Message {
	var out []workspace.Message
	for _, b := range r.Broken {
		p := &Panic{"while a configuration was judged", b.Text}
		if b.Rule != "" {
			p.While = "in the rule " + b.Rule
		}
		out = append(out, workspace.Message{Level: workspace.Problem, Text: p.Error(), Err: p})
	}
	return out
}
