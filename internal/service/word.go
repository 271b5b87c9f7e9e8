package service

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/tcplint/tcplint/parser/source"
)

// word is a word of a command line.
type word struct {
	text string
	at   Place
	// env is the variable whose default the word is; then it holds unless the
	// environment says otherwise.
	env string
	// open says that nobody knows (all of) the word before it runs.
	open bool
	// lines gives the place in the file of an offset in the text, where the text
	// goes over several lines; nil if it stands there as it is.
	lines func(int) int
}

func (w word) field(name string) Field[string] {
	f := Field[string]{Value: w.text, Sure: Set, At: w.at, Name: name}
	if w.env != "" {
		f.Sure, f.Env = UnlessEnv, w.env
	}
	return f
}

// placer gives places to parts of a text that stands in a file: offset is that of an
// offset in the text; where that cannot be told, it is nil, and all of the text has
// one place.
type placer struct {
	offset func(int) int
	whole  Place
}

func (p placer) of(n syntax.Node) Place {
	if p.offset == nil {
		return p.whole
	}
	return Place{File: p.whole.File, Span: source.Span{Start: p.offset(int(n.Pos().Offset())), End: p.offset(int(n.End().Offset()))}}
}

// shellWords reads a text as a shell does and returns the commands in it that run
// in any case. Variables are those of the environment, and those that the text sets
// once.
func shellWords(text string, at placer, env map[string]Field[string]) [][]word {
	parsed, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
	if err != nil {
		return nil
	}
	vars := variables{}
	for name, f := range env {
		if !unknown(f.Value) {
			vars[name] = word{text: f.Value, env: name}
		}
	}
	times := map[string]int{} // how often a variable is set
	syntax.Walk(parsed, func(n syntax.Node) bool {
		if a, ok := n.(*syntax.Assign); ok && a.Name != nil {
			times[a.Name.Value]++
			delete(vars, a.Name.Value)
		}
		return true
	})
	set := func(assigns []*syntax.Assign) {
		for _, a := range assigns {
			if a.Name != nil && a.Value != nil && times[a.Name.Value] == 1 {
				if w := shellWord(a.Value, at, vars); !w.open {
					vars[a.Name.Value] = w
				}
			}
		}
	}
	var out [][]word
	var visit func(stmts []*syntax.Stmt)
	visit = func(stmts []*syntax.Stmt) {
		for _, s := range stmts {
			switch c := s.Cmd.(type) {
			case *syntax.CallExpr:
				if len(c.Args) == 0 {
					set(c.Assigns)
				}
				out = append(out, callWords(c, at, vars))
			case *syntax.DeclClause: // export PORT=8000
				set(c.Args)
			case *syntax.BinaryCmd: // a && b, a; b: both are tried
				visit([]*syntax.Stmt{c.X, c.Y})
			case *syntax.Block:
				visit(c.Stmts)
			}
		}
	}
	visit(parsed.Stmts)
	return out
}

// variables are those of a shell that are known.
type variables map[string]word

func callWords(c *syntax.CallExpr, at placer, vars variables) []word {
	var words []word
	for _, a := range c.Assigns {
		w := word{text: a.Name.Value + "=", at: at.of(a)}
		if a.Value != nil {
			v := shellWord(a.Value, at, vars)
			w.text, w.env, w.open = w.text+v.text, v.env, v.open
		}
		words = append(words, w)
	}
	for _, a := range c.Args {
		words = append(words, shellWord(a, at, vars))
	}
	return words
}

// shellWord reads a word: "${X:-5}" is 5 unless X says otherwise.
func shellWord(w *syntax.Word, at placer, vars variables) word {
	out := word{at: at.of(w)}
	var read func(parts []syntax.WordPart)
	read = func(parts []syntax.WordPart) {
		for _, part := range parts {
			switch p := part.(type) {
			case *syntax.Lit:
				out.text += unescape(p.Value)
			case *syntax.SglQuoted:
				out.text += p.Value
			case *syntax.DblQuoted:
				read(p.Parts)
			case *syntax.ParamExp:
				out.parameter(p, vars)
			default:
				out.open = true
			}
		}
	}
	read(w.Parts)
	return out
}

// shellFields divides a text into words as a shell does, with source.Unknown for each
// variable. It is not ok if the text holds commands, or is no shell's.
func shellFields(text string) (fields []string, ok bool) {
	for w, err := range syntax.NewParser().WordsSeq(strings.NewReader(text)) {
		if err != nil {
			return nil, false
		}
		var b strings.Builder
		if !writeField(&b, w.Parts, false) {
			return nil, false
		}
		fields = append(fields, b.String())
	}
	return fields, true
}

// writeField writes the parts of a word; in quotes a backslash stays in front of most
// bytes.
func writeField(b *strings.Builder, parts []syntax.WordPart, quoted bool) bool {
	for _, part := range parts {
		switch p := part.(type) {
		case *syntax.Lit:
			if quoted {
				b.WriteString(strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\$`, `$`, "\\`", "`", "\\\n", "").Replace(p.Value))
			} else {
				b.WriteString(unescape(p.Value))
			}
		case *syntax.SglQuoted:
			b.WriteString(p.Value)
		case *syntax.DblQuoted:
			if !writeField(b, p.Parts, true) {
				return false
			}
		case *syntax.ParamExp:
			b.WriteRune(source.Unknown)
		default:
			return false
		}
	}
	return true
}

func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
			if s[i] == '\n' {
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// parameter adds what "$X" stands for, as far as it is written beside it.
func (w *word) parameter(p *syntax.ParamExp, vars variables) {
	if v, ok := vars[p.Param.Value]; ok && (p.Exp == nil || p.Exp.Op == syntax.DefaultUnset || p.Exp.Op == syntax.DefaultUnsetOrNull) &&
		!p.Length && !p.Width && p.Slice == nil && p.Repl == nil && p.Index == nil && !p.Excl {
		w.text += v.text
		if v.env != "" {
			w.env = v.env
		}
		return
	}
	if p.Exp != nil && p.Exp.Word != nil && (p.Exp.Op == syntax.DefaultUnset || p.Exp.Op == syntax.DefaultUnsetOrNull) {
		if lit := p.Exp.Word.Lit(); lit != "" {
			w.text += lit
			w.env = p.Param.Value
			return
		}
	}
	w.open = true
}

// defaults replaces "${X:-5}" in a text of Compose by 5; env is the variable. open
// says that something is not known.
// What is in known, which is an .env file beside it, counts before that.
func defaults(text string, known map[string]string) (out, env string, open bool) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '$' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		switch {
		case text[i+1] == '$':
			b.WriteByte('$')
			i++
		case text[i+1] == '{':
			end := strings.IndexByte(text[i:], '}')
			if end < 0 {
				return text, "", true
			}
			name, rest, ok := strings.Cut(text[i+2:i+end], ":-")
			if !ok {
				name, rest, ok = strings.Cut(text[i+2:i+end], "-")
			}
			if v, there := known[name]; there {
				rest, ok = v, true
			}
			if !ok || strings.Contains(rest, "$") {
				return text, "", true
			}
			env = name
			b.WriteString(rest)
			i += end
		case text[i+1] == '_' || text[i+1] >= 'A' && text[i+1] <= 'Z' || text[i+1] >= 'a' && text[i+1] <= 'z':
			name := text[i+1 : i+1+nameLen(text[i+1:])]
			v, there := known[name]
			if !there {
				return text, "", true
			}
			env = name
			b.WriteString(v)
			i += len(name)
		default:
			b.WriteByte(text[i])
		}
	}
	return b.String(), env, false
}

// nameLen is the length of the name of a variable that a text begins with.
func nameLen(s string) int {
	n := 0
	for n < len(s) && isName("_"+s[n:n+1]) {
		n++
	}
	return n
}
