package ruby

import (
	"strings"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
)

// heredoc reads "<<~EOF" and its kin. Its body comes behind the line.
func (l *rubyLexer) heredoc(start int) bool {
	rest := l.text[start:]
	if !strings.HasPrefix(rest, "<<") {
		return false
	}
	rest = rest[2:]
	dash := rest != "" && (rest[0] == '-' || rest[0] == '~')
	squiggly := dash && rest[0] == '~'
	if dash {
		rest = rest[1:]
	}
	quote := byte(0)
	if rest != "" && (rest[0] == '\'' || rest[0] == '"') {
		quote, rest = rest[0], rest[1:]
	}
	n := 0
	for n < len(rest) && carrier.IsNameByte(rest[n]) {
		n++
	}
	name := rest[:n]
	rest = rest[n:]
	switch {
	case name == "" || '0' <= name[0] && name[0] <= '9':
		return false
	case quote != 0:
		if rest == "" || rest[0] != quote {
			return false
		}
		rest = rest[1:]
	case !dash && strings.ToUpper(name) != name:
		return false // "list <<item"
	}
	l.at = len(l.text) - len(rest)
	t := l.add(rubyString, start)
	t.heredoc, t.escapes = true, quote != '\''
	if squiggly {
		t.strip = "~"
	}
	l.pending = append(l.pending, len(l.tokens)-1)
	l.ends = append(l.ends, heredocEnd{name, dash})
	return true
}

// heredocEnd is what ends a here-document.
type heredocEnd struct {
	name string
	dash bool // blanks may stand in front
}

// bodies reads the bodies of the here-documents that began on the line.
func (l *rubyLexer) bodies() {
	for i, index := range l.pending {
		t := &l.tokens[index]
		t.body.Start = l.at
		end := l.ends[i]
		for {
			if l.at >= len(l.text) {
				l.bad = true
				return
			}
			from := l.at
			l.toLineEnd()
			line := strings.TrimRight(l.text[from:l.at], "\r")
			l.at = min(l.at+1, len(l.text))
			if line == end.name || end.dash && strings.TrimLeft(line, " \t") == end.name {
				t.body.End = from
				break
			}
		}
		if t.strip != "" {
			t.strip = commonIndent(l.text[t.body.Start:t.body.End])
		}
	}
	l.pending, l.ends = nil, nil
}

// commonIndent returns the blanks that all lines with something on them begin
// with.
func commonIndent(text string) string {
	indent, first := "", true
	for line := range strings.Lines(text) {
		body := strings.TrimLeft(line, " \t")
		if strings.TrimSpace(body) == "" {
			continue
		}
		own := line[:len(line)-len(body)]
		if first {
			indent, first = own, false
		}
		for !strings.HasPrefix(own, indent) {
			indent = indent[:len(indent)-1]
		}
	}
	return indent
}

// rubyText returns what a string is, and how its lines are written.
func rubyText(in *source.File, t rubyToken) (carrier.Phrase, source.Encoding) {
	enc := source.Encoding{Escape: carrier.Bare}
	if t.heredoc {
		enc = source.Encoding{Prefix: t.strip}
		if t.escapes {
			enc.Escape, enc.Lines = escapeRuby, true
		}
	}
	var out carrier.Phrase
	start := t.body.Start
	for line := range strings.Lines(in.Slice(t.body)) {
		end := start + len(line)
		from := start
		from += carrier.Dedent(line, t.strip)
		out = append(out, rubyLine(in, t, from, end)...)
		start = end
	}
	return out, enc
}

// escapeRuby writes text into a here-document with escapes.
func escapeRuby(text string) (string, bool) {
	return strings.NewReplacer(`\`, `\\`, "#{", `\#{`).Replace(text), true
}

// rubyLine reads a line of a string.
func rubyLine(in *source.File, t rubyToken, start, end int) carrier.Phrase {
	text := in.Text
	var out carrier.Phrase
	from := start
	single := !t.heredoc && t.span.Start < len(text) && text[t.span.Start] == '\''
	for i := start; i < end; i++ {
		switch {
		case !t.escapes:
		case text[i] == '#' && i+1 < end && text[i+1] == '{' && !single:
			close := strings.IndexByte(text[i:end], '}')
			if close < 0 {
				return append(append(out, carrier.Literal(in, from, i)...), carrier.Unknown(in, i, end)...)
			}
			out = append(append(out, carrier.Literal(in, from, i)...), carrier.Unknown(in, i, i+close+1)...)
			from = i + close + 1
			i = from - 1
		case text[i] == '\\' && i+1 < end:
			out = append(out, carrier.Literal(in, from, i)...)
			from = i + 1
			switch c := text[i+1]; {
			case single && c != '\\' && c != '\'':
				from = i // the backslash stays
			case single:
			case c == 'n':
				out = append(out, carrier.Glue("\n")...)
				from++
			case c == 't':
				out = append(out, carrier.Glue("\t")...)
				from++
			case c == '\n':
				from++
			case carrier.IsNameByte(c):
				out = append(out, carrier.Unknown(in, i, i+2)...)
				from++
			}
			i++
		}
	}
	return append(out, carrier.Literal(in, from, end)...)
}
