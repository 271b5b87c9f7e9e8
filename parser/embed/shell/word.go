package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
)

// quoting is how a shell reads a stretch of text.
type quoting uint8

const (
	unquoted quoting = iota
	doubleQuoted
	heredocBody
	heredocTabs // whose leading tabs are taken off
)

// words returns the words of a command.
func (s *Reader) words(list []*syntax.Word) []carrier.Phrase {
	out := make([]carrier.Phrase, 0, len(list))
	for _, w := range list {
		out = append(out, s.word(w))
	}
	return out
}

// word returns what the shell makes of a word. Variables are not known, even
// where they could be told.
func (s *Reader) word(w *syntax.Word) carrier.Phrase {
	start, end := spanOf(s.In, w)
	if end > start && s.In.Text[end-1] == '\r' {
		end--
	}
	for _, p := range w.Parts {
		if l, ok := p.(*syntax.Lit); ok && braces(l.Value) {
			return carrier.Unknown(s.In, start, end)
		}
	}
	p := s.parts(w.Parts, start, end, unquoted)
	if len(p) == 0 {
		p = carrier.Phrase{{In: s.In, Span: source.Span{Start: start, End: start}}} // "" is a word as well
	}
	return p
}

// braces reports whether bash may make several words of one.
func braces(text string) bool {
	_, rest, ok := strings.Cut(text, "{")
	inside, _, closed := strings.Cut(rest, "}")
	return ok && closed && (strings.Contains(inside, ",") || strings.Contains(inside, ".."))
}

// spanOf returns the offsets of a node, which lie inside the text.
func spanOf(in *source.File, n syntax.Node) (start, end int) {
	size := len(in.Text)
	start = min(int(n.Pos().Offset()), size) //nolint:gosec // an offset in a text that is in memory
	end = min(int(n.End().Offset()), size)   //nolint:gosec // the same
	return start, max(start, end)
}

// parts returns what the shell makes of the text between two offsets, in which
// the parts stand that a word has.
func (s *Reader) parts(parts []syntax.WordPart, start, end int, q quoting) carrier.Phrase {
	var out carrier.Phrase
	at := start
	for _, part := range parts {
		if _, ok := part.(*syntax.Lit); ok {
			continue // read as what lies between the others
		}
		a, b := spanOf(s.In, part)
		if a < at || b > end {
			continue
		}
		out = append(out, s.raw(at, a, q)...)
		at = b
		switch p := part.(type) {
		case *syntax.SglQuoted:
			out = append(out, s.single(p, a, b)...)
		case *syntax.DblQuoted:
			if p.Dollar {
				a++
			}
			out = append(out, s.parts(p.Parts, a+1, b-1, doubleQuoted)...)
		default:
			value, ok := s.variable(part, q)
			if !ok {
				value = carrier.Unknown(s.In, a, b)
			}
			out = append(out, value...)
		}
	}
	return append(out, s.raw(at, end, q)...)
}

// single reads a text in single quotes.
func (s *Reader) single(p *syntax.SglQuoted, start, end int) carrier.Phrase {
	if !p.Dollar {
		return carrier.Literal(s.In, start+1, end-1)
	}
	text, ok := Escapes(carrier.Literal(s.In, start+2, end-1))
	if !ok {
		return carrier.Unknown(s.In, start, end)
	}
	return text
}

// raw reads text without variables and the like.
func (s *Reader) raw(start, end int, q quoting) carrier.Phrase {
	var out carrier.Phrase
	text := s.In.Text
	from := start
	lead := start == 0 || text[start-1] == '\n'
	for i := start; i < end; i++ {
		if q == heredocTabs && lead && text[i] == '\t' {
			out = append(out, carrier.Literal(s.In, from, i)...)
			from = i + 1
			continue
		}
		lead = text[i] == '\n'
		if text[i] != '\\' || i+1 >= end || q != unquoted && !special(text[i+1], q) {
			continue
		}
		out = append(out, carrier.Literal(s.In, from, i)...)
		i++
		from = i
		if text[i] == '\n' {
			from++ // the tabs behind it stay
		}
	}
	return append(out, carrier.Literal(s.In, from, end)...)
}

// special reports whether a backslash takes the meaning off a character.
func special(c byte, q quoting) bool {
	return c == '$' || c == '`' || c == '\\' || c == '\n' || c == '"' && q == doubleQuoted
}

// Escapes replaces backslash escapes as echo -e, printf and $'...' do; it is not
// ok if there are others than the most common ones.
func Escapes(p carrier.Phrase) (out carrier.Phrase, ok bool) {
	text := p.String()
	cut := p.Cutter()
	from := 0
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		if i+1 == len(text) {
			return nil, false
		}
		out = append(out, cut.Slice(from, i)...)
		switch text[i+1] {
		case 'n':
			out = append(out, carrier.Glue("\n")...)
		case 't':
			out = append(out, carrier.Glue("\t")...)
		case '\\', '\'', '"':
			out = append(out, cut.Slice(i+1, i+2)...)
		default:
			return nil, false
		}
		i++
		from = i + 1
	}
	return append(out, cut.Slice(from, len(text))...), true
}

// redirect reads redirections: what a command gets as its standard input, and
// where its standard output goes, nil if that stays as it is.
func (s *Reader) redirect(list []*syntax.Redirect, in *Output) (to *Target) {
	for _, r := range list {
		n := ""
		if r.N != nil {
			n = r.N.Value
		}
		switch r.Op {
		case syntax.RdrOut, syntax.RdrClob, syntax.AppOut:
			if n == "" || n == "1" {
				to = s.target(s.word(r.Word), r.Op == syntax.AppOut)
			}
		case syntax.RdrAll, syntax.AppAll:
			to = s.target(s.word(r.Word), r.Op == syntax.AppAll)
		case syntax.DplOut:
			if n == "" || n == "1" {
				to = &Target{}
			}
		case syntax.RdrIn:
			*in = Output{}
		case syntax.WordHdoc:
			*in = Output{Text: append(s.word(r.Word), carrier.Glue("\n")...), Enc: source.Encoding{Escape: carrier.Bare}, OK: true}
		case syntax.Hdoc, syntax.DashHdoc:
			*in = s.heredoc(r)
		default: // of other descriptors, or for reading and writing
		}
	}
	return to
}

// heredoc returns the text of a here-document.
func (s *Reader) heredoc(r *syntax.Redirect) Output {
	start, end := heredocSpan(s.In, r)
	dash := r.Op == syntax.DashHdoc
	enc := source.Encoding{}
	if dash {
		enc.Prefix = LeadingTabs(s.In.Text[start:end])
	}
	q := heredocBody
	if dash {
		q = heredocTabs
	}
	delimiter := s.In.Slice(source.Span{Start: int(r.Word.Pos().Offset()), End: int(r.Word.End().Offset())}) //nolint:gosec // offsets in the text
	if strings.ContainsAny(delimiter, `'"\`) {
		return Output{Text: Verbatim(s.In, start, end, dash), Enc: enc, OK: true, Blank: true}
	}
	if body := strings.TrimRight(s.In.Text[start:end], "\r\n"); strings.HasSuffix(body, `\`) && !strings.HasSuffix(body, `\\`) {
		return Output{} // the line with the delimiter may be part of the text
	}
	enc.Escape, enc.Lines = escapeHeredoc, true
	var parts []syntax.WordPart
	if r.Hdoc != nil {
		parts = r.Hdoc.Parts
	}
	return Output{Text: s.parts(parts, start, end, q), Enc: enc, OK: true, Blank: true}
}

// heredocSpan returns where the body of a here-document stands: up to the line
// with the delimiter, which the parser counts in.
func heredocSpan(in *source.File, r *syntax.Redirect) (start, end int) {
	if r.Hdoc == nil {
		return 0, 0
	}
	start, end = spanOf(in, r.Hdoc)
	return start, start + strings.LastIndexByte(in.Text[start:end], '\n') + 1
}

// Verbatim returns the body of a here-document in which nothing is replaced.
func Verbatim(in *source.File, start, end int, tabs bool) carrier.Phrase {
	if !tabs {
		return carrier.Literal(in, start, end)
	}
	var out carrier.Phrase
	for line := range strings.Lines(in.Text[start:end]) {
		body := strings.TrimLeft(line, "\t")
		out = append(out, carrier.Literal(in, start+len(line)-len(body), start+len(line))...)
		start += len(line)
	}
	return out
}

// LeadingTabs returns the tabs that the first line with something on it has in
// front.
func LeadingTabs(text string) string {
	for line := range strings.Lines(text) {
		if body := strings.TrimLeft(line, "\t"); strings.TrimSpace(body) != "" {
			return line[:len(line)-len(body)]
		}
	}
	return ""
}

// escapeHeredoc writes text into a here-document in which the shell replaces
// variables.
func escapeHeredoc(text string) (string, bool) {
	return strings.NewReplacer(`\`, `\\`, "$", `\$`, "`", "\\`").Replace(text), true
}

// heredocStep runs a here-document as a script of its own, as Docker does if
// nothing else stands in the step.
func (s *Reader) heredocStep(st *syntax.Stmt, world string) {
	for _, r := range st.Redirs {
		if r.Op != syntax.Hdoc && r.Op != syntax.DashHdoc {
			continue
		}
		start, end := heredocSpan(s.In, r)
		body := Verbatim(s.In, start, end, r.Op == syntax.DashHdoc)
		if text := body.String(); strings.HasPrefix(text, "#!") && Shebang(text) == "" {
			continue // of another language
		}
		sub := *s
		sub.Strict, sub.Base = false, source.Encoding{}
		if r.Op == syntax.DashHdoc {
			sub.Base.Prefix = LeadingTabs(s.In.Text[start:end])
		}
		sub.Nested(body, world, Output{}, source.Encoding{})
	}
}
