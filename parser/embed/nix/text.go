package nix

import (
	"strings"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
)

// nixText returns what a string is, and how its lines are written.
func nixText(in *source.File, t nixToken) (carrier.Phrase, source.Encoding) {
	if t.kind == nixString {
		return nixPieces(in, t, t.span.Start+1, t.span.End-1), source.Encoding{Escape: carrier.Without("\"\\$")}
	}
	return nixIndented(in, t)
}

// nixIndented reads a string between two pairs of quotes. Nix takes off the first
// line if it is blank, the blanks of the last one, and of all lines the spaces
// that each of them has in front; lines of spaces alone do not count.
func nixIndented(in *source.File, t nixToken) (carrier.Phrase, source.Encoding) {
	start, end := t.span.Start+2, t.span.End-2
	text := in.Text[start:end]
	if i := strings.IndexByte(text, '\n'); i >= 0 && strings.Trim(text[:i], " \r") == "" {
		start += i + 1
		text = text[i+1:]
	}
	// The lines of code within the string are not lines of the text.
	var lines []source.Span
	for line := range strings.Lines(text) {
		span := source.Span{Start: start, End: start + len(line)}
		start = span.End
		if n := len(lines); n > 0 && inCode(t, span.Start) {
			lines[n-1].End = span.End
			continue
		}
		lines = append(lines, span)
	}
	indent := -1
	for _, l := range lines {
		line := in.Slice(l)
		own := len(line) - len(strings.TrimLeft(line, " "))
		if strings.Trim(line, " \r\n") != "" && (indent < 0 || own < indent) {
			indent = own
		}
	}
	indent = max(indent, 0)
	var out carrier.Phrase
	for i, l := range lines {
		line := in.Slice(l)
		own := len(line) - len(strings.TrimLeft(line, " "))
		if i == len(lines)-1 && strings.Trim(line, " ") == "" {
			break
		}
		out = append(out, nixPieces(in, t, l.Start+min(own, indent), l.End)...)
	}
	return out, source.Encoding{Prefix: strings.Repeat(" ", indent), Escape: escapeNix, Lines: true}
}

// inCode reports whether an offset lies inside of "${...}".
func inCode(t nixToken, at int) bool {
	for _, c := range t.code {
		if c.Start < at && at < c.End {
			return true
		}
	}
	return false
}

// escapeNix writes text into a string between two pairs of quotes.
func escapeNix(text string) (string, bool) {
	return strings.NewReplacer("''", "'''", "${", "''${").Replace(text), true
}

// nixPieces reads a stretch of a string with its escapes and code.
func nixPieces(in *source.File, t nixToken, start, end int) carrier.Phrase {
	var out carrier.Phrase
	text := in.Text
	from := start
	for i := start; i < end; {
		step, put := nixStep(in, t, i, end)
		if step == 0 {
			i++
			continue
		}
		out = append(append(out, carrier.Literal(in, from, i)...), put...)
		i += step
		from = i
	}
	if from > len(text) {
		return out
	}
	return append(out, carrier.Literal(in, from, end)...)
}

// nixStep returns what stands at an offset if it does not stand for itself, and
// its length.
func nixStep(in *source.File, t nixToken, at, end int) (step int, put carrier.Phrase) {
	rest := in.Text[at:end]
	if rest[0] == '$' {
		for _, c := range t.code {
			if c.Start == at {
				return c.Len(), carrier.Unknown(in, c.Start, c.End)
			}
		}
		return 0, nil
	}
	if t.kind == nixString {
		if rest[0] != '\\' || len(rest) < 2 {
			return 0, nil
		}
		return 2, nixEscape(in, at+1)
	}
	switch {
	case strings.HasPrefix(rest, "'''"):
		return 3, carrier.Literal(in, at, at+2)
	case strings.HasPrefix(rest, "''$"):
		return 3, carrier.Literal(in, at+2, at+3)
	case strings.HasPrefix(rest, `''\`) && len(rest) > 3:
		return 4, nixEscape(in, at+3)
	}
	return 0, nil
}

// nixEscape returns what a character behind a backslash stands for.
func nixEscape(in *source.File, at int) carrier.Phrase {
	switch in.Text[at] {
	case 'n':
		return carrier.Glue("\n")
	case 't':
		return carrier.Glue("\t")
	case 'r':
		return carrier.Glue("\r")
	}
	return carrier.Literal(in, at, at+1)
}
