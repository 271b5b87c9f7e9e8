package report

import (
	"io"
	"strings"

	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/evidence"
)

// ExplainSymptom writes all that a symptom says about itself: what it means, which
// evidence it asks for, its causes with their cures, and examples. Of a cause, it is
// the symptom that describes it, with that cause first.
func ExplainSymptom(w io.Writer, s *diagnose.Symptom, of *diagnose.Cause, color bool, width int) error {
	const narrowest = 30
	if width < narrowest {
		width = defaultWidth
	}
	p := newPrinter(color)
	p.line(p.heading.Sprint(s.ID))
	for _, l := range wrap(s.Title, width-2) {
		p.line("  ", l)
	}
	p.section("What it means")
	p.prose(blocks(s.Why), width)
	p.section("Evidence")
	p.kinds("needs", s.Needs)
	p.kinds("one of", s.OneOf)
	p.kinds("helps", s.Helps)
	if of != nil {
		p.describeCause(of, width)
	}
	for i := range s.Causes {
		if c := &s.Causes[i]; c.Title != "" && c != of {
			p.describeCause(c, width)
		}
	}
	for i := range s.Examples {
		p.symptomExample(&s.Examples[i])
	}
	p.section("References")
	for _, ref := range s.Refs {
		p.line("  ", ref)
	}
	return p.flush(w)
}

func (p *printer) kinds(name string, all []evidence.Kind) {
	for _, k := range all {
		p.line("  ", name, strings.Repeat(" ", 8-len(name)), k.String(), ": ", p.dim.Sprint(k.Command()))
	}
}

func (p *printer) describeCause(c *diagnose.Cause, width int) {
	p.section("Cause " + c.ID)
	rows := []struct{ name, text string }{
		{"what", c.Title},
		{"looks like", strings.Join(c.Rivals, ", ")},
		{"brings", strings.Join(c.Explains, ", ")},
		{"cure", c.Cure},
		{"rules", strings.Join(c.Rules, ", ")},
		{"cured when", c.Cured},
		{"decide", strings.Join(c.Decide, "; ")},
	}
	const column = 14
	for _, r := range rows {
		lead := "  " + r.name + strings.Repeat(" ", column-2-len(r.name))
		for _, l := range wrap(r.text, max(width-column, 20)) {
			p.line(lead, l)
			lead = strings.Repeat(" ", column)
		}
	}
}

func (p *printer) symptomExample(e *diagnose.Example) {
	p.section("Example: " + e.Name)
	for _, f := range txtar.Parse([]byte(e.Archive())).Files {
		p.line("  ", p.dim.Sprint("-- "+f.Name+" --"))
		for l := range strings.SplitSeq(strings.TrimSuffix(string(f.Data), "\n"), "\n") {
			p.line(strings.TrimRight("    "+visible(strings.ReplaceAll(l, "\t", "    ")), " "))
		}
	}
	answer := "nothing here explains a fault"
	if len(e.Want) > 0 {
		answer = strings.Join(e.Want, ", ")
	}
	p.line("  answer: ", p.fix.Sprint(answer))
}
