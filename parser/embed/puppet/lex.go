package puppet

import (
	"strings"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// puppetKind says what a token of Puppet is.
type puppetKind uint8

const (
	puppetNone     puppetKind = iota
	puppetWord                // a name, a type or a keyword, "a::b"
	puppetVariable            // "$a"
	puppetNumber              //
	puppetSingle              // '...'
	puppetDouble              // "..."
	puppetHeredoc             // @(EOT)
	puppetRegex               // /.../
	puppetOperate             // an operator or a bracket
)

// puppetToken is one token.
type puppetToken struct {
	kind puppetKind
	span source.Span
	text string
	// body is the text of a here-document, whose lines begin with margin; chomp
	// says that it ends without a line end, replaces that variables are replaced,
	// and flags which escapes there are.
	body            source.Span
	margin, flags   string
	chomp, replaces bool
	end             string
}

// is reports whether a token is this word or operator.
func (t puppetToken) is(text string) bool {
	return (t.kind == puppetWord || t.kind == puppetOperate) && t.text == text
}

// puppetLexer cuts a manifest into tokens.
type puppetLexer struct {
	text    string
	at      int
	tokens  []puppetToken
	pending []int // here-documents whose bodies come behind the line
	bad     bool
}

var (
	puppetHeredocForm = lazyre.New(`^@\([ \t]*("?)([^)/":\n]+?)"?[ \t]*(?::[^)/\n]*)?(/[nrtsuL$\\]*)?[ \t]*\)`)
	puppetEndForm     = lazyre.New(`^([ \t]*)(\|?)[ \t]*(-?)[ \t]*(.*?)[ \t\r]*$`)
	puppetOperators   = []string{"=>", "+>", "->", "~>", "<-", "<~", "<<|", "|>>", "<|", "|>", "==", "!=", "=~", "!~", "<=", ">=", "<<", ">>", "@@"}
)

// puppetName returns the length of a name at the beginning of a text, "a::b" or
// "::a"; 0 if there is none.
func puppetName(text string) int {
	n := 0
	if strings.HasPrefix(text, "::") {
		n = 2
	}
	m := carrier.NameLength(text[n:], "_")
	if m == 0 {
		return 0
	}
	for n += m; strings.HasPrefix(text[n:], "::"); n += 2 + m {
		if m = carrier.NameLength(text[n+2:], "_"); m == 0 {
			break
		}
	}
	return n
}

// puppetVariableLength returns the length of "$name" at the beginning of a text.
func puppetVariableLength(text string) int {
	if text == "" || text[0] != '$' {
		return 0
	}
	if n := puppetName(text[1:]); n > 0 {
		return n + 1
	}
	return 0
}

// puppetTokens returns the tokens of a manifest; not ok if it cannot be read.
func puppetTokens(text string) (tokens []puppetToken, ok bool) {
	l := &puppetLexer{text: text}
	for l.at < len(text) && !l.bad {
		l.next()
	}
	return l.tokens, !l.bad && len(l.pending) == 0
}

func (l *puppetLexer) add(k puppetKind, length int) *puppetToken {
	start := l.at
	l.at = min(l.at+length, len(l.text))
	l.tokens = append(l.tokens, puppetToken{kind: k, span: source.Span{Start: start, End: l.at}, text: l.text[start:l.at]})
	return &l.tokens[len(l.tokens)-1]
}

func (l *puppetLexer) next() {
	rest := l.text[l.at:]
	switch c := rest[0]; {
	case c == '\n':
		l.at++
		l.bodies()
	case carrier.IsBlank(c) || c == '\r':
		l.at++
	case c == '#':
		i := strings.IndexByte(rest, '\n')
		if i < 0 {
			i = len(rest)
		}
		l.at += i
	case strings.HasPrefix(rest, "/*"):
		i := strings.Index(rest, "*/")
		if i < 0 {
			l.bad = true
			return
		}
		l.at += i + 2
	case c == '\'':
		l.add(puppetSingle, l.quoted(c))
	case c == '"':
		l.add(puppetDouble, l.quoted(c))
	case c == '/' && l.regexBegins():
		l.add(puppetRegex, l.quoted(c))
	case c == '@' && l.heredoc(rest):
	default:
		l.plain(rest)
	}
}

// plain reads a name, a number or an operator.
func (l *puppetLexer) plain(rest string) {
	switch n := puppetName(rest); {
	case puppetVariableLength(rest) > 0:
		l.add(puppetVariable, puppetVariableLength(rest))
		return
	case '0' <= rest[0] && rest[0] <= '9':
		l.add(puppetNumber, carrier.NameLength(rest, "_."))
		return
	case n > 0:
		l.add(puppetWord, n)
		return
	}
	for _, op := range puppetOperators {
		if strings.HasPrefix(rest, op) {
			l.add(puppetOperate, len(op))
			return
		}
	}
	l.add(puppetOperate, 1)
}

// quoted returns the length of what stands in quotes.
func (l *puppetLexer) quoted(quote byte) int {
	for i := l.at + 1; i < len(l.text); i++ {
		switch l.text[i] {
		case '\\':
			i++
		case quote:
			return i + 1 - l.at
		case '\n':
			if quote == '/' {
				l.bad = true
				return 1
			}
		case '$':
			if quote == '"' && strings.HasPrefix(l.text[i:], "${") {
				n := braced(l.text[i+1:])
				if n < 0 {
					l.bad = true
					return 1
				}
				i += n
			}
		}
	}
	l.bad = true
	return 1
}

// braced returns the length of what stands in braces at the beginning of a text,
// -1 if they are not closed.
func braced(text string) int {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// regexBegins reports whether a "/" begins a regular expression.
func (l *puppetLexer) regexBegins() bool {
	if len(l.tokens) == 0 {
		return true
	}
	switch t := l.tokens[len(l.tokens)-1]; t.kind {
	case puppetOperate:
		return t.text != ")" && t.text != "]" && t.text != "}"
	case puppetWord:
		return t.text == "node" || t.text == "if" || t.text == "and" || t.text == "or" || t.text == "in"
	default:
		return false
	}
}

// heredoc reads "@(EOT)".
func (l *puppetLexer) heredoc(rest string) bool {
	line, _, _ := strings.Cut(rest, "\n")
	m := puppetHeredocForm.FindStringSubmatch(line)
	if m == nil {
		return false
	}
	t := l.add(puppetHeredoc, len(m[0]))
	t.replaces, t.flags, t.end = m[1] != "", m[3], strings.TrimSpace(m[2])
	l.pending = append(l.pending, len(l.tokens)-1)
	return true
}

// bodies reads the here-documents that began on the line.
func (l *puppetLexer) bodies() {
	for _, index := range l.pending {
		t := &l.tokens[index]
		t.body.Start = l.at
		for {
			if l.at >= len(l.text) {
				l.bad = true
				return
			}
			from := l.at
			line, _, _ := strings.Cut(l.text[from:], "\n")
			l.at = min(from+len(line)+1, len(l.text))
			m := puppetEndForm.FindStringSubmatch(line)
			if m == nil || m[4] != t.end {
				continue
			}
			t.body.End, t.chomp = from, m[3] != ""
			if m[2] != "" {
				t.margin = m[1]
			}
			break
		}
	}
	l.pending = nil
}

// puppetText returns what a string is, and how its lines are written.
func puppetText(in *source.File, t puppetToken) (carrier.Phrase, source.Encoding) {
	switch t.kind {
	case puppetSingle:
		return puppetPieces(in, t.span.Start+1, t.span.End-1, `\'`, false), source.Encoding{Escape: carrier.Without(`\'`), Lines: true}
	case puppetDouble:
		return puppetPieces(in, t.span.Start+1, t.span.End-1, "", true), source.Encoding{Escape: carrier.Without("\"\\$"), Lines: true}
	default:
		return puppetHeredocText(in, t)
	}
}

// puppetHeredocText is puppetText for here-documents.
func puppetHeredocText(in *source.File, t puppetToken) (carrier.Phrase, source.Encoding) {
	enc := source.Encoding{Prefix: t.margin}
	escapes := ""
	if t.flags != "" {
		escapes = t.flags[1:] + `\`
		if t.flags == "/" {
			escapes = ""
		}
	}
	if t.replaces || t.flags != "" {
		enc.Escape, enc.Lines = carrier.Without(`$\`), true
	}
	var out carrier.Phrase
	start := t.body.Start
	for line := range strings.Lines(in.Slice(t.body)) {
		end := start + len(line)
		from := start + carrier.Dedent(line, t.margin)
		switch {
		case t.flags == "" && !t.replaces:
			out = append(out, carrier.Literal(in, from, end)...)
		case t.flags == "":
			out = append(out, puppetPieces(in, from, end, "$none", true)...)
		default:
			out = append(out, puppetPieces(in, from, end, escapes, t.replaces)...)
		}
		start = end
	}
	if t.chomp {
		text := out.String()
		out = out.Slice(0, len(strings.TrimSuffix(text, "\n")))
	}
	return out, enc
}

// puppetPieces reads a stretch of a string. Escapes are the characters that a
// backslash may stand in front of, all that there are if empty; before others it
// stays.
func puppetPieces(in *source.File, start, end int, escapes string, replaces bool) carrier.Phrase {
	var out carrier.Phrase
	text := in.Text
	from := start
	for i := start; i < end; i++ {
		switch {
		case text[i] == '$' && replaces:
			n := puppetVariableLength(text[i:end])
			if strings.HasPrefix(text[i:end], "${") {
				n = 1 + max(braced(text[i+1:end]), 0)
			}
			if n > 0 {
				out = append(append(out, carrier.Literal(in, from, i)...), carrier.Unknown(in, i, i+n)...)
				from = i + n
				i = from - 1
			}
		case text[i] == '\\' && i+1 < end && (escapes == "" || strings.IndexByte(escapes, text[i+1]) >= 0):
			out = append(append(out, carrier.Literal(in, from, i)...), puppetEscape(in, i)...)
			from = i + 2
			i++
		}
	}
	return append(out, carrier.Literal(in, from, end)...)
}

// puppetEscape returns what a backslash and a character stand for.
func puppetEscape(in *source.File, at int) carrier.Phrase {
	switch in.Text[at+1] {
	case 'n':
		return carrier.Glue("\n")
	case 't':
		return carrier.Glue("\t")
	case 's':
		return carrier.Glue(" ")
	case '\\', '\'', '"', '$':
		return carrier.Literal(in, at+1, at+2)
	}
	return carrier.Unknown(in, at, at+2)
}
