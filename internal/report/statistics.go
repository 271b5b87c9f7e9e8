package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tcplint/tcplint/internal/lint"
)

// statistic is what a run has found of one rule.
type statistic struct {
	rule     string
	severity lint.Severity // the worst
	findings int
	files    map[string]bool
	fixable  int
}

// statistics writes a line for each rule that has found something: the worst first,
// then the most frequent.
func (p *printer) statistics(r *lint.Result) {
	all := statisticsOf(r)
	for _, s := range all {
		_, _ = fmt.Fprintf(p, "%7d  %s  %-36s in %s", s.findings, p.severity(s.severity).Sprint(fmt.Sprintf("%-7s", s.severity)), s.rule, count(len(s.files), "file", "files"))
		if s.fixable > 0 {
			_, _ = fmt.Fprintf(p, ", %d fixable", s.fixable)
		}
		p.line()
	}
	if len(all) > 0 {
		p.line()
	}
}

func statisticsOf(r *lint.Result) []*statistic {
	byRule := map[string]*statistic{}
	var all []*statistic
	for i := range r.Findings {
		f := &r.Findings[i]
		id := visible(ruleID(f))
		s := byRule[id]
		if s == nil {
			s = &statistic{rule: id, files: map[string]bool{}}
			byRule[id] = s
			all = append(all, s)
		}
		s.findings++
		s.severity = max(s.severity, f.Severity)
		if f.At.File != nil {
			s.files[f.At.File.Path] = true
		}
		if f.Fix != nil && f.Fix.Safety >= lint.Unsafe {
			s.fixable++
		}
	}
	slices.SortFunc(all, func(a, b *statistic) int {
		return cmp.Or(cmp.Compare(b.severity, a.severity), cmp.Compare(b.findings, a.findings), cmp.Compare(a.rule, b.rule))
	})
	return all
}
