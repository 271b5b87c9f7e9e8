package linttest

import (
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// options are what the rules run with.
func options(rules, all []*lint.Rule) lint.Options {
	o := lint.Options{Rules: rules}
	for _, r := range all {
		o.Known = append(o.Known, r.ID)
	}
	return o
}

// input makes a host of files of the example.
func (x *example) input(ts texts) (model.Input, error) {
	in, err := ts.input(x.target)
	in.Backends = x.about
	return in, err
}

// lint returns the rule's findings in the files. All rules run, so that every
// rule meets every example, and comments that silence others are no news.
func (x *example) lint(ts texts) ([]lint.Finding, error) {
	in, err := x.input(ts)
	if err != nil {
		return nil, err
	}
	res := lint.Run([]*model.Host{model.Build(in)}, options(x.all, x.all))
	return slices.DeleteFunc(res.Findings, func(f lint.Finding) bool { return f.Rule.ID != x.rule.ID }), nil
}

// fix applies what rules offer to the files, all but what is only shown.
func (x *example) fix(ts texts, rules []*lint.Rule) (*lint.Outcome, error) {
	in, err := x.input(ts)
	if err != nil {
		return nil, err
	}
	return lint.FixAll([]model.Input{in}, options(rules, x.all), lint.Unsafe), nil
}

// host reads files that are known to make a host.
func (x *example) host(ts texts) *model.Host {
	in, err := x.input(ts)
	if err != nil {
		return &model.Host{}
	}
	return model.Build(in)
}

// replace returns the files as they are after fixes.
func replace(ts texts, out *lint.Outcome) texts {
	fixed := slices.Clone(ts)
	for i := range fixed {
		for _, c := range out.Changes {
			if c.New.Path == fixed[i].Name {
				fixed[i].Data = []byte(c.New.Text)
			}
		}
	}
	return fixed
}

// syntaxErrors lists what nginx or procps would refuse.
func syntaxErrors(h *model.Host) []string {
	var out []string
	if h.Nginx != nil {
		for _, t := range h.Nginx.Trees {
			for _, e := range t.Errors {
				out = append(out, "Good does not parse: "+t.File.Path+": "+e.Msg)
			}
		}
	}
	if h.Sysctl != nil {
		for _, t := range h.Sysctl.Trees {
			for _, e := range t.Errors {
				out = append(out, "Good does not parse: "+t.File.Path+": "+e.Msg)
			}
		}
	}
	return out
}

// diffText compares texts line by line; line ends show.
func diffText(want, got string) string {
	return cmp.Diff(strings.SplitAfter(want, "\n"), strings.SplitAfter(got, "\n"))
}
