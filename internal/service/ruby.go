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
	// nested says that it stands below a condition or in a block.
	nested bool
}

var rubyCallForm = lazyre.New(`^([ \t]*)([a-z_]+)(?:[ \t]+|\()(.*)$`)

// readRubyCalls reads the calls of a configuration in Ruby, one a line, whose
// arguments are literals, or ENV.fetch with one: what Puma and Unicorn take.
func readRubyCalls(f *source.File, env map[string]Field[string]) []rubyCall {
	var out []rubyCall
	constants := map[string]word{} // and the variables of the environment, as ENV["NAME"]
	for name, v := range env {
		constants[environmentKey(name)] = word{text: v.Value, open: unknown(v.Value)}
	}
	at := 0
	for line := range strings.Lines(f.Text) {
		start := at
		at += len(line)
		text := strings.TrimRight(line, " \t\r\n")
		place := Place{File: f, Span: source.Span{Start: start + len(text) - len(strings.TrimLeft(text, " \t")), End: start + len(text)}}
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
		c := rubyCall{name: m[2], at: place, nested: m[1] != ""}
		for _, arg := range splitArguments(strings.TrimSuffix(stripComment(m[3]), ")") + closing(m[3])) {
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
