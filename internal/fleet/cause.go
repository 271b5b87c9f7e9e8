package fleet

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// Cause is what is wrong on one host or on many: findings of a rule whose messages
// differ in numbers at most.
type Cause struct {
	Rule     *lint.Rule
	Severity lint.Severity
	// Hosts are indices of Report.Hosts.
	Hosts []int
	// Variants are the findings as they are worded, those of the most hosts first.
	Variants []Variant
}

// Variant is a finding as it is worded on some of the hosts.
type Variant struct {
	Finding

	Hosts []int
	// Count is the number of findings, of which a host may have several.
	Count int
}

// Finding is a finding of one host, without the files that it stands in.
type Finding struct {
	Rule       *lint.Rule
	Severity   lint.Severity
	Message    string
	File       string
	Start, End source.Position
	// Line is the text of its first line.
	Line  string
	Notes []Note
	// Fix says what cures it, with its safety; empty if nothing is known to.
	Fix      string
	Versions string
}

// Note says more about a finding.
type Note struct {
	Message, File string // no file: it has no place
	Start         source.Position
}

// longestLine bounds what is kept of a line.
const longestLine = 200

// findingOf copies what is kept of a finding, so that nothing holds its files.
func findingOf(f *lint.Finding) Finding {
	out := Finding{Rule: f.Rule, Severity: f.Severity, Message: strings.Clone(f.Msg), Versions: f.Versions}
	if file := f.At.File; file != nil {
		out.File, out.Start, out.End = strings.Clone(file.Path), file.Position(f.At.Span.Start), file.Position(f.At.Span.End)
		line := file.Slice(file.LineSpan(out.Start.Line))
		out.Line = strings.Clone(strings.TrimRight(line[:min(len(line), longestLine)], "\r\n"))
	}
	for _, n := range f.Notes {
		out.Notes = append(out.Notes, noteOf(n.Msg, n.At))
	}
	if f.Fix != nil {
		out.Fix = strings.Clone(f.Fix.Title) + " (" + f.Fix.Safety.String() + ")"
	}
	return out
}

// noteOf copies a remark with its place.
func noteOf(message string, at lint.Place) Note {
	n := Note{Message: strings.Clone(message)}
	if at.File != nil {
		n.File, n.Start = strings.Clone(at.File.Path), at.File.Position(at.Span.Start)
	}
	return n
}

type causeKey struct {
	rule, message string
	severity      lint.Severity
}

type variantKey struct{ message, file string }

type causeFold struct {
	variants map[variantKey]*variantFold
}

type variantFold struct {
	Finding

	of    int // the source that it is told of: the first
	hosts []int
	count int
}

// loose are numbers that stand by themselves: values, not parts of names.
var loose = lazyre.New(`(^|[^A-Za-z0-9_-])[0-9]+(\.[0-9]+)*(ms|[smhdkKMGB])?\b`)

// WithoutValues is a message in which all numbers are the same.
func WithoutValues(message string) string { return loose.ReplaceAllString(message, "${1}#") }

func (f *folder) addFinding(host int, x *Finding) {
	k := causeKey{x.Rule.ID, WithoutValues(x.Message), x.Severity}
	c := f.causes[k]
	if c == nil {
		c = &causeFold{variants: map[variantKey]*variantFold{}}
		f.causes[k] = c
	}
	vk := variantKey{x.Message, x.File}
	v := c.variants[vk]
	if v == nil {
		v = &variantFold{Finding: *x, of: host}
		c.variants[vk] = v
	}
	if host < v.of { // whichever comes first, the report is the same
		v.Finding, v.of = *x, host
	}
	if n := len(v.hosts); n == 0 || v.hosts[n-1] != host {
		v.hosts = append(v.hosts, host)
	}
	v.count++
}

// orderedCauses are the causes, the most harmful first.
func (f *folder) orderedCauses(at places) []Cause {
	var out []Cause
	for k, c := range f.causes {
		cause := Cause{Severity: k.severity}
		var hosts []int
		for _, v := range c.variants {
			hosts = append(hosts, v.hosts...)
			cause.Rule = v.Rule
			cause.Variants = append(cause.Variants, Variant{v.Finding, at.all(v.hosts), v.count})
		}
		cause.Hosts = at.all(hosts)
		slices.SortFunc(cause.Variants, func(a, b Variant) int {
			return cmp.Or(cmp.Compare(len(b.Hosts), len(a.Hosts)), cmp.Compare(a.Message, b.Message), cmp.Compare(a.File, b.File))
		})
		out = append(out, cause)
	}
	slices.SortFunc(out, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(len(b.Hosts), len(a.Hosts)), cmp.Compare(a.Rule.ID, b.Rule.ID),
			cmp.Compare(a.Variants[0].Message, b.Variants[0].Message))
	})
	return out
}
