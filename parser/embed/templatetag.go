package embed

import (
	"regexp"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// role is what a tag of a template does to the text around it.
type role uint8

const (
	// tagSilent brings no text: a comment, an assignment, an import.
	tagSilent role = iota
	// tagValue brings text that nobody knows.
	tagValue
	// tagBrings brings text of any length, directives among it: an include, a
	// macro.
	tagBrings
	// tagOpens, tagTurns and tagCloses are the tags of a condition or a loop.
	tagOpens
	tagTurns
	tagCloses
	// tagHides opens text that does not appear where it stands, as of a macro, or
	// that may be replaced.
	tagHides
)

// tag is one tag of a template.
type tag struct {
	span source.Span
	role role
	// loop says that what it opens is gone through any number of times.
	loop bool
	// otherwise says that a turn is the last one: "else" and not "else if".
	otherwise bool
	// transparent says that what it opens appears once in any case.
	transparent bool
	// code says that a silent tag runs code, which may well write something.
	code bool
}

// dialect is a family of template languages.
type dialect uint8

const (
	jinja    dialect = iota // Jinja2, Twig, Liquid
	goText                  // Go, Helm, consul-template, confd
	ruby                    // ERB, and EPP of Puppet
	mustache                // Mustache, Handlebars
	plain                   // place holders alone
)

var (
	goKeyword       = regexp.MustCompile(`\{\{-?\s*((if|else|end|range|with|define|template|block|include)\b|\.|\$|/\*)`)
	mustacheSection = regexp.MustCompile(`\{\{~?(#|\^|/\w)`)
)

// dialectOf tells the family of a text's tags.
func dialectOf(text string) dialect {
	switch {
	case strings.Contains(text, "<%"):
		return ruby
	case strings.Contains(text, "{%"):
		return jinja
	case mustacheSection.MatchString(text):
		return mustache
	case goKeyword.MatchString(text):
		return goText
	case strings.Contains(text, "{{"), strings.Contains(text, "{#"):
		return jinja
	}
	return plain
}

// tagsOf finds the tags of a text, in order.
func tagsOf(text string) []tag {
	d := dialectOf(text)
	var tags []tag
	for i := 0; i < len(text); {
		t, ok := tagAt(text, i, d)
		if !ok {
			i++
			continue
		}
		tags = append(tags, t)
		i = t.span.End
		if d == jinja && t.role == tagSilent && isRaw(text[t.span.Start:t.span.End]) {
			end, ok := rawEnd(text, i)
			if !ok {
				break
			}
			tags = append(tags, tag{span: end})
			i = end.End
		}
	}
	return tags
}

// tagAt reads the tag that begins at an offset.
func tagAt(text string, i int, d dialect) (tag, bool) {
	rest := text[i:]
	switch d {
	case ruby:
		if strings.HasPrefix(rest, "<%") && !strings.HasPrefix(rest, "<%%") {
			if end := strings.Index(rest, "%>"); end > 0 {
				return rubyTag(rest[:end+2]).at(i, end+2), true
			}
		}
	case jinja, goText, mustache:
		switch {
		case d == jinja && strings.HasPrefix(rest, "{#"):
			if end := strings.Index(rest, "#}"); end > 0 {
				return tag{}.at(i, end+2), true
			}
		case d == jinja && strings.HasPrefix(rest, "{%"):
			if end := tagEnd(rest, "%}"); end > 0 {
				return jinjaTag(inside(rest[:end], 2)).at(i, end), true
			}
		case strings.HasPrefix(rest, "{{"):
			return braceTag(rest, i, d)
		}
	case plain:
		if n := placeholder(text, i); n > 0 {
			return tag{role: tagValue}.at(i, n), true
		}
	}
	return tag{}, false
}

func (t tag) at(start, n int) tag {
	t.span = source.Span{Start: start, End: start + n}
	return t
}

// braceTag reads "{{ ... }}" in any dialect that has it.
func braceTag(rest string, i int, d dialect) (tag, bool) {
	if d == mustache && strings.HasPrefix(rest, "{{{") {
		if end := strings.Index(rest, "}}}"); end > 0 {
			return tag{role: tagValue}.at(i, end+3), true
		}
	}
	end := tagEnd(rest, "}}")
	if end < 0 {
		return tag{}, false
	}
	code := inside(rest[:end], 2)
	switch d {
	case goText:
		return goTag(code).at(i, end), true
	case mustache:
		return mustacheTag(code).at(i, end), true
	case jinja, ruby, plain:
	}
	return tag{role: tagValue}.at(i, end), true
}

// tagEnd returns where a tag ends: behind the first closing mark that is not in
// quotes, or behind the first one if quotes do not match; -1 if there is none.
func tagEnd(rest, mark string) int {
	var quote byte
	for i := 2; i < len(rest); i++ {
		switch c := rest[i]; {
		case quote != 0:
			switch c {
			case '\\':
				i++
			case quote:
				quote = 0
			}
		case c == '"', c == '\'', c == '`':
			quote = c
		case strings.HasPrefix(rest[i:], mark):
			return i + len(mark)
		case c == '{' && strings.HasPrefix(rest[i:], "{{") && i > 2:
			i = len(rest) // another tag begins: the quotes do not match
		}
	}
	if i := strings.Index(rest[2:], mark); i >= 0 {
		return i + 2 + len(mark)
	}
	return -1
}

// inside is the code of a tag without its marks and the signs that control white
// space.
func inside(tag string, marks int) string {
	code := tag[min(marks, len(tag)):max(len(tag)-marks, min(marks, len(tag)))]
	code = strings.TrimRight(strings.TrimLeft(code, "-+~"), "-+~")
	return strings.TrimSpace(code)
}

// firstWord is the word that a tag begins with.
func firstWord(code string) string {
	end := strings.IndexFunc(code, func(r rune) bool {
		return r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	})
	if end < 0 {
		return code
	}
	return code[:end]
}

// jinjaTag reads a statement of Jinja2, Twig or Liquid.
func jinjaTag(code string) tag {
	switch word := firstWord(code); word {
	case "if", "unless", "case", "ifchanged":
		return tag{role: tagOpens}
	case "for", "tablerow":
		return tag{role: tagOpens, loop: true}
	case "elif", "elsif", "elseif", "when":
		return tag{role: tagTurns}
	case "else":
		return tag{role: tagTurns, otherwise: true}
	case "with", "autoescape", "trans", "spaceless":
		return tag{role: tagOpens, transparent: true}
	case "macro", "capture", "comment":
		return tag{role: tagHides}
	case "set":
		if strings.Contains(code, "=") {
			return tag{}
		}
		return tag{role: tagHides}
	case "block", "filter", "call", "embed":
		return tag{role: tagHides, loop: true}
	case "include", "render", "extends":
		return tag{role: tagBrings}
	case "do", "import", "from", "assign", "increment", "decrement", "raw", "endraw", "break", "continue", "debug", "load", "":
		return tag{}
	default:
		if strings.HasPrefix(word, "end") {
			return tag{role: tagCloses}
		}
	}
	return tag{role: tagBrings} // of an extension
}

func isRaw(t string) bool { return strings.HasPrefix(t, "{%") && firstWord(inside(t, 2)) == "raw" }

var rawEndTag = regexp.MustCompile(`\{%[-+]?\s*endraw\s*[-+]?%\}`)

// rawEnd finds the end of text that is not to be looked at.
func rawEnd(text string, from int) (source.Span, bool) {
	at := rawEndTag.FindStringIndex(text[from:])
	if at == nil {
		return source.Span{}, false
	}
	return source.Span{Start: from + at[0], End: from + at[1]}, true
}

// goTag reads an action of text/template.
func goTag(code string) tag {
	switch firstWord(code) {
	case "if", "with":
		return tag{role: tagOpens}
	case "range":
		return tag{role: tagOpens, loop: true}
	case "else":
		rest := strings.TrimSpace(strings.TrimPrefix(code, "else"))
		return tag{role: tagTurns, otherwise: rest == ""}
	case "end":
		return tag{role: tagCloses}
	case "define":
		return tag{role: tagHides}
	case "block":
		return tag{role: tagHides, loop: true}
	case "template", "include", "tpl", "partial":
		return tag{role: tagBrings}
	case "break", "continue":
		return tag{}
	}
	switch {
	case strings.HasPrefix(code, "/*"):
		return tag{}
	case strings.HasPrefix(code, "$") && assigns(code):
		return tag{}
	}
	return tag{role: tagValue}
}

// assigns reports whether an action sets a variable: "$x := 1", "$x = 2".
func assigns(code string) bool {
	name := strings.TrimLeft(code, "$")
	name = strings.TrimSpace(name[len(firstWord(name)):])
	for strings.HasPrefix(name, ",") { // $i, $x := range
		name = strings.TrimSpace(strings.TrimLeft(name, ", $"))
		name = strings.TrimSpace(name[len(firstWord(name)):])
	}
	return strings.HasPrefix(name, ":=") || strings.HasPrefix(name, "=") && !strings.HasPrefix(name, "==")
}

// mustacheTag reads a tag of Mustache or Handlebars.
func mustacheTag(code string) tag {
	switch {
	case code == "":
		return tag{}
	case code[0] == '!':
		return tag{}
	case code[0] == '>':
		return tag{role: tagBrings}
	case code[0] == '/':
		return tag{role: tagCloses}
	case code[0] == '^' && code != "^":
		return tag{role: tagOpens}
	case code[0] == '#':
		word := firstWord(strings.TrimSpace(code[1:]))
		return tag{role: tagOpens, loop: word != "if" && word != "unless" && word != "with"}
	case code == "else" || code == "^":
		return tag{role: tagTurns, otherwise: true}
	case strings.HasPrefix(code, "else "):
		return tag{role: tagTurns}
	}
	return tag{role: tagValue}
}

var (
	erbBlock = regexp.MustCompile(`(\bdo\b|\{)\s*(\|[^|]*\|)?$`)
	erbOpen  = regexp.MustCompile(`^(if|unless|case|begin)\b`)
	erbLoop  = regexp.MustCompile(`^(for|while|until)\b`)
	erbTurn  = regexp.MustCompile(`^(elsif|when|in)\b|^\}\s*elsif\b`)
	erbElse  = regexp.MustCompile(`^else\b|^\}\s*else\b`)
	erbEnd   = regexp.MustCompile(`^(end\b|\})`)
	// A statement with a condition of its own closes itself.
	erbWhole = regexp.MustCompile(`\bend\s*$`)
)

// rubyTag reads a tag of ERB or EPP, marks and all.
func rubyTag(text string) tag {
	switch {
	case strings.HasPrefix(text, "<%#"):
		return tag{}
	case strings.HasPrefix(text, "<%="):
		if code := inside("<%"+strings.TrimPrefix(text, "<%="), 2); erbBlock.MatchString(code) && strings.Contains(code, "|") {
			return tag{role: tagHides, loop: true} // a helper around a block
		}
		return tag{role: tagValue}
	}
	code := inside(text, 2)
	if i := strings.LastIndexByte(code, '\n'); i >= 0 && !erbBlock.MatchString(code) {
		// Of several lines the last decides what stays open.
		if last := strings.TrimSpace(code[i:]); erbOpen.MatchString(last) || erbLoop.MatchString(last) {
			code = last
		}
	}
	switch {
	case strings.HasPrefix(code, "|"): // parameters of EPP
		return tag{}
	case erbElse.MatchString(code):
		return tag{role: tagTurns, otherwise: true}
	case erbTurn.MatchString(code):
		return tag{role: tagTurns}
	case erbEnd.MatchString(code):
		return tag{role: tagCloses}
	case erbWhole.MatchString(code):
		return tag{}
	case erbOpen.MatchString(code):
		return tag{role: tagOpens}
	case erbLoop.MatchString(code), erbBlock.MatchString(code):
		return tag{role: tagOpens, loop: true}
	}
	return tag{code: true}
}

// placeholder returns the length of a place holder that begins at an offset, 0 if
// none does: ${NAME} and $NAME in capitals, %NAME%, @NAME@, __NAME__, {NAME} and
// <NAME> of scripts that replace them. nginx's own variables have small letters.
func placeholder(text string, i int) int {
	rest := text[i:]
	switch rest[0] {
	case '$':
		if name, ok := strings.CutPrefix(rest, "${"); ok {
			if n := capitals(name); n > 0 && n < len(name) && (name[n] == '}' || name[n] == ':') {
				if end := strings.IndexByte(name, '}'); end > 0 {
					return end + len("${}")
				}
			}
			return 0
		}
		if n := capitals(rest[1:]); n > 1 && (len(rest) == n+1 || !isSmall(rest[n+1])) {
			return n + 1
		}
	case '%', '@':
		if n := identifier(rest[1:]); n > 0 && n+1 < len(rest) && rest[n+1] == rest[0] {
			return n + 2
		}
		if rest[0] == '%' && strings.HasPrefix(rest, "%%") {
			if n := capitals(rest[2:]); n > 0 && strings.HasPrefix(rest[n+2:], "%%") {
				return n + 4
			}
		}
	case '<':
		if n := capitals(rest[1:]); n > 1 && n+1 < len(rest) && rest[n+1] == '>' {
			return n + 2
		}
	case '_':
		if n := capitals(rest); strings.HasPrefix(rest, "__") && n > 4 && strings.HasSuffix(rest[:n], "__") && (i == 0 || !isWord(text[i-1])) {
			return n
		}
	case '{':
		if n := capitals(rest[1:]); n > 1 && n+1 < len(rest) && rest[n+1] == '}' {
			return n + 2
		}
	}
	return 0
}

// identifier is the length of a name.
func identifier(s string) int {
	n := 0
	for n < len(s) && isWord(s[n]) && (n > 0 || s[n] < '0' || s[n] > '9') {
		n++
	}
	return n
}

// capitals is the length of a name in capitals.
func capitals(s string) int {
	n := 0
	for n < len(s) && (s[n] == '_' || 'A' <= s[n] && s[n] <= 'Z' || n > 0 && '0' <= s[n] && s[n] <= '9') {
		n++
	}
	return n
}

func isSmall(c byte) bool { return 'a' <= c && c <= 'z' }

func isWord(c byte) bool {
	return c == '_' || isSmall(c) || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
