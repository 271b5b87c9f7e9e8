package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
)

// text returns what a string is, with what stands for expressions not known, and how
// it is written. It is not ok unless the rest is just what the library makes of it.
func (r *reader) text(expr hclsyntax.Expression) (carrier.Phrase, source.Encoding, bool) {
	t, ok := expr.(*hclsyntax.TemplateExpr)
	if !ok {
		return nil, source.Encoding{}, false
	}
	rng := t.Range()
	raw := r.in.Text[rng.Start.Byte:min(rng.End.Byte, len(r.in.Text))]
	s := stringReader{in: r.in, start: rng.Start.Byte + 1, end: rng.Start.Byte + len(raw) - 1}
	enc := source.Encoding{Escape: carrier.Without("\"\\$%\n")}
	if strings.HasPrefix(raw, "<<") {
		if !s.heredoc(raw, rng.Start.Byte) {
			return nil, enc, false
		}
		enc = source.Encoding{Prefix: s.indent, Escape: escapeTemplate, Lines: true}
	}
	var out carrier.Phrase
	var want strings.Builder
	at := s.start
	for i, part := range t.Parts {
		literal, ok := part.(*hclsyntax.LiteralValueExpr)
		if ok && literal.Val.Type() == cty.String {
			start, end := literal.SrcRange.Start.Byte, literal.SrcRange.End.Byte
			if start < at || end > s.end {
				return nil, enc, false
			}
			want.WriteString(literal.Val.AsString())
			out = append(out, s.literal(max(at, start), end)...)
			at = end
			continue
		}
		next := s.end
		if i+1 < len(t.Parts) {
			if following, ok := t.Parts[i+1].(*hclsyntax.LiteralValueExpr); ok {
				next = following.SrcRange.Start.Byte
			} else {
				next = part.Range().End.Byte
			}
		}
		if next < at || next > s.end {
			return nil, enc, false
		}
		out = append(out, carrier.Unknown(r.in, at, next)...)
		at = next
	}
	got := strings.ReplaceAll(out.String(), string(source.Unknown), "")
	return out, enc, got == strings.ReplaceAll(want.String(), "\r\n", "\n")
}

// stringReader reads the bytes of a string.
type stringReader struct {
	in         *source.File
	start, end int
	isHeredoc  bool
	indent     string
}

// heredoc finds the body of a here-document.
func (s *stringReader) heredoc(raw string, at int) bool {
	head, _, ok := strings.Cut(raw, "\n")
	if !ok {
		return false
	}
	s.isHeredoc = true
	s.start = at + len(head) + 1
	body := strings.TrimRight(raw, "\r\n")
	s.end = at + strings.LastIndexByte(body, '\n') + 1
	if s.end < s.start {
		return false
	}
	if strings.HasPrefix(head, "<<-") {
		first := true
		for line := range strings.Lines(s.in.Text[s.start:s.end]) {
			blanks := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
			if strings.TrimSpace(line) == "" {
				continue
			}
			if first || len(blanks) < len(s.indent) {
				s.indent, first = blanks, false
			}
		}
	}
	return true
}

// literal reads a stretch without expressions.
func (s *stringReader) literal(start, end int) carrier.Phrase {
	var out carrier.Phrase
	text := s.in.Text
	from := start
	flush := func(to, next int) {
		out = append(out, carrier.Literal(s.in, from, to)...)
		from = next
	}
	for i := start; i < end; i++ {
		switch {
		case s.isHeredoc && (i == s.start || text[i-1] == '\n') && s.indent != "":
			n := carrier.Dedent(text[i:end], s.indent)
			flush(i, i+n)
			if n > 0 {
				i += n - 1
			}
		case (strings.HasPrefix(text[i:end], "$${") || strings.HasPrefix(text[i:end], "%%{")):
			flush(i, i+1)
			i += 2
		case text[i] == '\\' && !s.isHeredoc && i+1 < end:
			switch text[i+1] {
			case 'n':
				flush(i, i+2)
				out = append(out, carrier.Glue("\n")...)
			case 't':
				flush(i, i+2)
				out = append(out, carrier.Glue("\t")...)
			case 'r':
				flush(i, i+2)
				out = append(out, carrier.Glue("\r")...)
			default:
				flush(i, i+1)
			}
			i++
		}
	}
	flush(end, end)
	return out
}

// escapeTemplate writes text into a here-document.
func escapeTemplate(text string) (string, bool) {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(text), true
}
