package template

import (
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
)

// rubyEvents returns what the code of a tag of ERB does to the text around it:
// the blocks that it ends, turns and begins. Blocks that begin and end within
// the code do nothing. EPP and EJS, whose blocks are in braces, are read alike.
func rubyEvents(code string) []event {
	if strings.HasPrefix(code, "|") { // the parameters of EPP
		return []event{{}}
	}
	r := &rubyReader{code: code, begins: true}
	r.run()
	if len(r.events) == 0 {
		return []event{{about: code}}
	}
	return r.events
}

// rubyValue returns what a tag does that brings the value of its code. One that
// opens a block hands the body to a helper.
func rubyValue(code string) []event {
	r := &rubyReader{code: code, begins: true}
	r.run()
	for _, e := range r.events {
		if e.kind == opens {
			return []event{{kind: opens, block: altered}}
		}
	}
	return []event{{kind: value, about: code}}
}

// rubyOpen is a block that the code has opened.
type rubyOpen struct {
	brace   bool
	keyword string
	from    int // where its statement begins
	at, end int // the keyword or brace
}

// rubyReader looks for the words and braces of Ruby that begin and end blocks.
type rubyReader struct {
	code   string
	events []event
	open   []rubyOpen
	// begins says that a statement begins, from where the last one began.
	begins bool
	from   int
	// awaits says that a "do" belongs to a "while" before it.
	awaits bool
	// operand says that a value is expected, so that "/" begins a pattern.
	operand bool
	// turned is the offset of the last word that turned a block, -1 if none.
	turned int
}

func (r *rubyReader) run() {
	r.operand, r.turned = true, -1
	for i := 0; i < len(r.code); {
		i = r.step(i)
	}
	r.finish()
}

// step reads what begins at i and returns where it ends.
func (r *rubyReader) step(i int) int {
	code, c := r.code, r.code[i]
	switch {
	case c == '\n' || c == ';':
		r.begins, r.operand, r.awaits = true, true, false
		if strings.HasPrefix(code[i:], "\n=begin") {
			return lineAfter(code, i, "\n=end")
		}
		return i + 1
	case isBlank(c):
		return i + 1
	case c == '#':
		return lineEnd(code, i)
	case c == '=' && i == 0 && strings.HasPrefix(code, "=begin"):
		return lineAfter(code, i, "\n=end")
	}
	if r.begins {
		r.from = i
	}
	switch {
	case isWord(c):
		return r.word(i)
	case c == '"' || c == '\'' || c == '`' || c == '/' && r.operand:
		r.begins, r.operand = false, false
		if end := stringEnd(code, i); end >= 0 {
			return end + 1
		}
	case c == '%' && r.operand && i+2 < len(code) && strings.IndexByte("wWiqQ", code[i+1]) >= 0 && !isWord(code[i+2]):
		if end := strings.IndexByte(code[i+3:], partner(code[i+2])); end >= 0 {
			r.begins, r.operand = false, false
			return i + 3 + end + 1
		}
	case c == '{':
		r.open = append(r.open, rubyOpen{brace: true, from: r.from, at: i, end: i + 1})
		r.begins, r.operand = true, true
		return i + 1
	case c == '}':
		r.brace()
		return i + 1
	}
	r.begins = r.begins && c == '|'
	r.operand = c != ')' && c != ']'
	return i + 1
}

// partner is what ends a literal such as %w(a b).
func partner(c byte) byte {
	switch c {
	case '(':
		return ')'
	case '[':
		return ']'
	case '{':
		return '}'
	case '<':
		return '>'
	}
	return c
}

// lineEnd is the offset of the line end behind i.
func lineEnd(code string, i int) int {
	if j := strings.IndexByte(code[i:], '\n'); j >= 0 {
		return i + j
	}
	return len(code)
}

// lineAfter is the end of the line that begins with a text.
func lineAfter(code string, i int, with string) int {
	j := strings.Index(code[i:], with)
	if j < 0 {
		return len(code)
	}
	return lineEnd(code, i+j+1)
}

// brace reads a "}".
func (r *rubyReader) brace() {
	switch n := len(r.open); {
	case n == 0:
		r.events = append(r.events, event{kind: closes})
	case r.open[n-1].brace:
		r.open = r.open[:n-1]
	}
	r.begins, r.operand = true, false
}

// word reads a name or a keyword.
func (r *rubyReader) word(i int) int {
	code, end := r.code, i
	for end < len(code) && isWord(code[end]) {
		end++
	}
	w := code[i:end]
	begins := r.begins
	r.begins, r.operand = false, false
	if i > 0 && strings.IndexByte(".@$:", code[i-1]) >= 0 || end < len(code) && strings.IndexByte("?!", code[end]) >= 0 && !strings.HasPrefix(code[end:], "!=") {
		return end // a method, a variable, a symbol
	}
	if end < len(code) && code[end] == ':' && !strings.HasPrefix(code[end:], "::") && w != "else" && w != "default" {
		return end // a key
	}
	switch w {
	case "if", "unless", "while", "until", "for", "case", "begin", "def", "class", "module":
		r.keyword(w, i, end, begins)
	case "do":
		if !r.awaits {
			r.open = append(r.open, rubyOpen{keyword: w, from: r.from, at: i, end: end})
		}
		r.awaits, r.begins = false, true
	case "then":
		r.begins = true
	case "else", "elsif", "elif", "when", "rescue", "ensure", "in":
		if begins {
			r.turn(w, i, end)
		}
	case "end":
		r.end()
	case "and", "or", "not", "return", "puts":
		r.operand = true
	}
	return end
}

// keyword reads a word that begins a block, unless it stands behind a statement
// as its condition.
func (r *rubyReader) keyword(w string, i, end int, begins bool) {
	r.operand = true
	switch w {
	case "if", "unless", "while", "until":
		before := strings.TrimRight(r.code[r.from:i], " \t")
		assigned := before != "" && strings.IndexByte("=(", before[len(before)-1]) >= 0
		if !begins && !assigned || r.turned >= 0 && strings.TrimSpace(r.code[r.turned:i]) == "" {
			return
		}
	case "class", "module", "def", "begin":
		r.begins = w == "begin"
		if !begins && w != "begin" {
			return
		}
	}
	r.awaits = w == "while" || w == "until" || w == "for"
	r.open = append(r.open, rubyOpen{keyword: w, from: r.from, at: i, end: end})
}

// turn reads a word that begins another arm.
func (r *rubyReader) turn(w string, i, end int) {
	r.begins, r.operand = w == "else" || w == "ensure", true
	if len(r.open) > 0 {
		return
	}
	e := event{kind: turns, about: r.statement(end), last: w == "else"}
	if w == "when" {
		e.name = "case"
	}
	if following, _ := firstWord(e.about); w == "else" && (following == "if" || following == "unless") && strings.HasSuffix(strings.TrimSpace(r.code), "{") {
		e.last = false
		r.turned, r.begins = end, false
	}
	if n := len(r.events); n > 0 && r.events[n-1].kind == closes && strings.HasSuffix(strings.TrimSpace(r.code[:i]), "}") {
		r.events = r.events[:n-1] // "} else {"
		r.turned = end
	}
	r.events = append(r.events, e)
}

// end reads an "end".
func (r *rubyReader) end() {
	switch n := len(r.open); {
	case n == 0:
		r.events = append(r.events, event{kind: closes})
	case !r.open[n-1].brace:
		r.open = r.open[:n-1]
	}
}

// statement returns the rest of a statement.
func (r *rubyReader) statement(from int) string {
	rest := r.code[from:]
	if i := strings.IndexAny(rest, ";\n"); i >= 0 {
		rest = rest[:i]
	}
	rest = strings.TrimSuffix(strings.TrimSpace(rest), "{")
	rest = strings.TrimSuffix(strings.TrimSpace(rest), "then")
	return strings.TrimSpace(rest)
}

// finish makes events of what is still open.
func (r *rubyReader) finish() {
	for i := 0; i < len(r.open); i++ {
		o := r.open[i]
		if i == 0 && o.brace && r.turned >= 0 && !strings.ContainsAny(r.code[r.turned:o.at], ";\n{") {
			continue // "} else {"
		}
		if !o.brace && i+1 < len(r.open) && r.open[i+1].brace && strings.TrimSpace(r.code[r.open[i+1].end:]) == "" {
			i++ // "if x {"
		}
		r.events = append(r.events, r.opened(o))
	}
}

var (
	rubyLambda = lazyre.New(`(?:^(\w+)\s*=\s*)?\b(?:lambda|proc|Proc\.new)\s*$|(?:^(\w+)\s*=\s*)?->\s*(?:\([^()]*\))?\s*$`)
	rubyEach   = lazyre.New(`\.\w+\s*(?:\([^()]*\))?\s*(?:\|[^|]*\|)?\s*$`)
)

// opened returns the event of a block.
func (r *rubyReader) opened(o rubyOpen) event {
	e := event{kind: opens, block: condition, about: r.statement(o.end)}
	switch o.keyword {
	case "if":
	case "unless":
		e.about = "not " + e.about
	case "while", "until", "for":
		e.block = loop
	case "case":
		e.block = choosing
	case "begin", "class", "module":
		e.block = wrapper
	case "def":
		e.block = define
		e.about, _ = firstWord(e.about)
	default: // "do" or a brace
		before := strings.TrimSpace(r.code[o.from:o.at])
		if m := rubyLambda.FindStringSubmatch(before); m != nil {
			return event{kind: opens, block: define, about: m[1] + m[2]}
		}
		if o.brace && strings.HasSuffix(before, ":") { // an option of EPP's case
			e.about = before
			return e
		}
		e.block, e.about = loop, rubyEach.ReplaceAllString(before, "")
	}
	return e
}
