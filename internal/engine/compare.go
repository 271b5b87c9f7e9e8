package engine

import (
	"context"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/show"
	"github.com/tcplint/tcplint/internal/workspace"
)

// comparison is one that is being made.
type comparison struct{ show.Comparison }

// Compare asks about two workspaces that hold the same files and differ in their
// target alone, and returns what is to be said besides.
func Compare(ctx context.Context, before, after *workspace.Workspace, o Options) (*show.Comparison, []workspace.Message, error) {
	old, err := Check(ctx, before, o)
	if err != nil {
		return nil, nil, err
	}
	now, err := Check(ctx, after, o)
	if err != nil {
		return nil, nil, err
	}
	c := &comparison{show.Comparison{NotChecked: now.NotChecked}}
	c.findings(old.Result, now.Result)
	level := map[string]lint.Severity{}
	for _, h := range after.Hosts() {
		for _, f := range h.Files() {
			level[f.Path] = h.Settings.FailOn
		}
	}
	for i := range c.New {
		f := &c.New[i]
		at, ok := level[f.At.File.Path]
		c.Fails = c.Fails || ok && f.Severity >= at
	}
	c.values(before.Hosts(), after.Hosts())
	return &c.Comparison, now.Messages, nil
}

// comparedKey tells findings apart where only the target differs: how a finding is
// worded may name versions.
type comparedKey struct {
	rule, path string
	start      int
	severity   lint.Severity
}

func comparedKeyOf(f *lint.Finding) comparedKey {
	k := comparedKey{rule: f.Rule.ID, start: f.At.Span.Start, severity: f.Severity}
	if f.At.File != nil {
		k.path = f.At.File.Path
	}
	return k
}

func (c *comparison) findings(old, now *lint.Result) {
	there := map[comparedKey]int{}
	for i := range now.Findings {
		there[comparedKeyOf(&now.Findings[i])]++
	}
	kept := map[comparedKey]int{}
	for i := range old.Findings {
		k := comparedKeyOf(&old.Findings[i])
		if there[k] == 0 {
			c.Gone = append(c.Gone, old.Findings[i])
			continue
		}
		there[k]--
		kept[k]++
		c.Same++
	}
	for i := range now.Findings {
		k := comparedKeyOf(&now.Findings[i])
		if kept[k] > 0 {
			kept[k]--
			continue
		}
		c.New = append(c.New, now.Findings[i])
	}
}

func (c *comparison) values(before, after []*workspace.Host) {
	if len(before) != len(after) {
		return // a target decides nothing about which hosts there are
	}
	type place struct{ from, name, before, after string }
	told := map[place]bool{}
	set := map[string]bool{}
	for i, h := range before {
		for _, p := range show.Changes(h.Model, after[i].Model) {
			kept := p.Changes[:0]
			for _, v := range p.Changes {
				k := place{p.From, v.Name, v.Before, v.After}
				if !told[k] { // a file may belong to several hosts
					told[k] = true
					kept = append(kept, v)
				}
			}
			if p.Changes = kept; len(kept) > 0 {
				c.Places = append(c.Places, p)
			}
		}
		setKeys(h.Model, set)
		c.target(h.Model, after[i].Model)
	}
	if len(before) == 0 {
		return
	}
	for _, d := range facts.ChangedParamDefaults(before[0].Model.Target.Kernel, after[0].Model.Target.Kernel) {
		if !set[d.Name] {
			c.Kernel = append(c.Kernel, d)
		}
	}
}

// setKeys notes the rows of the keys that a host sets.
func setKeys(h *model.Host, set map[string]bool) {
	if h.Sysctl == nil {
		return
	}
	for _, key := range h.Sysctl.Keys() {
		if p, ok := facts.ParamOf(key); ok {
			set[p.Key] = true
		}
	}
}

// target says in words what is compared, once.
func (c *comparison) target(before, after *model.Host) {
	if c.Before != nil {
		return
	}
	if a, b := before.Target.Nginx, after.Target.Nginx; a != b {
		c.Before, c.After = append(c.Before, a.Describe("nginx")), append(c.After, b.Describe("nginx"))
	}
	if a, b := before.Target.Kernel, after.Target.Kernel; a != b {
		c.Before, c.After = append(c.Before, a.Describe("Linux")), append(c.After, b.Describe("Linux"))
	}
}
