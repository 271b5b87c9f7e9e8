package service

import (
	"slices"
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/js"

	"github.com/tcplint/tcplint/parser/source"
)

// jsToken is a token of JavaScript or TypeScript that is no blank and no comment.
type jsToken struct {
	kind js.TokenType
	text string
	span source.Span
}

// maxScript is the size above which a script is taken for one that a bundler made.
const maxScript = 1 << 20

// jsTokens reads the tokens of a script, as far as it can be read.
func jsTokens(f *source.File) []jsToken {
	if len(f.Text) > maxScript {
		return nil
	}
	lexer := js.NewLexer(parse.NewInputString(f.Text))
	var out []jsToken
	at := 0
	for {
		kind, data := lexer.Next()
		if kind == js.ErrorToken {
			return out
		}
		// Where an operand may stand, "/" begins a regular expression.
		if (kind == js.DivToken || kind == js.DivEqToken) && mayBeginOperand(out) {
			kind, data = lexer.RegExp()
			if kind == js.ErrorToken {
				return out
			}
		}
		span := source.Span{Start: at, End: at + len(data)}
		at = span.End
		switch kind {
		case js.WhitespaceToken, js.LineTerminatorToken, js.CommentToken, js.CommentLineTerminatorToken:
		default:
			out = append(out, jsToken{kind, string(data), span})
		}
	}
}

// mayBeginOperand reports whether behind some tokens an operand may stand.
func mayBeginOperand(tokens []jsToken) bool {
	if len(tokens) == 0 {
		return true
	}
	last := tokens[len(tokens)-1]
	switch last.text {
	case ")", "]", "}":
		return false
	case "return", "typeof", "case", "in", "of", "delete", "void", "do", "else":
		return true
	}
	return !js.IsIdentifierName(last.kind) && !js.IsNumeric(last.kind) && last.kind != js.StringToken && last.kind != js.TemplateToken
}

// script is a program of Node.js, Bun or Deno as far as literals tell.
type script struct {
	file   *source.File
	tokens []jsToken
	// constants are what "const NAME = literal" gives.
	constants map[string]word
}

func readScript(f *source.File) *script {
	s := &script{file: f, tokens: jsTokens(f), constants: map[string]word{}}
	for i := 0; i+3 < len(s.tokens); i++ {
		switch t := s.tokens[i]; {
		case (t.text == "const" || t.text == "let" || t.text == "var") && s.tokens[i+1].text == "{":
			i = s.environment(i + 2)
		case t.text == "const" || t.text == "let" || t.text == "var":
			eq := i + 2
			if s.tokens[eq].text == ":" { // const PORT: number = 3000
				eq += 2
			}
			if eq < len(s.tokens) && s.tokens[eq].text == "=" {
				s.constant(s.tokens[i+1].text, eq+1)
			}
		case js.IsIdentifierName(t.kind) && s.tokens[i+1].text == "=" && i > 0 && s.tokens[i-1].text != ".":
			if _, there := s.constants[t.text]; there && !s.declared(i) { // set anew
				s.constants[t.text] = word{text: t.text, open: true}
			}
		}
	}
	return s
}

// declared reports whether "const", "let" or "var" stands before a name, its type aside.
func (s *script) declared(i int) bool {
	for ; i > 0; i-- {
		switch s.tokens[i-1].text {
		case "const", "let", "var":
			return true
		case ":":
			i--
		default:
			return false
		}
	}
	return false
}

// constant remembers what a name stands for, if that is a literal; of two that differ,
// nobody knows which is meant.
func (s *script) constant(name string, value int) {
	w, end := s.literal(value)
	if s.at(value) == "normalizePort" && s.at(value+1) == "(" { // of the generator of Express
		if w, end = s.literal(value + 2); end > 0 && s.at(end) == ")" {
			end++
		}
	}
	old, twice := s.constants[name]
	switch {
	case end == 0 || w.open || !s.ends(end):
		w = word{text: name, open: true}
		if !twice {
			return
		}
	case twice && (old.text != w.text || old.env != w.env || old.open):
		w = word{text: name, open: true}
	}
	s.constants[name] = w
}

// environment remembers the names of "const { PORT = 3000 } = process.env". It returns
// the index of the last token of the pattern.
func (s *script) environment(i int) int {
	end := i
	for end < len(s.tokens) && s.tokens[end].text != "}" {
		end++
	}
	if s.at(end+1) != "=" || s.at(end+2) != "process" || s.at(end+4) != "env" {
		return end
	}
	for ; i+2 < end; i++ {
		if w, behind := s.literal(i + 2); s.tokens[i+1].text == "=" && behind > 0 && !w.open && js.IsIdentifierName(s.tokens[i].kind) {
			w.env = s.tokens[i].text
			s.constants[w.env] = w
		}
	}
	return end
}

// at is the text of a token, empty behind the last.
func (s *script) at(i int) string {
	if i >= len(s.tokens) {
		return ""
	}
	return s.tokens[i].text
}

// ends reports whether an expression ends before a token.
func (s *script) ends(i int) bool {
	if i >= len(s.tokens) {
		return true
	}
	switch s.tokens[i].text {
	case ";", ",", ")", "}", "const", "let", "var", "if", "as", "]", "return", "for", "while", "function", "class", "await", "async", "export", "import", "try":
		return true
	case "*", "+", "-", "/", "%", "?", ".", "(", "||", "&&", "??", "[", "**", "`":
		return false
	}
	return s.tokens[i].span.Start > 0 && strings.Contains(s.file.Text[s.tokens[i-1].span.End:s.tokens[i].span.Start], "\n")
}

// literal reads an expression that is a number, a product of numbers, a string, a
// constant, or the default beside process.env.X. It returns the index behind it.
func (s *script) literal(i int) (w word, end int) {
	if i >= len(s.tokens) {
		return word{open: true}, 0
	}
	start := i
	t := s.tokens[i]
	switch {
	case js.IsNumeric(t.kind):
		w.text = strings.ReplaceAll(t.text, "_", "")
		i++
		for i+1 < len(s.tokens) && s.tokens[i].text == "*" && js.IsNumeric(s.tokens[i+1].kind) {
			w.text = product(w.text, strings.ReplaceAll(s.tokens[i+1].text, "_", ""))
			i += 2
		}
	case t.kind == js.StringToken && len(t.text) >= 2:
		w.text = t.text[1 : len(t.text)-1]
		w.open = strings.Contains(w.text, `\`)
		i++
	case t.text == "process" && i+4 < len(s.tokens) && s.tokens[i+2].text == "env":
		w.env = s.tokens[i+4].text
		i += 5
		if i+1 < len(s.tokens) && (s.tokens[i].text == "||" || s.tokens[i].text == "??") {
			fallback, behind := s.literal(i + 1)
			if behind > 0 && !fallback.open {
				w.text, i = fallback.text, behind
				break
			}
		}
		w.open = true
	case t.text == "Number" || t.text == "parseInt" || t.text == "+" || t.text == "(":
		open := i
		if t.text == "Number" || t.text == "parseInt" {
			open++
		}
		if t.text == "+" {
			return s.literal(i + 1)
		}
		if open+1 >= len(s.tokens) || s.tokens[open].text != "(" {
			return word{open: true}, 0
		}
		inner, behind := s.literal(open + 1)
		if behind == 0 {
			return word{open: true}, 0
		}
		for behind < len(s.tokens) && s.tokens[behind].text != ")" {
			behind++
		}
		w, i = inner, behind+1
		if i+1 < len(s.tokens) && (s.tokens[i].text == "||" || s.tokens[i].text == "??") && inner.env != "" && inner.open {
			fallback, after := s.literal(i + 1)
			if after > 0 {
				w.text, w.open, i = fallback.text, fallback.open, after
			}
		}
	case js.IsIdentifierName(t.kind):
		c, ok := s.constants[t.text]
		if !ok {
			return word{text: t.text, open: true}, i + 1
		}
		w, i = c, i+1
	default:
		return word{open: true}, 0
	}
	if i > len(s.tokens) {
		return word{open: true}, 0
	}
	w.at = Place{File: s.file, Span: source.Span{Start: s.tokens[start].span.Start, End: s.tokens[i-1].span.End}}
	return w, i
}

// field makes a literal a field that starts at a token.
func (s *script) fieldFrom(start int, w word, name string) Field[string] {
	f := w.field(name)
	f.At = Place{File: s.file, Span: source.Span{Start: s.tokens[start].span.Start, End: max(w.at.Span.End, s.tokens[start].span.End)}}
	if w.open {
		f.Value = string(source.Unknown)
	}
	return f
}

// property returns what a property of that name is set to, by assignment
// ("server.keepAliveTimeout = 5") or in the options of a call that makes a server
// ("fastify({ keepAliveTimeout: 5 })"). Of several that differ, nobody knows; those of
// clients are not meant.
func (s *script) property(name string) (f Field[string], ok bool) {
	for i := 1; i+2 < len(s.tokens); i++ {
		if s.tokens[i].text != name {
			continue
		}
		assigned := s.tokens[i-1].text == "." && s.tokens[i+1].text == "="
		option := (s.tokens[i-1].text == "{" || s.tokens[i-1].text == ",") && s.tokens[i+1].text == ":"
		if !assigned && !option {
			continue
		}
		maker := ""
		if option {
			if maker = s.optionsOf(i); isClient(maker) {
				continue
			}
		}
		w, end := s.literal(i + 2)
		if end == 0 || !s.ends(end) || option && !slices.Contains(serverMakers, maker) {
			w.open = true
		}
		start := i
		for assigned && start >= 2 && s.tokens[start-1].text == "." {
			start -= 2
		}
		found := s.fieldFrom(start, w, name)
		if ok && found.Value != f.Value {
			found.Value = string(source.Unknown)
		}
		f, ok = found, true
	}
	return f, ok
}

// serverMakers are what takes the options of a server: the name of a call, or "default"
// for the module that Bun and Deno serve.
var serverMakers = []string{"fastify", "Fastify", "createServer", "createSecureServer", "Server", "FastifyAdapter", "serve", "default"}

// isClient reports whether what takes some options makes requests rather than serves
// them, as the agents of undici do, whose options bear the same names.
func isClient(maker string) bool {
	for _, end := range []string{"Agent", "Pool", "Client", "agent", "undici", "Dispatcher", "fetch", "request"} {
		if strings.HasSuffix(maker, end) {
			return true
		}
	}
	return false
}

// optionsOf returns what takes the object in which a token stands: the name of a call,
// or what stands before it otherwise.
func (s *script) optionsOf(i int) string {
	const farthest = 4000 // tokens: the options of a server are not as long
	depth := 0
	for first := max(i-farthest, 0); i > first+1; {
		i--
		switch s.tokens[i].text {
		case "}", "]", ")":
			depth++
		case "{", "[":
			if depth > 0 {
				depth--
				continue
			}
			switch before := s.tokens[i-1].text; before {
			case "(", ",":
			case ":", "=": // http: { ... }, const options = { ... }
				return s.tokens[max(i-2, 0)].text
			default:
				return before
			}
		case "(":
			if depth--; depth >= 0 {
				continue
			}
			if s.tokens[i-1].text == ")" { // require("fastify")({ ... })
				return strings.Trim(s.tokens[max(i-2, 0)].text, `"'`)
			}
			return s.tokens[i-1].text
		}
	}
	return ""
}

// imports reports whether the script requires or imports a package.
func (s *script) imports(name string) (at Place, ok bool) {
	for i, t := range s.tokens {
		if t.kind != js.StringToken || len(t.text) < 2 {
			continue
		}
		if text := strings.TrimPrefix(t.text[1:len(t.text)-1], "node:"); text != name && !strings.HasPrefix(text, name+"/") {
			continue
		}
		if i > 0 && (s.tokens[i-1].text == "(" || s.tokens[i-1].text == "from" || s.tokens[i-1].text == "import") {
			return Place{File: s.file, Span: t.span}, true
		}
	}
	return Place{}, false
}
