package embed

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

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
func (s *shell) words(list []*syntax.Word) []phrase {
	out := make([]phrase, 0, len(list))
	for _, w := range list {
		out = append(out, s.word(w))
	}
	return out
}

// word returns what the shell makes of a word. Variables are not known, even
// where they could be told.
func (s *shell) word(w *syntax.Word) phrase {
	start, end := spanOf(s.in, w)
	if end > start && s.in.Text[end-1] == '\r' {
		end--
	}
	for _, p := range w.Parts {
		if l, ok := p.(*syntax.Lit); ok && braces(l.Value) {
			return unknown(s.in, start, end)
		}
	}
	p := s.parts(w.Parts, start, end, unquoted)
	if len(p) == 0 {
		p = phrase{{in: s.in, span: source.Span{Start: start, End: start}}} // "" is a word as well
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
func (s *shell) parts(parts []syntax.WordPart, start, end int, q quoting) phrase {
	var out phrase
	at := start
	for _, part := range parts {
		if _, ok := part.(*syntax.Lit); ok {
			continue // read as what lies between the others
		}
		a, b := spanOf(s.in, part)
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
			out = append(out, unknown(s.in, a, b)...)
		}
	}
	return append(out, s.raw(at, end, q)...)
}

// single reads a text in single quotes.
func (s *shell) single(p *syntax.SglQuoted, start, end int) phrase {
	if !p.Dollar {
		return literal(s.in, start+1, end-1)
	}
	text, ok := escapes(literal(s.in, start+2, end-1))
	if !ok {
		return unknown(s.in, start, end)
	}
	return text
}

// raw reads text without variables and the like.
func (s *shell) raw(start, end int, q quoting) phrase {
	var out phrase
	text := s.in.Text
	from := start
	lead := start == 0 || text[start-1] == '\n'
	for i := start; i < end; i++ {
		if q == heredocTabs && lead && text[i] == '\t' {
			out = append(out, literal(s.in, from, i)...)
			from = i + 1
			continue
		}
		lead = text[i] == '\n'
		if text[i] != '\\' || i+1 >= end || q != unquoted && !special(text[i+1], q) {
			continue
		}
		out = append(out, literal(s.in, from, i)...)
		i++
		from = i
		if text[i] == '\n' {
			from++ // the tabs behind it stay
		}
	}
	return append(out, literal(s.in, from, end)...)
}

// special reports whether a backslash takes the meaning off a character.
func special(c byte, q quoting) bool {
	return c == '$' || c == '`' || c == '\\' || c == '\n' || c == '"' && q == doubleQuoted
}

// escapes replaces backslash escapes as echo -e, printf and $'...' do; it is not
// ok if there are others than the most common ones.
func escapes(p phrase) (out phrase, ok bool) {
	text := p.String()
	from := 0
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		if i+1 == len(text) {
			return nil, false
		}
		out = append(out, p.slice(from, i)...)
		switch text[i+1] {
		case 'n':
			out = append(out, stuck("\n")...)
		case 't':
			out = append(out, stuck("\t")...)
		case '\\', '\'', '"':
			out = append(out, p.slice(i+1, i+2)...)
		default:
			return nil, false
		}
		i++
		from = i + 1
	}
	return append(out, p.slice(from, len(text))...), true
}

// redirect reads redirections: what a command gets as its standard input, and
// where its standard output goes, nil if that stays as it is.
func (s *shell) redirect(list []*syntax.Redirect, in *output) (to *target) {
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
				to = &target{}
			}
		case syntax.RdrIn:
			*in = output{}
		case syntax.WordHdoc:
			*in = output{text: append(s.word(r.Word), stuck("\n")...), enc: source.Encoding{Escape: bare}, ok: true}
		case syntax.Hdoc, syntax.DashHdoc:
			*in = s.heredoc(r)
		default: // of other descriptors, or for reading and writing
		}
	}
	return to
}

// heredoc returns the text of a here-document.
func (s *shell) heredoc(r *syntax.Redirect) output {
	start, end := heredocSpan(s.in, r)
	dash := r.Op == syntax.DashHdoc
	enc := source.Encoding{}
	if dash {
		enc.Prefix = leadingTabs(s.in.Text[start:end])
	}
	q := heredocBody
	if dash {
		q = heredocTabs
	}
	delimiter := s.in.Slice(source.Span{Start: int(r.Word.Pos().Offset()), End: int(r.Word.End().Offset())}) //nolint:gosec // offsets in the text
	if strings.ContainsAny(delimiter, `'"\`) {
		return output{text: verbatim(s.in, start, end, dash), enc: enc, ok: true, blank: true}
	}
	if body := strings.TrimRight(s.in.Text[start:end], "\r\n"); strings.HasSuffix(body, `\`) && !strings.HasSuffix(body, `\\`) {
		return output{} // the line with the delimiter may be part of the text
	}
	enc.Escape, enc.Lines = escapeHeredoc, true
	var parts []syntax.WordPart
	if r.Hdoc != nil {
		parts = r.Hdoc.Parts
	}
	return output{text: s.parts(parts, start, end, q), enc: enc, ok: true, blank: true}
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

// verbatim returns the body of a here-document in which nothing is replaced.
func verbatim(in *source.File, start, end int, tabs bool) phrase {
	if !tabs {
		return literal(in, start, end)
	}
	var out phrase
	for line := range strings.Lines(in.Text[start:end]) {
		body := strings.TrimLeft(line, "\t")
		out = append(out, literal(in, start+len(line)-len(body), start+len(line))...)
		start += len(line)
	}
	return out
}

// leadingTabs returns the tabs that the first line with something on it has in
// front.
func leadingTabs(text string) string {
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
func (s *shell) heredocStep(st *syntax.Stmt, world string) {
	for _, r := range st.Redirs {
		if r.Op != syntax.Hdoc && r.Op != syntax.DashHdoc {
			continue
		}
		start, end := heredocSpan(s.in, r)
		body := verbatim(s.in, start, end, r.Op == syntax.DashHdoc)
		if text := body.String(); strings.HasPrefix(text, "#!") && shebang(text) == "" {
			continue // of another language
		}
		sub := *s
		sub.strict, sub.base = false, source.Encoding{}
		if r.Op == syntax.DashHdoc {
			sub.base.Prefix = leadingTabs(s.in.Text[start:end])
		}
		sub.nested(body, world, output{}, source.Encoding{})
	}
}
