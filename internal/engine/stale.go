package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/workspace"
)

// addStale adds findings about configuration that has no effect: what was written for
// files that are gone, or faults that are cured. Where flags narrow the run, a fault
// may only be out of sight.
func (r *run) addStale(ws *workspace.Workspace, o Options) {
	narrowed := ws.Override().Narrows() || len(ws.Context()) > 0 || o.Changed != nil
	used := r.usedIgnores()
	for _, f := range ws.Configs() {
		r.tellUnmatched(ws, f)
		set := ws.SettingsOf(f)
		i := slices.IndexFunc(set.Rules, func(r *lint.Rule) bool { return r.ID == lint.SuppressionID })
		if i < 0 || narrowed || !set.AllRules() {
			continue // other rules, or other versions, may find what it is about
		}
		res := &lint.Result{}
		for n := range f.Ignores {
			ig := &f.Ignores[n]
			if used[ig] {
				continue
			}
			x := lint.Finding{
				Rule: set.Rules[i], Severity: set.Rules[i].Severity, At: f.Place(ig),
				Msg: fmt.Sprintf("[[ignore]] of %s leaves nothing out: remove it", strings.Join(inQuotes(ig.Paths.List), ", ")),
			}
			if s, ok := set.Severity[lint.SuppressionID]; ok {
				x.Severity = s
			}
			res.Findings = append(res.Findings, x)
		}
		if len(res.Findings) > 0 {
			r.groups, r.results = append(r.groups, &group{settings: set}), append(r.results, res)
		}
	}
}

// usedIgnores are the [[ignore]] tables that have switched a finding off.
func (r *run) usedIgnores() map[*config.Ignore]bool {
	used := map[*config.Ignore]bool{}
	for i, g := range r.groups {
		f := g.settings.File
		if f == nil || len(f.Ignores) == 0 {
			continue
		}
		for _, s := range r.results[i].Suppressed {
			if !s.External {
				continue
			}
			if n := f.Ignored(g.name(s.Finding.At.File.Path), s.Finding.Rule.ID); n >= 0 {
				used[&f.Ignores[n]] = true
			}
		}
	}
	return used
}

func (r *run) remark(format string, args ...any) {
	r.messages = append(r.messages, workspace.Message{Level: workspace.Remark, Text: fmt.Sprintf(format, args...)})
}

func inQuotes(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return out
}
