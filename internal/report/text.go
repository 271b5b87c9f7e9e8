package report

import (
	"bytes"
	"io"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
)

var _ = register("text", Text)

// gutter is the width of the line numbers; notes are indented by one more, so
// that they stand below the bar.
const gutter = 5

// Text writes a result for people: for every finding a first line that grep and
// editors understand, the line of the file with carets under the span, notes,
// and the fix; at the end what was not checked and a summary. For a dry run it
// writes the diff alone.
func Text(w io.Writer, r *lint.Result, o Options) error {
	p := newPrinter(o.Color)
	p.links, p.width = o.Links, o.width()
	switch {
	case o.DryRun:
		p.diff(o.Diff, o.Color || o.Terminal)
	case o.Statistics:
		p.statistics(r)
		if !o.Quiet {
			p.summary(r, o)
		}
	case o.Quiet:
		for i := range r.Findings {
			p.headline(&r.Findings[i])
		}
	default:
		told := map[string]lint.Place{}
		copies, again := copiesOf(r.Findings)
		for i := range r.Findings {
			if again[i] {
				continue
			}
			if i > 0 {
				p.line()
			}
			p.finding(&r.Findings[i], told)
			p.sameIn(copies[i])
			if err := p.flushFull(w); err != nil {
				return err
			}
		}
		if len(r.Findings) > 0 {
			p.line()
		}
		p.summary(r, o)
	}
	return p.flush(w)
}

// Summary writes the end of the text format alone: what was not checked, which
// fixes were not applied, and the counts.
func Summary(w io.Writer, r *lint.Result, o Options) error {
	p := newPrinter(o.Color)
	p.width = o.width()
	p.summary(r, o)
	return p.flush(w)
}

// printer collects text in memory, to be written in large pieces.
type printer struct {
	bytes.Buffer
	*style

	below *printer // of the finding in hand, what stands below its snippet
	key   []byte   // of the finding in hand, what tells it from others

	links bool
	width int // of the terminal, 0 if there is none
}

// width is the width of the terminal, if lines can be fitted to it.
func (o Options) width() int {
	if o.Width < leastWidth {
		return 0
	}
	return o.Width
}

// most is how many columns of a line of a file are shown.
func (p *printer) most() int {
	if p.width == 0 {
		return lineColumns
	}
	return p.width - (fullWidth - lineColumns)
}

func newPrinter(on bool) *printer { return &printer{style: newStyle(on)} }

// line adds one line made of the parts.
func (p *printer) line(parts ...string) {
	for _, s := range parts {
		p.WriteString(s)
	}
	p.WriteByte('\n')
}

// flushFull writes what there is once it is much.
func (p *printer) flushFull(w io.Writer) error {
	const much = 64 << 10
	if p.Len() < much {
		return nil
	}
	return p.flush(w)
}

func (p *printer) flush(w io.Writer) error {
	_, err := p.WriteTo(w)
	return err
}

// finding writes one finding with all that belongs to it. What was told of another
// one in the same file is not told again.
func (p *printer) finding(f *lint.Finding, told map[string]lint.Place) {
	p.headline(f)
	if f.At.File != nil {
		p.snippet(newSnippet(f.At.File, f.At.Span, f.At.File.Position(f.At.Span.Start), p.most()), p.severity(f.Severity))
	}
	if p.below == nil {
		p.below = &printer{style: p.style, links: p.links, width: p.width}
	}
	more := p.below
	more.Reset()
	more.remarks(f)
	p.key = append(append(append(p.key[:0], ruleID(f)...), f.Msg...), more.Bytes()...)
	if first, again := told[string(p.key)]; again && first.File == f.At.File && f.At.File != nil && remarksOf(f) > 1 {
		line := first.File.Position(first.Span.Start).Line
		p.line(strings.Repeat(" ", gutter+1), p.dim.Sprint("notes and fix as on line "+strconv.Itoa(line)))
		return
	}
	told[string(p.key)] = f.At
	p.Write(more.Bytes())
}

// remarksOf is the number of remarks below a finding.
func remarksOf(f *lint.Finding) int {
	n := len(f.Notes)
	if f.Versions != "" {
		n++
	}
	if f.Fix != nil {
		n++
	}
	return n
}

// remarks writes the notes and the fix.
func (p *printer) remarks(f *lint.Finding) {
	for _, n := range f.Notes {
		msg := visible(n.Msg)
		if n.At.File != nil {
			msg += ": " + place(n.At)
		}
		p.remark(p.note, "note", msg)
	}
	if f.Versions != "" {
		p.remark(p.note, "note", "holds for "+visible(f.Versions))
	}
	if f.Fix != nil {
		p.fixLine(f.Fix)
	}
}

// headline writes the line that other programs look for.
func (p *printer) headline(f *lint.Finding) {
	at := ""
	if f.At.File != nil {
		at = p.path.Sprint(place(f.At)+":") + " "
	}
	p.folded(hanging, at, p.severity(f.Severity).Sprint(f.Severity.String()+":"), " ", visible(f.Msg), " ", p.dim.Sprint("["+p.ruleLink(visible(ruleID(f)))+"]"))
}

// ruleLink makes the name of a rule a link (OSC 8) where the terminal has such.
func (p *printer) ruleLink(id string) string {
	if !p.links || id == "" {
		return id
	}
	return "\x1b]8;;" + lint.RuleURL(id) + "\x1b\\" + id + "\x1b]8;;\x1b\\"
}

func (p *printer) snippet(s snippet, carets ink) {
	number := strconv.Itoa(s.line)
	number = repeat(" ", gutter-len(number)) + number
	gap := " "
	if s.text == "" {
		gap = ""
	}
	p.line(p.dim.Sprint(number+" |"), gap, s.text)
	p.line(p.dim.Sprint(repeat(" ", len(number))+" |"), repeat(" ", s.indent+1), carets.Sprint(repeat("^", s.carets)+s.tail))
}

// repeat is strings.Repeat for a few blanks and carets, of which every line has some;
// less than none is none.
func repeat(s string, n int) string {
	const (
		blanks = "                                                                                "
		carets = "^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
	)
	switch {
	case n <= 0:
		return ""
	case n > len(blanks):
	case s == " ":
		return blanks[:n]
	case s == "^":
		return carets[:n]
	}
	return strings.Repeat(s, n)
}

// remark writes an indented line below a finding.
func (p *printer) remark(c ink, label, msg string) {
	p.folded(gutter+1+len(label)+len(": "), repeat(" ", gutter+1), c.Sprint(label+":"), " ", msg)
}

// fixLine says what the fix does and how to get it. One that is only shown is
// shown in full, as there is no other way to get it.
func (p *printer) fixLine(f *lint.Fix) {
	how := f.Safety.String()
	switch f.Safety {
	case lint.Unsafe:
		how = "unsafe: apply with fix --unsafe"
	case lint.Shown:
		how = "shown only"
		if len(hunks(f)) == 0 {
			how = "to do by hand"
		}
	case lint.Safe, lint.NoFix:
	}
	p.remark(p.fix, "fix", visible(f.Title)+" ("+how+")")
	if f.Safety == lint.Shown {
		p.preview(f)
	}
}

// place writes where something is, in the form that editors turn into a link.
func place(at lint.Place) string {
	pos := at.File.Position(at.Span.Start)
	return visible(at.File.Path) + ":" + strconv.Itoa(pos.Line) + ":" + strconv.Itoa(pos.Column)
}
