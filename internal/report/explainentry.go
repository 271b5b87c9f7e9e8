package report

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
)

// ExplainEntry writes what is known of a directive or a kernel key: what it does, what
// it takes, its default, and every release that changed it.
func ExplainEntry(w io.Writer, e *facts.Entry, color bool, width int) error {
	const narrowest = 30
	if width < narrowest {
		width = defaultWidth
	}
	p := newPrinter(color)
	p.line(p.heading.Sprint(e.Name), "  ", p.dim.Sprint(e.Kind))
	for i := range e.Forms {
		p.form(&e.Forms[i], width)
	}
	if len(e.Rules) > 0 {
		p.section("Rules that speak of it")
		for _, id := range e.Rules {
			p.line("  ", id)
		}
	}
	return p.flush(w)
}

// ExplainEntryJSON writes an entry as JSON.
func ExplainEntryJSON(w io.Writer, e *facts.Entry) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(e)
}

func (p *printer) form(f *facts.Form, width int) {
	p.line()
	if f.Module != "" {
		p.line("  ", p.heading.Sprint(f.Module))
	}
	p.fact("meaning", f.Meaning, width)
	p.fact("takes", f.Takes, width)
	p.fact("parameters", strings.Join(f.Parameters, ", "), width)
	p.fact("unit", f.Unit, width)
	for _, d := range f.Defaults {
		p.fact("default", spoken(d, len(f.Defaults) == 1 && f.Module != ""), width)
	}
	for _, l := range f.Limits {
		p.fact("accepts", spoken(l, len(f.Limits) == 1 && f.Module != ""), width)
	}
	p.fact("contexts", strings.Join(f.Contexts, ", "), width)
	p.fact("scope", f.Scope, width)
	p.fact("versions", f.Versions, width)
	for i, c := range f.Changes {
		name := ""
		if i == 0 {
			name = "changes"
		}
		p.fact(name, c.Version+": "+c.What, width)
		if c.Source != "" && c.Source != f.Source {
			p.line("              ", p.dim.Sprint(c.Source))
		}
	}
	p.fact("source", f.Source, 0)
}

// spoken is a value with the releases for which it holds, unless those are all.
func spoken(s facts.Spoken, all bool) string {
	if all || strings.HasPrefix(s.Versions, "every ") {
		return s.Value
	}
	return s.Value + "  (" + s.Versions + ")"
}

// fact writes a name and a text in columns; nothing if there is no text. A width of 0
// does not break the text.
func (p *printer) fact(name, text string, width int) {
	if text == "" {
		return
	}
	const column = 12
	lead := "  " + name + strings.Repeat(" ", max(column-2-len(name), 1))
	if width == 0 {
		p.line(lead, text)
		return
	}
	for _, l := range wrap(text, max(width-column, 20)) {
		p.line(lead, l)
		lead = strings.Repeat(" ", column)
	}
}
