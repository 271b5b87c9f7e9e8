package service

import (
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// readAssignments reads the literal assignments of a Python module: those in the
// first column, "name = 5". What is assigned twice, or once more below a
// condition, holds only if nothing else can.
func readAssignments(f *source.File) settings {
	set := settings{}
	at := 0
	for line := range strings.Lines(f.Text) {
		start := at
		at += len(line)
		trimmed := strings.TrimLeft(line, " \t")
		name, value, ok := strings.Cut(trimmed, "=")
		name = strings.TrimSpace(name)
		if bare, _, annotated := strings.Cut(name, ":"); annotated {
			name = strings.TrimSpace(bare)
		}
		if !ok || !isName(name) || strings.HasPrefix(value, "=") {
			continue
		}
		if trimmed != line { // below a condition, or in a function
			if old, there := set[name]; there {
				old.Value = string(source.Unknown)
				set[name] = old
			}
			continue
		}
		field := Field[string]{Value: string(source.Unknown), Sure: Set, Name: name}
		field.At = Place{File: f, Span: source.Span{Start: start, End: start + len(strings.TrimRight(line, " \t\r\n"))}}
		if v, env, ok := pythonLiteral(value); ok {
			field.Value = v
			if env != "" {
				field.Sure, field.Env = UnlessEnv, env
			}
		}
		set[name] = field
	}
	return set
}

// pythonLiteral reads a number, a string, True or False, and what
// os.environ.get or os.getenv return if the variable is not set.
func pythonLiteral(text string) (value, env string, ok bool) {
	text = strings.TrimSpace(stripComment(text))
	for _, wrap := range []string{"int(", "float(", "str("} {
		if inner, yes := strings.CutPrefix(text, wrap); yes && strings.HasSuffix(inner, ")") {
			return pythonLiteral(inner[:len(inner)-1])
		}
	}
	for _, call := range []string{"os.environ.get(", "os.getenv(", "environ.get(", "getenv("} {
		inner, yes := strings.CutPrefix(text, call)
		if !yes || !strings.HasSuffix(inner, ")") || strings.Count(inner, "(") > 0 {
			continue
		}
		name, rest, two := strings.Cut(inner[:len(inner)-1], ",")
		name, _, isText := pythonLiteral(name)
		value, _, literal := pythonLiteral(rest)
		return value, name, two && isText && literal && value != ""
	}
	if name, rest, yes := strings.Cut(text, " or "); yes { // os.environ.get("X") or 5
		for _, call := range []string{"os.environ.get(", "os.getenv("} {
			if inner, is := strings.CutPrefix(strings.TrimSpace(name), call); is && strings.HasSuffix(inner, ")") {
				variable, _, isText := pythonLiteral(inner[:len(inner)-1])
				value, _, literal := pythonLiteral(rest)
				return value, variable, isText && literal
			}
		}
		return "", "", false
	}
	if len(text) > 2 && (text[0] == 'f' || text[0] == 'F') && (text[1] == '"' || text[1] == '\'') && text[len(text)-1] == text[1] {
		return formatted(text[2 : len(text)-1])
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
			v, _, literal := pythonLiteral(item)
			if !literal {
				return "", "", false
			}
			all = append(all, v)
		}
		return strings.Join(all, "\n"), "", true
	}
	return "", "", false
}

// formatted reads the text of an f-string whose expressions are literals.
func formatted(text string) (value, env string, ok bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String(), env, !strings.Contains(before, `\`)
		}
		inner, behind, closed := strings.Cut(rest, "}")
		v, variable, literal := pythonLiteral(inner)
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
