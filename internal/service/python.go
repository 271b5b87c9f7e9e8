package service

import (
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// pythonScope is what the names of a module stand for, and its environment.
type pythonScope struct {
	set settings
	env map[string]Field[string]
}

// readAssignments reads the literal assignments of a Python module: those in the
// first column, and those of its main block, "name = 5". What is assigned twice, or
// once more below a condition, holds only if nothing else can.
func readAssignments(f *source.File, env map[string]Field[string]) settings {
	set := settings{}
	scope := pythonScope{set, env}
	main := "" // how far the main block is indented
	inMain := false
	for _, span := range pythonLines(f.Text) {
		text := f.Slice(span)
		trimmed := strings.TrimLeft(text, " \t")
		indent := text[:len(text)-len(trimmed)]
		switch {
		case indent == "":
			inMain, main = pythonMain.MatchString(trimmed), ""
		case inMain && main == "":
			main = indent
		}
		name, value, ok := strings.Cut(trimmed, "=")
		name = strings.TrimSpace(name)
		changed := strings.TrimRight(name, "+-*/%|&^@<> \t") // "name += 5"
		if bare, _, annotated := strings.Cut(name, ":"); annotated {
			name = strings.TrimSpace(bare)
			changed = name
		}
		if !ok || !isName(changed) || strings.HasPrefix(value, "=") {
			continue
		}
		if indent != "" && (!inMain || indent != main) || changed != name { // below a condition, or in a function
			if old, there := set[changed]; there {
				old.Value = string(source.Unknown)
				set[changed] = old
			}
			continue
		}
		field := Field[string]{Value: string(source.Unknown), Sure: Set, Name: name}
		field.At = Place{File: f, Span: source.Span{Start: span.Start + len(indent), End: span.Start + len(strings.TrimRight(text, " \t\r\n"))}}
		if v, env, ok := pythonLiteral(value, scope); ok {
			field.Value = v
			if env != "" {
				field.Sure, field.Env = UnlessEnv, env
			}
		}
		set[name] = field
	}
	return set
}

var pythonMain = lazyre.New(`^if\s+__name__\s*==\s*["']__main__["']\s*:`)

// pythonLines are the statements of a module: a line, with those below it that
// brackets or a text in three quotes make a part of it.
func pythonLines(text string) []source.Span {
	var out []source.Span
	start, depth := 0, 0
	quote := "" // what ends the text that one is in
	for i := 0; i < len(text); i++ {
		rest := text[i:]
		switch c := text[i]; {
		case quote != "" && c == '\\':
			i++
		case quote != "" && (strings.HasPrefix(rest, quote) || len(quote) == 1 && c == '\n'):
			i += len(quote) - 1
			quote = ""
			if c == '\n' {
				i-- // no text in one quote goes on behind its line
			}
		case quote != "":
		case strings.HasPrefix(rest, `"""`), strings.HasPrefix(rest, "'''"):
			quote = rest[:3]
			i += 2
		case c == '"' || c == '\'':
			quote = rest[:1]
		case c == '#':
			for i+1 < len(text) && text[i+1] != '\n' {
				i++
			}
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth = max(depth-1, 0)
		case c == '\\' && strings.HasPrefix(rest, "\\\n"):
			i++
		case c == '\n' && depth == 0:
			out = append(out, source.Span{Start: start, End: i + 1})
			start = i + 1
		}
	}
	return append(out, source.Span{Start: start, End: len(text)})
}

// pythonLiteral reads a number, a string, True or False, what os.environ.get or
// os.getenv return if the variable is not set, and a name that stands for one of these.
func pythonLiteral(text string, names pythonScope) (value, env string, ok bool) {
	text = strings.TrimSpace(stripComments(text))
	for _, wrap := range []string{"int(", "float(", "str("} {
		if inner, yes := strings.CutPrefix(text, wrap); yes && strings.HasSuffix(inner, ")") {
			return pythonLiteral(inner[:len(inner)-1], names)
		}
	}
	for _, call := range []string{"os.environ.get(", "os.getenv(", "environ.get(", "getenv("} {
		inner, yes := strings.CutPrefix(text, call)
		if !yes || !strings.HasSuffix(inner, ")") || strings.Count(inner, "(") > 0 {
			continue
		}
		name, rest, two := strings.Cut(inner[:len(inner)-1], ",")
		name, _, isText := pythonLiteral(name, names)
		if told, ok := names.env[name]; ok && isText && !unknown(told.Value) {
			return told.Value, "", true
		}
		value, _, literal := pythonLiteral(rest, names)
		return value, name, two && isText && literal && value != ""
	}
	if name, rest, yes := strings.Cut(text, " or "); yes { // os.environ.get("X") or 5
		for _, call := range []string{"os.environ.get(", "os.getenv("} {
			if inner, is := strings.CutPrefix(strings.TrimSpace(name), call); is && strings.HasSuffix(inner, ")") {
				variable, _, isText := pythonLiteral(inner[:len(inner)-1], names)
				if told, ok := names.env[variable]; ok && isText && !unknown(told.Value) && told.Value != "" {
					return told.Value, "", true
				}
				value, _, literal := pythonLiteral(rest, names)
				return value, variable, isText && literal
			}
		}
		return "", "", false
	}
	if len(text) > 2 && (text[0] == 'f' || text[0] == 'F') && (text[1] == '"' || text[1] == '\'') && text[len(text)-1] == text[1] {
		return formatted(text[2:len(text)-1], names)
	}
	switch {
	case text == "True", text == "False":
		return strings.ToLower(text), "", true
	case isNumber(text):
		return strings.ReplaceAll(text, "_", ""), "", true
	case len(text) >= 2 && (text[0] == '"' || text[0] == '\'') && text[len(text)-1] == text[0]:
		inner := text[1 : len(text)-1]
		return inner, "", !strings.ContainsAny(inner, `\`+text[:1])
	case len(text) > 2 && text[0] == '[' && text[len(text)-1] == ']': // bind = ["a", "b"]
		var all []string
		for item := range strings.SplitSeq(strings.TrimSuffix(strings.TrimSpace(text[1:len(text)-1]), ","), ",") {
			v, _, literal := pythonLiteral(item, names)
			if !literal {
				return "", "", false
			}
			all = append(all, v)
		}
		return strings.Join(all, "\n"), "", true
	}
	if f := names.set[text]; f.Known() && !unknown(f.Value) {
		return f.Value, f.Env, true
	}
	return "", "", false
}

// formatted reads the text of an f-string whose expressions are literals.
func formatted(text string, names pythonScope) (value, env string, ok bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String(), env, !strings.Contains(before, `\`)
		}
		inner, behind, closed := strings.Cut(rest, "}")
		v, variable, literal := pythonLiteral(inner, names)
		if !closed || !literal {
			return "", "", false
		}
		b.WriteString(v)
		if variable != "" {
			env = variable
		}
		text = behind
	}
}

// stripComments takes away what "#" begins in each line.
func stripComments(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(stripComment(line))
	}
	return b.String()
}

// stripComment takes away what "#" begins outside of quotes.
func stripComment(text string) string {
	var quote byte
	for i := range len(text) {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '#':
			return text[:i]
		}
	}
	return text
}

func isNumber(text string) bool {
	digits := strings.ReplaceAll(text, "_", "")
	return digits != "" && strings.Trim(digits, "0123456789.") == "" && digits[0] != '.' && strings.Count(digits, ".") < 2
}
