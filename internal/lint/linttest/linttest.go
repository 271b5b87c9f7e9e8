// Package linttest runs the examples of a rule as its tests.
//
// # Markers
//
// A marker is a comment line of blanks, "#", perhaps more blanks, at least one
// "^" and, behind a blank, a part of the message or nothing:
//
//	 proxy_pass http://app;
//	#^^^^^^^^^^^^^^^^^^^^^^ every request opens a new connection
//
// It marks the columns of its carets on the nearest line above that is no marker
// itself, so that several markers may follow one line. A "#" in the first column
// with a caret directly behind it counts as a caret:
//
//	net.ipv4.tcp_tw_recycle = 1
//	#^^^^^^^^^^^^^^^^^^^^^^^^^^ drops clients
//
// Where even that does not fit, for column 1 or 2 alone, the "#" may be left
// out:
//
//	}
//	^ unexpected "}"
//
// Lines and columns count in characters, a tab being one. Of a finding that runs
// over several lines the part on its first line is marked, of an empty one the
// column at which it stands. Markers are cut out before the text is linted.
package linttest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// Run tests every example of a rule: the rule finds in Bad what is marked there
// and nothing else, its fixes make Good of Bad, Good is silent and stays as it
// is, CRLF line ends change nothing, and nginx and sysctl themselves accept
// Good. all are the rules in whose company the fixes must work as well.
func Run(t *testing.T, r *lint.Rule, all []*lint.Rule) {
	t.Helper()
	if !slices.ContainsFunc(all, func(o *lint.Rule) bool { return o.ID == r.ID }) {
		all = append(slices.Clone(all), r)
	}
	freest, ran := lint.NoFix, 0
	for i := range r.Examples {
		e := &r.Examples[i]
		name := e.Name
		if name == "" {
			name = fmt.Sprintf("example %d", i+1)
		}
		t.Run(name, func(t *testing.T) {
			ran++
			x, err := load(r, e, all)
			if err != nil {
				t.Fatal(err)
			}
			for _, problem := range x.check() {
				t.Error(problem)
			}
			freest = max(freest, x.freest)
			x.askOracles(t)
		})
	}
	if freest > r.Fix || freest < r.Fix && ran == len(r.Examples) { // -run may leave some out
		t.Errorf("the freest fix in the examples is %s, the rule declares %s", freest, r.Fix)
	}
}

// example is one example, taken apart.
type example struct {
	rule   *lint.Rule
	all    []*lint.Rule
	error  bool // the example shows what nginx or the kernel refuses
	nginx  string
	target model.Target
	about  map[string]facts.Backend // the upstreams
	bad    texts                    // without markers
	good   texts                    // all files; nil if the example only shows silence
	marks  []mark
	freest lint.Safety // of the fixes offered for bad
}

func load(r *lint.Rule, e *lint.Example, all []*lint.Rule) (*example, error) {
	target, err := targetOf(e)
	if err != nil {
		return nil, err
	}
	x := &example{rule: r, all: all, target: target, nginx: e.Nginx, about: e.Declared()}
	marked, err := split(r, e.Bad)
	if err != nil {
		return nil, fmt.Errorf("in Bad: %w", err)
	}
	if x.bad, x.marks, err = marked.cut(); err != nil {
		return nil, err
	}
	if e.Good == "" {
		if len(x.marks) > 0 {
			return nil, errors.New("there are markers in Bad, but Good is empty")
		}
		return x, nil
	}
	if len(x.marks) == 0 {
		return nil, errors.New("there are no markers in Bad, but Good is not empty")
	}
	changed, err := split(r, e.Good)
	if err != nil {
		return nil, fmt.Errorf("in Good: %w", err)
	}
	x.good, err = changed.over(x.bad)
	return x, err
}

// check returns all that is wrong with the example or with the rule.
func (x *example) check() []string {
	var problems []string
	add := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }

	found, err := x.lint(x.bad)
	if err != nil {
		return []string{err.Error()}
	}
	diff := compare(x.marks, found)
	if diff != "" {
		add("findings in Bad (-marked +found):\n%s\nwith a marker for everything found, Bad is:\n%s", diff, x.annotated(found))
	}
	for _, f := range found {
		if f.Severity > x.rule.Severity {
			add("a finding is worse than its rule: %s, %s: %s", f.Severity, x.rule.Severity, f.Msg)
		}
		x.error = x.error || f.Severity == lint.Error
		if f.Fix != nil {
			x.freest = max(x.freest, f.Fix.Safety)
			if f.Fix.Title == "" || f.Fix.Safety == lint.NoFix {
				add("a fix has no title or no safety: %s", f.Msg)
			}
		}
	}
	if x.good == nil {
		return problems
	}
	problems = append(problems, x.checkGood()...)
	if x.freest > lint.Shown {
		problems = append(problems, x.checkFix("", x.bad, x.good)...)
		problems = append(problems, x.checkInCompany()...)
	}
	if diff != "" {
		return problems // with other line ends it would be the same again
	}
	return append(problems, x.checkCRLF()...)
}

// checkGood looks at the cured text: it is silent, it parses, and there is
// nothing left to fix in it.
func (x *example) checkGood() []string {
	var problems []string
	found, err := x.lint(x.good)
	if err != nil {
		return []string{err.Error()}
	}
	for _, f := range found {
		problems = append(problems, "a finding in Good: "+markOf(f).String())
	}
	problems = append(problems, syntaxErrors(x.host(x.good))...)
	out, err := x.fix(x.good, []*lint.Rule{x.rule})
	if err != nil {
		return append(problems, err.Error())
	}
	for _, c := range out.Changes {
		problems = append(problems, fmt.Sprintf("fixing Good changes %s (-Good +fixed):\n%s", c.New.Path, diffText(c.Old.Text, c.New.Text)))
	}
	return problems
}

// checkFix applies the rule's fixes and compares the result.
func (x *example) checkFix(what string, bad, good texts) []string {
	out, err := x.fix(bad, []*lint.Rule{x.rule})
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	for _, d := range out.Dropped {
		problems = append(problems, fmt.Sprintf("the fix %sof %q is refused: %s", what, d.Finding.Msg, d.Reason))
	}
	if out.Unfinished {
		problems = append(problems, "the fixes "+what+"never come to an end")
	}
	fixed := replace(bad, out)
	if diff := diffText(good.join(), fixed.join()); diff != "" {
		problems = append(problems, fmt.Sprintf("what the fixes %smake of Bad is not Good (-Good +fixed):\n%s", what, diff))
	}
	return problems
}

// checkInCompany applies the fixes of all rules: the rule's own must not be
// refused for what another rule does or says.
func (x *example) checkInCompany() []string {
	out, err := x.fix(x.bad, x.all)
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	for _, d := range out.Dropped {
		if d.Finding.Rule.ID == x.rule.ID {
			problems = append(problems, fmt.Sprintf("together with the other rules, the fix of %q is refused: %s", d.Finding.Msg, d.Reason))
		}
	}
	if out.Unfinished {
		problems = append(problems, "together with the other rules, the fixes never come to an end")
	}
	return problems
}

// checkCRLF repeats the main checks with CRLF line ends.
func (x *example) checkCRLF() []string {
	if strings.Contains(x.bad.join(), "\r") || strings.Contains(x.good.join(), "\r") {
		return nil // the example is about line ends
	}
	bad, good := x.bad.convert(crlf), x.good.convert(crlf)
	found, err := x.lint(bad)
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	if diff := compare(x.marks, found); diff != "" {
		problems = append(problems, "findings in Bad with CRLF line ends (-marked +found):\n"+diff)
	}
	if x.freest > lint.Shown {
		problems = append(problems, x.checkFix("with CRLF line ends ", bad, good)...)
	}
	return problems
}

// compare matches findings with marks and lists what is left, empty if nothing
// is. The text of a mark need only be a part of the message.
func compare(marks []mark, found []lint.Finding) string {
	want, got := slices.Clone(marks), []mark{}
	for _, f := range found {
		m := markOf(f)
		i := slices.IndexFunc(want, func(w mark) bool {
			part := w.Msg
			w.Msg = m.Msg
			return w == m && strings.Contains(m.Msg, part)
		})
		if i < 0 {
			got = append(got, m)
			continue
		}
		want = slices.Delete(want, i, i+1)
	}
	return list("- ", want) + list("+ ", got)
}

// list writes one mark a line; a difference within lines would be hard to read.
func list(sign string, marks []mark) string {
	lines := make([]string, 0, len(marks))
	for _, m := range marks {
		lines = append(lines, sign+m.String()+"\n")
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// annotated is Bad with the markers that it should have.
func (x *example) annotated(found []lint.Finding) string {
	ts := slices.Clone(x.bad)
	for i, f := range ts {
		var marks []mark
		for _, m := range found {
			if m.At.File.Path == f.Name {
				marks = append(marks, markOf(m))
			}
		}
		ts[i].Data = []byte(annotate(string(f.Data), marks))
	}
	return ts.join()
}
