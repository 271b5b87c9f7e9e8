package yaml

import (
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/parser/embed/carrier"
)

// quoted reads a scalar in quotes, the first of which is at an offset.
func (d *yamlDoc) quoted(at int, quote byte) (p carrier.Phrase, ok bool) {
	if at >= d.end || d.text[at] != quote {
		return nil, false
	}
	at++
	from := at
	flush := func(next int) {
		p = append(p, carrier.Literal(d.in, from, at)...)
		from, at = next, next
	}
	for at < d.end {
		c := d.text[at]
		switch {
		case c == quote && quote == '\'' && at+1 < d.end && d.text[at+1] == '\'':
			flush(at + 1) // the second one stands for itself
			at++
		case c == quote:
			flush(at)
			return p, true
		case c == '\\' && quote == '"':
			escaped, next := d.escape(at)
			if next < 0 {
				return nil, false
			}
			flush(next)
			p = append(p, escaped...)
		case yamlBlank(d.text, at):
			if folded, next := d.fold(at); next > at {
				flush(next)
				p = append(p, folded...)
				continue
			}
			at++
		default:
			at++
		}
	}
	return nil, false
}

// fold reads a line end, blanks around it and further line ends, and returns what
// they become: a blank, or one line end less. next is the same offset if there is
// no line end.
func (d *yamlDoc) fold(at int) (p carrier.Phrase, next int) {
	i := at
	for i < d.end && (d.text[i] == ' ' || d.text[i] == '\t') {
		i++
	}
	n, i := d.breaks(i)
	switch n {
	case 0:
		return nil, at
	case 1:
		return carrier.Glue(" "), i
	}
	return carrier.Glue(strings.Repeat("\n", n-1)), i
}

// breaks counts line ends, between which blanks may stand, and returns the offset
// behind them and the blanks that follow.
func (d *yamlDoc) breaks(at int) (n, next int) {
	for at < d.end {
		size := yamlBreak(d.text, at)
		switch {
		case size > 0:
			n++
			at += size
		case n > 0 && (d.text[at] == ' ' || d.text[at] == '\t'):
			at++
		default:
			return n, at
		}
	}
	return n, at
}

// yamlEscapes are the escapes in double quotes that stand for one character other
// than themselves.
var yamlEscapes = map[byte]string{
	'0': "\x00", 'a': "\a", 'b': "\b", 't': "\t", 'n': "\n", 'v': "\v", 'f': "\f", 'r': "\r", 'e': "\x1b",
	'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029",
}

// escape reads the escape that begins at an offset; next is negative if it is
// none.
func (d *yamlDoc) escape(at int) (p carrier.Phrase, next int) {
	if at+1 >= d.end {
		return nil, -1
	}
	if n, next := d.breaks(at + 1); n > 0 {
		return carrier.Glue(strings.Repeat("\n", n-1)), next
	}
	var digits int
	switch c := d.text[at+1]; c {
	case '"', '\\', ' ', '\'', '\t':
		return carrier.Literal(d.in, at+1, at+2), at + 2
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	default:
		s, ok := yamlEscapes[c]
		if !ok {
			return nil, -1
		}
		return carrier.Glue(s), at + 2
	}
	next = at + 2 + digits
	if next > d.end {
		return nil, -1
	}
	code, err := strconv.ParseInt(d.text[at+2:next], 16, 32)
	if err != nil {
		return nil, -1
	}
	return carrier.Glue(string(rune(code))), next
}

// plain reads a scalar without quotes, by what the library made of it.
func (d *yamlDoc) plain(value string, at int) (p carrier.Phrase, ok bool) {
	from := at
	for i := 0; i < len(value); {
		if at < d.end && yamlBlank(d.text, at) {
			if folded, next := d.fold(at); next > at {
				p = append(p, carrier.Literal(d.in, from, at)...)
				p = append(p, folded...)
				i += len(folded.String())
				at, from = next, next
				continue
			}
		}
		if at >= d.end || d.text[at] != value[i] {
			return nil, false
		}
		at++
		i++
	}
	return append(p, carrier.Literal(d.in, from, at)...), true
}

// escapeYAMLSingle writes text in single quotes.
func escapeYAMLSingle(text string) (string, bool) {
	return strings.ReplaceAll(text, "'", "''"), isPrintable(text)
}

// escapeYAMLDouble writes text in double quotes.
func escapeYAMLDouble(text string) (string, bool) {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text), isPrintable(text)
}

// isPrintable reports whether a text has no control characters.
func isPrintable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}
