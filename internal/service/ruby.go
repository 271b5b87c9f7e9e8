package service

import (
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// rubyCall is a call in a configuration in Ruby: "threads 1, 5".
type rubyCall struct {
	name string
	args []word
	at   Place
	// nested says that it stands below a condition or before one, or in a block.
	nested bool
}

var rubyCallForm = lazyre.New(`^([ \t]*)([a-z_]+)(?:[ \t]+|\()(.*)$`)

// rubyStatement is a line of a configuration in Ruby, with those behind it that go on
// with it.
type rubyStatement struct {
	text  string // without comments where it is of several lines
	start int    // where its first line begins in the file
	end   int    // where the text of its last line ends
}

// rubyStatements puts lines together of which one ends in a comma, or in parentheses or
// brackets that are open; no more than so many.
func rubyStatements(text string) []rubyStatement {
	const longest = 40
	var lines, out []rubyStatement
	at := 0
	for line := range strings.Lines(text) {
		t := strings.TrimRight(line, " \t\r\n")
		lines = append(lines, rubyStatement{t, at, at + len(t)})
		at += len(line)
	}
	for i := 0; i < len(lines); i++ {
		s := lines[i]
		whole, last := stripComment(s.text), i
		for rubyGoesOn(whole) && last+1 < len(lines) && last-i < longest {
			last++
			whole = strings.TrimRight(whole, " \t") + " " + strings.TrimSpace(stripComment(lines[last].text))
		}
		if last > i && !rubyGoesOn(whole) {
			s = rubyStatement{whole, s.start, lines[last].end}
			i = last
		}
		out = append(out, s)
	}
	return out
}

// rubyGoesOn reports whether a statement goes on in the next line.
func rubyGoesOn(text string) bool {
	text = strings.TrimRight(text, " \t")
	return strings.HasSuffix(text, ",") || rubyDepth(text) > 0
}

// rubyDepth is how many parentheses and brackets are open at the end of a text.
func rubyDepth(text string) int {
	depth := 0
	var quote byte
	for i := range len(text) {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		}
	}
	return depth
}

// rubyModifier cuts off what makes the call before it one that is made at times:
// "bind address if ENV['BIND']".
func rubyModifier(text string) (call string, found bool) {
	for _, word := range []string{" if ", " unless "} {
		for from := 0; ; {
			i := strings.Index(text[from:], word)
			if i < 0 {
				break
			}
			from += i
			if head := text[:from]; rubyDepth(head) <= 0 && strings.Count(head, `"`)%2 == 0 && strings.Count(head, "'")%2 == 0 && strings.Count(head, "{") == strings.Count(head, "}") {
				return head, true
			}
			from += len(word)
		}
	}
	return text, false
}

// readRubyCalls reads the calls of a configuration in Ruby, each at the beginning of a
// line, whose arguments are literals, or ENV.fetch with one: what Puma and Unicorn take.
func readRubyCalls(f *source.File, env map[string]Field[string]) []rubyCall {
	var out []rubyCall
	constants := map[string]word{} // and the variables of the environment, as ENV["NAME"]
	for name, v := range env {
		constants[environmentKey(name)] = word{text: v.Value, open: unknown(v.Value)}
	}
	for _, s := range rubyStatements(f.Text) {
		text := s.text
		place := Place{File: f, Span: source.Span{Start: s.start + len(text) - len(strings.TrimLeft(text, " \t")), End: s.end}}
		if name, value, ok := strings.Cut(text, "="); ok && isName(strings.TrimLeft(strings.TrimRight(strings.TrimSpace(name), "|&+-*/ "), "@$")) && !strings.HasPrefix(value, "=") {
			name = strings.TrimSpace(name)
			w := rubyLiteral(stripComment(value), constants)
			w.at = place
			if bare := strings.TrimRight(name, "|&+-*/ "); bare != name || text != strings.TrimLeft(text, " \t") {
				name, w.open = bare, true // below a condition, or "name += 5"
			}
			constants[name] = w
			continue
		}
		m := rubyCallForm.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		args, modified := rubyModifier(stripComment(m[3]))
		args = strings.TrimRight(args, " \t")
		c := rubyCall{name: m[2], at: place, nested: m[1] != "" || modified}
		for _, arg := range splitArguments(strings.TrimSuffix(args, ")") + closing(args)) {
			w := rubyLiteral(arg, constants)
			w.at = place
			c.args = append(c.args, w)
		}
		out = append(out, c)
	}
	return out
}

func environmentKey(name string) string { return `ENV["` + name + `"]` }

// closing returns the parenthesis that belongs to an argument rather than to the
// call: "threads Integer(5)" loses its last one otherwise.
func closing(args string) string {
	args = strings.TrimSpace(stripComment(args))
	if strings.HasSuffix(args, ")") && strings.Count(args, "(") >= strings.Count(args, ")") {
		return ")"
	}
	return ""
}

// splitArguments splits at the commas outside of quotes and brackets.
func splitArguments(text string) []string {
	var out []string
	depth, start := 0, 0
	var quote byte
	for i := range len(text) {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(' || c == '{' || c == '[':
			depth++
		case c == ')' || c == '}' || c == ']':
			depth--
		case c == ',' && depth == 0:
			out = append(out, strings.TrimSpace(text[start:i]))
			start = i + 1
		}
	}
	if rest := strings.TrimSpace(text[start:]); rest != "" {
		out = append(out, rest)
	}
	return out
}

var (
	rubyFetch = lazyre.New(`^ENV\.fetch\(?\s*["'](\w+)["']\s*(?:,\s*([^)]*?)\s*\)?|\)?\s*\{\s*(.*?)\s*\})$`)
	rubyOr    = lazyre.New(`^\(?ENV\[["'](\w+)["']\]\s*\|\|\s*([^)]*?)\)?$`)
	rubyCast  = lazyre.New(`^(?:Integer\((.*)\)|(.*?)\.to_[is])$`)
	interpol  = lazyre.New(`#\{([^}]*)\}`)
)

// rubyLiteral reads a number, a string, a symbol, a constant that is one, and the
// default of a variable of the environment. Anything else is open.
func rubyLiteral(text string, constants map[string]word) word {
	text = strings.TrimSpace(text)
	if m := rubyCast.FindStringSubmatch(text); m != nil && strings.Count(text, "{") == strings.Count(text, "}") {
		return rubyLiteral(m[1]+m[2], constants)
	}
	if m := rubyFetch.FindStringSubmatch(text); m != nil {
		if told, ok := constants[environmentKey(m[1])]; ok {
			return told
		}
		w := rubyLiteral(m[2]+m[3], constants)
		w.env = m[1]
		return w
	}
	if m := rubyOr.FindStringSubmatch(text); m != nil {
		if told, ok := constants[environmentKey(m[1])]; ok {
			return told
		}
		w := rubyLiteral(m[2], constants)
		w.env = m[1]
		return w
	}
	switch {
	case isNumber(text):
		return word{text: strings.ReplaceAll(text, "_", "")}
	case text == "true" || text == "false" || text == "nil":
		return word{text: text}
	case len(text) > 1 && text[0] == ':' && isName(text[1:]):
		return word{text: text[1:]}
	case len(text) >= 2 && (text[0] == '"' || text[0] == '\'') && text[len(text)-1] == text[0] && !strings.ContainsAny(text[1:len(text)-1], text[:1]+`\`):
		out := word{text: text[1 : len(text)-1]}
		if text[0] == '"' {
			out.text = interpol.ReplaceAllStringFunc(out.text, func(m string) string {
				w := rubyLiteral(m[2:len(m)-1], constants)
				out.open = out.open || w.open
				if w.env != "" {
					out.env = w.env
				}
				return w.text
			})
		}
		return out
	}
	if w, ok := constants[text]; ok {
		return w
	}
	return word{text: text, open: true}
}
