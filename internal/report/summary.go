package report

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
)

// totals are the counts of a result.
type totals struct {
	errors, warnings, infos int
	// safe and unsafe are the findings that "fix" and "fix --unsafe" would
	// still cure.
	safe, unsafe int
}

// identity tells findings apart without comparing all that they say.
type identity struct {
	rule, path, msg string
	span            source.Span
}

func identify(f *lint.Finding) identity {
	id := identity{rule: ruleID(f), msg: f.Msg, span: f.At.Span}
	if f.At.File != nil {
		id.path = f.At.File.Path
	}
	return id
}

// tally counts the findings. A fix that was tried and not applied does not
// count as one that could be: a second try would end the same way.
func tally(r *lint.Result) totals {
	dropped := make(map[identity]bool, len(r.Dropped))
	for i := range r.Dropped {
		dropped[identify(&r.Dropped[i].Finding)] = true
	}
	var t totals
	for i := range r.Findings {
		f := &r.Findings[i]
		switch f.Severity {
		case lint.Error:
			t.errors++
		case lint.Warning:
			t.warnings++
		case lint.Info:
			t.infos++
		}
		if f.Fix == nil || dropped[identify(f)] {
			continue
		}
		switch f.Fix.Safety {
		case lint.Safe:
			t.safe++
		case lint.Unsafe:
			t.unsafe++
		case lint.Shown, lint.NoFix:
		}
	}
	return t
}

// summary writes what follows the findings.
func (p *printer) summary(r *lint.Result, o Options) {
	for _, n := range groupNotChecked(r.NotChecked) {
		p.folded(hanging, p.note.Sprint("not checked:"), " ", prefix(n.at), n.text())
	}
	for i := range r.Dropped {
		d := &r.Dropped[i]
		p.folded(hanging, p.note.Sprint("fix not applied:"), " ", prefix(d.Finding.At), visible(d.Reason), " ", p.dim.Sprint("["+visible(ruleID(&d.Finding))+"]"))
	}
	if n := len(r.Suppressed); n > 0 {
		p.folded(hanging, count(n, "finding", "findings"), " suppressed")
	}
	if r.Elsewhere > 0 {
		p.folded(hanging, count(r.Elsewhere, "finding", "findings"), " not shown: in files that were not named, on lines that have not changed, or in the baseline")
	}
	switch {
	case o.DryRun:
		p.folded(hanging, count(r.Applied, "fix", "fixes"), " would be applied")
	case o.Fix || r.Applied > 0:
		p.folded(hanging, count(r.Applied, "fix", "fixes"), " applied")
	}
	p.folded(hanging, closing(r, o))
}

// closing is the last line of the text format.
func closing(r *lint.Result, o Options) string {
	files := " in " + count(len(r.Files), "file", "files")
	if o.Fix {
		files = " left" + files
	}
	if len(r.Findings) == 0 {
		return "no findings" + files
	}
	t := tally(r)
	var kinds []string
	for _, k := range []struct {
		n         int
		one, many string
	}{{t.errors, "error", "errors"}, {t.warnings, "warning", "warnings"}, {t.infos, "info", "infos"}} {
		if k.n > 0 {
			kinds = append(kinds, count(k.n, k.one, k.many))
		}
	}
	s := count(len(r.Findings), "finding", "findings") + " (" + strings.Join(kinds, ", ") + ")" + files
	switch {
	case t.safe > 0 && t.unsafe > 0:
		s += fmt.Sprintf(`; %d can be fixed with "tcplint fix", %d more with --unsafe`, t.safe, t.unsafe)
	case t.safe > 0:
		s += fmt.Sprintf(`; %d can be fixed with "tcplint fix"`, t.safe)
	case t.unsafe > 0:
		s += fmt.Sprintf(`; %d can be fixed with "tcplint fix --unsafe"`, t.unsafe)
	}
	return s
}

// namedRules is the number of rules up to which a line names those that could
// not look. The JSON format names them all.
const namedRules = 3

// unchecked is a place at which one reason kept rules from looking.
type unchecked struct {
	at     lint.Place
	reason string
	rules  []string
}

// text says why and for which rules, without the place.
func (u unchecked) text() string {
	names, more := u.rules, ""
	if n := len(names) - namedRules; n > 0 {
		names, more = names[:namedRules], fmt.Sprintf(" and %d more", n)
	}
	return visible(u.reason) + " [" + strings.Join(names, ", ") + more + "]"
}

// groupNotChecked puts the rules together that one reason at one place kept from
// looking, in the order in which the reasons came.
func groupNotChecked(all []lint.NotChecked) []unchecked {
	type key struct {
		at     lint.Place
		reason string
	}
	var out []unchecked
	index := map[key]int{}
	for _, n := range all {
		k := key{n.At, n.Reason}
		if _, seen := index[k]; !seen {
			index[k] = len(out)
			out = append(out, unchecked{at: n.At, reason: n.Reason})
		}
		name := visible(n.Rule)
		if name == "" {
			name = "all rules"
		}
		group := &out[index[k]]
		group.rules = append(group.rules, name)
	}
	return out
}

// prefix is a place as the beginning of a line; empty if there is no place.
func prefix(at lint.Place) string {
	if at.File == nil {
		return ""
	}
	return place(at) + ": "
}

// count writes a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
