package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/fleet"
	"github.com/tcplint/tcplint/internal/lint"
)

// Merged are reports of several runs: of repositories, or of parts of a fleet.
type Merged struct {
	Runs []MergedRun
	// Causes are the findings of all, those of one cause together: the most harmful
	// first.
	Causes []MergedCause
}

// MergedRun is one report.
type MergedRun struct {
	Name string
	// Hosts is the number of hosts of a report about many, else 0.
	Hosts                   int
	Errors, Warnings, Infos int
	// Suppressed are the findings that its comments and its baseline leave alone.
	Suppressed int

	data json.RawMessage
}

// MergedCause is what is wrong in one run or in several.
type MergedCause struct {
	Rule, Message string
	Severity      lint.Severity
	In            []MergedPlaces
	// Known are the runs that suppress it: indices of Merged.Runs.
	Known []int
}

// MergedPlaces is where a cause is in one run.
type MergedPlaces struct {
	Run, Findings int
	// Hosts are the hosts of the run that have it, if it is about many.
	Hosts []string
	// File and Line are its first place.
	File string
	Line int
}

// readFinding is what is read of a finding, and of a cause.
type readFinding struct {
	Rule, Severity, Message, File string
	Range                         jsonRange
	Hosts                         []string
	Variants                      []struct {
		File     string
		Range    jsonRange
		Findings int
	}
}

// Merge puts reports of the JSON format together, by their names. The error names the
// report that is none.
func Merge(names []string, reports [][]byte) (*Merged, error) {
	m := &Merged{}
	byKey := map[[3]string]*MergedCause{}
	for i, data := range reports {
		var in struct {
			Schema     int
			Findings   []readFinding
			Suppressed []readFinding
			Hosts      []json.RawMessage
			Causes     []readFinding
			Summary    *jsonSummary
		}
		if err := json.Unmarshal(data, &in); err != nil {
			return nil, fmt.Errorf("%s is no report of tcplint: %w", names[i], err)
		}
		if in.Schema != schemaVersion || in.Summary == nil || in.Findings == nil && in.Causes == nil {
			return nil, fmt.Errorf(`%s is no report of "tcplint check --format json" of schema %d`, names[i], schemaVersion)
		}
		run := MergedRun{names[i], len(in.Hosts), in.Summary.Errors, in.Summary.Warnings, in.Summary.Infos, len(in.Suppressed), data}
		m.Runs = append(m.Runs, run)
		for _, f := range slices.Concat(in.Findings, in.Causes) {
			c, err := causeOf(byKey, &f)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", names[i], err)
			}
			c.add(i, &f)
		}
		for _, f := range in.Suppressed {
			c, err := causeOf(byKey, &f)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", names[i], err)
			}
			if !slices.Contains(c.Known, i) {
				c.Known = append(c.Known, i)
			}
		}
	}
	for _, c := range byKey {
		if len(c.In) > 0 {
			m.Causes = append(m.Causes, *c)
		}
	}
	slices.SortFunc(m.Causes, func(a, b MergedCause) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(len(b.In), len(a.In)), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
	return m, nil
}

func causeOf(all map[[3]string]*MergedCause, f *readFinding) (*MergedCause, error) {
	k := [3]string{f.Rule, f.Severity, fleet.WithoutValues(f.Message)}
	if all[k] == nil {
		severity, err := lint.ParseSeverity(f.Severity)
		if err != nil {
			return nil, err
		}
		all[k] = &MergedCause{Rule: f.Rule, Message: f.Message, Severity: severity}
	}
	return all[k], nil
}

// add counts a finding, or a cause, of a run.
func (c *MergedCause) add(run int, f *readFinding) {
	if n := len(c.In); n == 0 || c.In[n-1].Run != run {
		c.In = append(c.In, MergedPlaces{Run: run, File: f.File, Line: f.Range.Start.Line})
	}
	in := &c.In[len(c.In)-1]
	if len(f.Variants) == 0 {
		in.Findings++
	} else if in.File == "" {
		in.File, in.Line = f.Variants[0].File, f.Variants[0].Range.Start.Line
	}
	for _, v := range f.Variants {
		in.Findings += v.Findings
	}
	for _, h := range f.Hosts {
		if !slices.Contains(in.Hosts, h) {
			in.Hosts = append(in.Hosts, h)
		}
	}
}

// Fails reports whether a finding is at or above a severity.
func (m *Merged) Fails(at lint.Severity) bool {
	return slices.ContainsFunc(m.Causes, func(c MergedCause) bool { return c.Severity >= at })
}

// MergedText writes for people what several runs found.
func MergedText(w io.Writer, m *Merged, o Options) error {
	p := newPrinter(o.Color)
	p.links, p.width = o.Links, o.width()
	for _, c := range m.Causes {
		var in []string
		for _, x := range c.In {
			text := visible(m.Runs[x.Run].Name)
			switch {
			case len(x.Hosts) > 0:
				text += fmt.Sprintf(" (%d of %s)", len(x.Hosts), count(m.Runs[x.Run].Hosts, "host", "hosts"))
			case x.Findings > 1:
				text += fmt.Sprintf(" (%d findings)", x.Findings)
			}
			in = append(in, text)
		}
		p.folded(hanging, p.severity(c.Severity).Sprint(c.Severity.String()+":"), " ", visible(c.Message), " ", p.dim.Sprint("["+p.ruleLink(visible(c.Rule))+"]"), " ",
			p.heading.Sprint("in "+strconv.Itoa(len(c.In))+" of "+count(len(m.Runs), "run", "runs")+": "+strings.Join(in, ", ")))
		if len(c.Known) > 0 && !o.Quiet {
			p.remark(p.note, "suppressed in", strings.Join(runNames(m, c.Known), ", "))
		}
	}
	if o.Quiet {
		return p.flush(w)
	}
	if len(m.Causes) > 0 {
		p.line()
	}
	for _, r := range m.Runs {
		text := fmt.Sprintf("%s: %s", visible(r.Name), severities(r))
		if r.Hosts > 0 {
			text += " on " + count(r.Hosts, "host", "hosts")
		}
		if r.Suppressed > 0 {
			text += fmt.Sprintf("; %d suppressed", r.Suppressed)
		}
		p.line(text)
	}
	return p.flush(w)
}

// severities counts the findings of a run.
func severities(r MergedRun) string {
	return count(r.Errors, "error", "errors") + ", " + count(r.Warnings, "warning", "warnings") + ", " + count(r.Infos, "info", "infos")
}

func runNames(m *Merged, runs []int) []string {
	out := make([]string, len(runs))
	for i, r := range runs {
		out[i] = visible(m.Runs[r].Name)
	}
	return out
}

// errNotSARIF says that there are reports of both formats.
var errNotSARIF = errors.New("reports of the JSON format and SARIF logs cannot be merged with each other")
