package report

import (
	"io"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/show"
)

// Comparison writes for people what another target changes: effective values, then
// the findings that go and those that come.
func Comparison(w io.Writer, c *show.Comparison, o Options) error {
	p := newPrinter(o.Color)
	p.links, p.width = o.Links, o.width()
	title := "the two targets are the same"
	if len(c.Before) > 0 {
		title = "from " + strings.Join(c.Before, ", ") + " to " + strings.Join(c.After, ", ")
	}
	p.line(p.heading.Sprint(title))
	for _, x := range c.Places {
		p.line()
		p.line(visible(strings.Join(x.Path, " > ")), "  ", p.path.Sprint("("+visible(x.From)+")"))
		p.valueChanges(x.Changes)
	}
	if len(c.Kernel) > 0 {
		p.line()
		p.line("kernel defaults that nothing here sets")
		var list []show.ValueChange
		for _, d := range c.Kernel {
			list = append(list, show.ValueChange{Name: d.Name, Before: d.Before, After: d.After})
		}
		p.valueChanges(list)
	}
	p.compared("findings that go", c.Gone, false)
	p.compared("findings that come", c.New, true)
	p.line()
	p.line(comparisonSummary(c))
	return p.flush(w)
}

// valueChanges writes values in columns.
func (p *printer) valueChanges(all []show.ValueChange) {
	name, before := 0, 0
	for _, v := range all {
		const widest = 48
		name = max(name, min(len(v.Name), widest))
		before = max(before, min(len(v.Before), widest))
	}
	for _, v := range all {
		gap := strings.Repeat(" ", max(name-len(v.Name), 0)+2)
		fill := strings.Repeat(" ", max(before-len(v.Before), 0))
		p.line("  ", visible(v.Name), gap, visible(v.Before), fill, " -> ", p.fix.Sprint(visible(v.After)))
	}
}

// compared writes findings under a title: whole, or the first line of each.
func (p *printer) compared(title string, all []lint.Finding, whole bool) {
	if len(all) == 0 {
		return
	}
	p.line()
	p.line(p.heading.Sprint(title + " (" + strconv.Itoa(len(all)) + ")"))
	told := map[string]lint.Place{}
	for i := range all {
		if !whole {
			p.headline(&all[i])
			continue
		}
		p.line()
		p.finding(&all[i], told)
	}
}

func comparisonSummary(c *show.Comparison) string {
	places := len(c.Places) + len(c.Kernel)
	if places+len(c.Gone)+len(c.New) == 0 {
		return "nothing that is read here changes; " + count(c.Same, "finding stays", "findings stay")
	}
	return count(places, "place does", "places do") + " otherwise; " +
		count(len(c.Gone), "finding goes", "findings go") + ", " +
		count(len(c.New), "comes", "come") + ", " + count(c.Same, "stays", "stay")
}

// The types below are parts of the JSON form; the order of their fields is the order
// of the keys.
type (
	jsonComparison struct {
		Schema     int              `json:"schema"`
		Before     []string         `json:"before"`
		After      []string         `json:"after"`
		Places     []show.Changed   `json:"places"`
		Kernel     []jsonDefault    `json:"kernel"`
		Gone       []jsonFinding    `json:"gone"`
		New        []jsonFinding    `json:"new"`
		Same       int              `json:"same"`
		NotChecked []jsonNotChecked `json:"notChecked"`
	}
	jsonDefault struct {
		Name   string `json:"name"`
		Before string `json:"before"`
		After  string `json:"after"`
		Source string `json:"source"`
	}
)

// ComparisonJSON writes a comparison for machines.
func ComparisonJSON(w io.Writer, c *show.Comparison) error {
	j := jsonComparison{
		Schema: schemaVersion, Before: append([]string{}, c.Before...), After: append([]string{}, c.After...),
		Places: append([]show.Changed{}, c.Places...), Kernel: []jsonDefault{}, Same: c.Same,
		Gone: findingsJSON(c.Gone), New: findingsJSON(c.New), NotChecked: []jsonNotChecked{},
	}
	for _, d := range c.Kernel {
		j.Kernel = append(j.Kernel, defaultJSON(d))
	}
	for _, n := range c.NotChecked {
		j.NotChecked = append(j.NotChecked, notCheckedJSON(n))
	}
	return writeJSON(w, j)
}

func defaultJSON(d facts.ChangedDefault) jsonDefault {
	return jsonDefault{d.Name, d.Before, d.After, d.Source}
}

func findingsJSON(all []lint.Finding) []jsonFinding {
	out := []jsonFinding{}
	for i := range all {
		out = append(out, findingJSON(&all[i]))
	}
	return out
}
