package report

import (
	"io"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
)

// defaultWidth is the width of prose where none is given.
const defaultWidth = 80

// Explain writes all that a rule says about itself, with prose wrapped at width
// columns (80 if width is 0 or too small to read). Paragraphs of Why that begin
// with "Ignore" have a heading of their own, above the comment that silences
// the rule.
func Explain(w io.Writer, r *lint.Rule, color bool, width int) error {
	const narrowest = 30
	if width < narrowest {
		width = defaultWidth
	}
	p := newPrinter(color)
	p.line(p.heading.Sprint(r.ID))
	for _, l := range wrap(r.Title, width-2) {
		p.line("  ", l)
	}
	p.line()
	p.line("  severity  ", p.severity(r.Severity).Sprint(r.Severity.String()))
	p.line("  fix       ", fixOf(r.Fix))
	p.line("  versions  ", versionsOf(r))
	if r.Since != "" {
		p.line("  since     tcplint ", r.Since)
	}

	why, ignore := divideWhy(r.Why)
	p.section("Why")
	p.prose(why, width)
	for i := range r.Examples {
		p.example(&r.Examples[i])
	}
	if len(ignore) > 0 {
		p.section("When to ignore")
		p.prose(ignore, width)
		p.line()
	} else {
		p.section("How to ignore")
	}
	p.line("  To silence a finding, write a comment above the line:")
	p.line("    ", suppression(r))
	if len(r.Refs) > 0 {
		p.section("References")
		for _, ref := range r.Refs {
			p.line("  ", ref)
		}
	}
	return p.flush(w)
}

// divideWhy parts the reasons of a rule from those to ignore it.
func divideWhy(prose string) (why, ignore []block) {
	for _, b := range blocks(prose) {
		if len(ignore) > 0 || strings.HasPrefix(b.lines[0], "Ignore ") {
			ignore = append(ignore, b)
		} else {
			why = append(why, b)
		}
	}
	return why, ignore
}

// section begins a new part. A long title is continued, indented.
func (p *printer) section(title string) {
	p.line()
	indent := ""
	for _, l := range wrap(title, defaultWidth-2) {
		p.line(indent, p.heading.Sprint(l))
		indent = "  "
	}
}

// prose writes blocks, indented by two.
func (p *printer) prose(all []block, width int) {
	for i, b := range all {
		if i > 0 && !sameList(all, i) {
			p.line()
		}
		switch {
		case b.verbatim:
			for _, l := range b.lines {
				p.line(strings.TrimRight("      "+l, " "))
			}
		case b.item:
			lead := "  - "
			for _, l := range wrap(b.text(), width-len(lead)) {
				p.line(lead, l)
				lead = "    "
			}
		default:
			for _, l := range wrap(b.text(), width-2) {
				p.line("  ", l)
			}
		}
	}
}

func (p *printer) example(e *lint.Example) {
	if e.Good == "" {
		p.section(exampleTitle("Not reported", e))
		p.code(badText(e))
		return
	}
	p.section(exampleTitle("Bad", e))
	p.code(badText(e))
	p.section("Good")
	p.code(e.Good)
}

// code writes a configuration, with carets where the findings are.
func (p *printer) code(text string) {
	for i, f := range exampleFiles(text) {
		if i > 0 {
			p.line()
		}
		if f.name != "" {
			p.line("  ", p.dim.Sprint("-- "+f.name+" --"))
		}
		for l := range strings.SplitSeq(strings.TrimSuffix(f.text, "\n"), "\n") {
			switch indent, carets, ok := arrow(l); {
			case ok:
				p.line("    ", indent, p.note.Sprint(carets))
			case l == "":
				p.line()
			default:
				p.line("    ", l)
			}
		}
	}
}
