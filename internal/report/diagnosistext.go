package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/lint"
)

// DiagnosisAs returns what writes a diagnosis in a format: json, html, or else text.
func DiagnosisAs(format string) func(io.Writer, *diagnose.Result, Options) error {
	switch format {
	case "json":
		return func(w io.Writer, r *diagnose.Result, _ Options) error { return DiagnosisJSON(w, r) }
	case "html":
		return func(w io.Writer, r *diagnose.Result, _ Options) error { return DiagnosisHTML(w, r) }
	}
	return DiagnosisText
}

// DiagnosisText writes a diagnosis for people: each answer with its evidence, the
// places, the cure, what would decide what is left, and how to see that it is
// cured; at the end what is normal, and what could not be used.
func DiagnosisText(w io.Writer, r *diagnose.Result, o Options) error {
	p := newPrinter(o.Color)
	p.links, p.width = o.Links, o.width()
	for i := range r.Answers {
		if o.Quiet {
			p.answerLine(&r.Answers[i])
			continue
		}
		p.answer(&r.Answers[i], r.Diffs[r.Answers[i].Cause.ID], o)
		p.line()
	}
	if len(r.Answers) == 0 {
		p.line(p.fix.Sprint("nothing here explains a fault"), lookedFor(r))
	}
	if !o.Quiet {
		p.besides(r)
	}
	return p.flush(w)
}

func lookedFor(r *diagnose.Result) string {
	all := len(diagnose.Symptoms())
	if n := all - len(r.NotLooked); n < all {
		return fmt.Sprintf(" (%d of %d symptoms could be looked for)", n, all)
	}
	return ""
}

// severityOf is the colour that a certainty has.
func severityOf(c diagnose.Certainty) lint.Severity {
	return [...]lint.Severity{diagnose.Possible: lint.Info, diagnose.Likely: lint.Warning, diagnose.Proved: lint.Error}[c]
}

// answerLine writes the line that other programs look for.
func (p *printer) answerLine(a *diagnose.Answer) {
	p.line(p.severity(severityOf(a.Certainty)).Sprint(a.Certainty.String()), ": ", visible(a.Message), " ", p.dim.Sprint("["+a.Cause.ID+"]"))
}

// maxShown is how many lines of evidence are shown of a sign.
const maxShown = 2

func (p *printer) answer(a *diagnose.Answer, diff string, o Options) {
	p.answerLine(a)
	told := map[string]bool{}
	for _, s := range a.Signs {
		if told[s.Says] {
			continue
		}
		told[s.Says] = true
		p.item(p.note.Sprint("evidence"), visible(s.Says))
		for _, l := range s.Lines[:min(len(s.Lines), maxShown)] {
			p.evidenceLine(l)
		}
	}
	for _, pl := range a.Places {
		p.item(p.note.Sprint("place"), place(pl.Place)+": "+visible(pl.Message))
	}
	for _, c := range slices.Sorted(maps.Keys(a.Excluded)) {
		p.item(p.dim.Sprint("not"), c+": "+visible(a.Excluded[c]))
	}
	if len(a.Open) > 0 && a.Certainty < diagnose.Proved {
		p.item(p.dim.Sprint("may be"), strings.Join(a.Open, ", "))
	}
	if len(a.Follows) > 0 {
		p.item(p.dim.Sprint("follows"), strings.Join(a.Follows, ", "))
	}
	p.cure(a, diff, o)
	for _, k := range a.Missing {
		p.command("missing", k.String()+": "+k.Command())
	}
	for _, d := range a.Decide {
		p.command("decide", d)
	}
	p.item(p.fix.Sprint("cured when"), a.Cause.Cured)
}

func (p *printer) cure(a *diagnose.Answer, diff string, o Options) {
	if a.Finding != nil {
		p.item(p.fix.Sprint("rule"), a.Rule+": "+place(a.Finding.At)+": "+visible(a.Finding.Msg))
		if a.Finding.Fix != nil && diff == "" {
			p.fixLine(a.Finding.Fix)
		}
	}
	if a.Cause.Cure != "" {
		p.item(p.fix.Sprint("cure"), a.Cause.Cure)
	}
	if diff != "" {
		p.diff(diff, o.Color || o.Terminal)
	}
}

// item writes a remark below an answer. A long one is wrapped and indented.
func (p *printer) item(name, text string) {
	const indent = 6
	width := p.width
	if width == 0 {
		width = fullWidth
	}
	first := strings.Repeat(" ", indent) + name + ": "
	for _, l := range wrap(text, max(width-indent-14, 40)) {
		p.line(first, l)
		first = strings.Repeat(" ", indent+4)
	}
}

// command writes a remark with something to be copied, which is not wrapped.
func (p *printer) command(name, text string) {
	p.line("      ", p.note.Sprint(name), ": ", visible(text))
}

func (p *printer) evidenceLine(l evidence.Line) {
	if l.Number == 0 && l.Text == "" {
		return
	}
	text, most := visible(l.Text), p.most()
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	p.line("          ", p.path.Sprint(fmt.Sprintf("%s:%d", visible(l.File), l.Number)), p.dim.Sprint(": "), text)
}

// besides writes what is normal, and what was not used.
func (p *printer) besides(r *diagnose.Result) {
	for _, n := range r.Normal {
		p.item(p.fix.Sprint("normal"), visible(n.Message))
	}
	for _, n := range r.NotUsed {
		at := visible(n.File)
		if n.Line > 0 {
			at = fmt.Sprintf("%s:%d", at, n.Line)
		}
		p.item(p.dim.Sprint("not used"), at+": "+visible(n.Reason))
	}
	var missing []evidence.Kind
	for _, n := range r.NotLooked {
		for _, k := range n.Missing {
			if !slices.Contains(missing, k) {
				missing = append(missing, k)
			}
		}
	}
	if len(r.Answers) > 0 {
		return
	}
	for _, k := range missing {
		p.command("missing", k.String()+": "+k.Command())
	}
}
