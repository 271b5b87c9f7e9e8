package report

import (
	"io"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
)

// The types below are the JSON form of a rule.
type (
	jsonRule struct {
		ID       string        `json:"id"`
		Title    string        `json:"title"`
		Severity string        `json:"severity"`
		Fix      string        `json:"fix"`
		Since    string        `json:"since"`
		Needs    jsonNeeds     `json:"needs"`
		Why      string        `json:"why"`
		Refs     []string      `json:"refs"`
		Examples []jsonExample `json:"examples"`
	}
	jsonNeeds struct {
		Nginx  *jsonVersions `json:"nginx,omitempty"`
		Kernel *jsonVersions `json:"kernel,omitempty"`
	}
	jsonVersions struct {
		From   string `json:"from,omitempty"`
		Before string `json:"before,omitempty"`
	}
	jsonExample struct {
		Name   string `json:"name,omitempty"`
		Bad    string `json:"bad"`
		Good   string `json:"good,omitempty"`
		Nginx  string `json:"nginx,omitempty"`
		Kernel string `json:"kernel,omitempty"`
	}
)

// RuleList writes the rules as an aligned table, or as a JSON array of objects
// with all that the rules say about themselves. On a terminal that is too narrow
// for the table, titles get lines of their own; width is 0 if there is none.
func RuleList(w io.Writer, rules []*lint.Rule, json bool, width int) error {
	if json {
		return ruleListJSON(w, rules)
	}
	const table = 120 // columns from which on a title has room beside the rest
	if 0 < width && width < table {
		p := newPrinter(false)
		p.width = width
		for _, r := range rules {
			p.line(r.ID, " (", r.Severity.String(), ", fix: ", r.Fix.String(), ")")
			p.folded(hanging, strings.Repeat(" ", hanging), r.Title)
		}
		return p.flush(w)
	}
	rows := [][]string{{"RULE", "SEVERITY", "FIX", "TITLE"}}
	for _, r := range rules {
		rows = append(rows, []string{r.ID, r.Severity.String(), r.Fix.String(), r.Title})
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, s := range row {
			widths[i] = max(widths[i], textColumns(s))
		}
	}
	p := newPrinter(false)
	for _, row := range rows {
		last := len(row) - 1
		for i, s := range row[:last] {
			p.WriteString(s + strings.Repeat(" ", widths[i]-textColumns(s)+2))
		}
		p.line(row[last])
	}
	return p.flush(w)
}

func ruleListJSON(w io.Writer, rules []*lint.Rule) error {
	out := make([]jsonRule, 0, len(rules))
	for _, r := range rules {
		j := jsonRule{
			ID:       r.ID,
			Title:    r.Title,
			Severity: r.Severity.String(),
			Fix:      r.Fix.String(),
			Since:    r.Since,
			Why:      r.Why,
			Refs:     append([]string{}, r.Refs...),
			Examples: make([]jsonExample, 0, len(r.Examples)),
		}
		var zero lint.Needs
		if v := r.Needs.Nginx; v != zero.Nginx {
			j.Needs.Nginx = &jsonVersions{versionJSON(v.From), versionJSON(v.Before)}
		}
		if v := r.Needs.Kernel; v != zero.Kernel {
			j.Needs.Kernel = &jsonVersions{versionJSON(v.From), versionJSON(v.Before)}
		}
		for _, e := range r.Examples {
			j.Examples = append(j.Examples, jsonExample{e.Name, e.Bad, e.Good, e.Nginx, e.Kernel})
		}
		out = append(out, j)
	}
	return writeJSON(w, out)
}

// versionJSON writes a bound; no bound is empty.
func versionJSON(v interface {
	IsZero() bool
	String() string
},
) string {
	if v.IsZero() {
		return ""
	}
	return v.String()
}
