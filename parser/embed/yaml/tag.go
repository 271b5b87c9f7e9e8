package yaml

import (
	"bytes"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// yamlRole is what a template tag does to the structure of a YAML file.
type yamlRole uint8

const (
	yamlValue  yamlRole = iota // brings text that nobody knows
	yamlSilent                 // brings nothing
	yamlOpens                  // begins a condition, a loop or the like
	yamlTurns                  // begins its next branch
	yamlCloses                 // ends it
)

// yamlTag is a tag of a template that is rendered before YAML is read.
type yamlTag struct {
	span source.Span
	role yamlRole
}

// yamlBranch is the text between two tags of a section, which may be left out or
// repeated.
type yamlBranch struct {
	span  source.Span
	name  string
	first bool
}

// yamlTemplate is a YAML file with tags in it.
type yamlTemplate struct {
	text     string
	tags     []yamlTag
	sections []source.Span // from the tag that opens one to the one that closes it, by their start
	branches []yamlBranch  // an outer one before those inside it
	turns    []yamlTurn    // where another branch begins to be the innermost one
	masked   [2]string     // see mask
}

// goTags are signs of a Go template.
var goTags = lazyre.New(`\{\{-|-\}\}|\{\{\s*(\.|\$|/\*|end\s*\}|else\b|(if|range|with|include|template|toYaml|tpl|printf|default|define)\s)`)

// templatedYAML reports whether tags are replaced before the YAML is read, as
// Helm and Salt do it; Ansible replaces them within the values that it has read.
func templatedYAML(p, text string) bool {
	if !carrier.HoldsTag(text) {
		return false
	}
	ext := path.Ext(p)
	return ext == ".sls" || slices.Contains(detect.TemplateExtensions(), ext) || !strings.Contains(text, "{%") && goTags.MatchString(text)
}

// holdsBranches reports whether a text has tags that begin a condition or a loop.
func holdsBranches(text string) bool {
	return carrier.HoldsTag(text) && slices.ContainsFunc(readYAMLTags(text).tags, func(g yamlTag) bool { return g.role == yamlOpens })
}

// readYAMLTags finds the tags of a text and what they enclose. A tag that closes
// nothing, or is never closed, encloses nothing.
func readYAMLTags(text string) *yamlTemplate {
	t := &yamlTemplate{text: text}
	comments := strings.Contains(text, "{%")
	last := map[string]int{} // where marks that close tags stand for the last time
	for _, mark := range []string{"}}", "%}", "%>", "#}"} {
		last[mark] = strings.LastIndex(text, mark)
	}
	for i := 0; i+1 < len(text); {
		span, code := yamlTagAt(text, i, comments, last)
		if span.Len() == 0 {
			i++
			continue
		}
		t.tags = append(t.tags, yamlTag{span, yamlTagRole(text[span.Start:span.End], code)})
		i = span.End
	}
	t.enclose()
	return t
}

// yamlTagAt returns the tag that begins at an offset, and the code in it.
func yamlTagAt(text string, i int, comments bool, last map[string]int) (span source.Span, code string) {
	rest := text[i:]
	var mark string
	switch {
	case strings.HasPrefix(rest, "{{"):
		mark = "}}"
	case strings.HasPrefix(rest, "{%"):
		mark = "%}"
	case strings.HasPrefix(rest, "<%"):
		mark = "%>"
	case comments && strings.HasPrefix(rest, "{#"):
		mark = "#}"
	default:
		return source.Span{}, ""
	}
	const marks = 2
	end := -1
	if last[mark] < i+marks {
		return source.Span{}, ""
	}
	var quote byte
	for j := marks; j < len(rest) && end < 0; j++ {
		switch c := rest[j]; {
		case quote != 0:
			if c == '\\' && quote == '"' {
				j++
			} else if c == quote {
				quote = 0
			}
		case strings.HasPrefix(rest[j:], mark):
			end = j
		case mark == "}}" && (c == '"' || c == '\'' || c == '`'):
			quote = c
		}
	}
	if end < 0 { // the quotes do not match
		if end = strings.Index(rest, mark); end < marks {
			return source.Span{}, ""
		}
	}
	code = strings.TrimSpace(strings.Trim(rest[marks:end], "-~+"))
	return source.Span{Start: i, End: i + end + marks}, code
}

// yamlTagRole tells what a tag does.
func yamlTagRole(tag, code string) yamlRole {
	word, rest, _ := strings.Cut(code, " ")
	if tag[1] == '#' {
		return yamlSilent
	}
	switch word {
	case "else", "elif", "elsif", "elseif", "when", "^":
		return yamlTurns
	case "end", "}":
		return yamlCloses
	}
	if strings.HasPrefix(tag, "{{") {
		switch {
		case word == "if", word == "range", word == "with", word == "define", word == "block":
			if rest != "" {
				return yamlOpens
			}
		case strings.HasPrefix(code, "#") && len(code) > 1:
			return yamlOpens
		case strings.HasPrefix(code, "/") && !strings.HasPrefix(code, "/*"):
			return yamlCloses
		case strings.HasPrefix(code, "/*"), strings.HasPrefix(code, "!"), word != "" && word[0] == '$' && strings.Contains(rest, "= "):
			return yamlSilent
		}
		return yamlValue
	}
	switch {
	case strings.HasPrefix(word, "end"):
		return yamlCloses
	case strings.HasPrefix(tag, "<%="):
		return yamlValue
	case strings.HasPrefix(tag, "<%"):
		if word == "if" || word == "unless" || word == "case" || word == "for" || strings.Contains(code, " do") {
			return yamlOpens
		}
		return yamlSilent
	case word == "set":
		if !strings.Contains(rest, "=") {
			return yamlOpens
		}
		return yamlSilent
	case word == "include", word == "import", word == "from", word == "extends", word == "do":
		return yamlSilent
	}
	return yamlOpens
}

// enclose finds sections and their branches.
func (t *yamlTemplate) enclose() {
	type frame struct {
		open, branch int // offset of the section, index of its last branch
	}
	var stack []frame
	branch := func(from int, first bool) int {
		t.branches = append(t.branches, yamlBranch{source.Span{Start: from, End: from}, "branch " + strconv.Itoa(len(t.branches)+1), first})
		return len(t.branches) - 1
	}
	for _, g := range t.tags {
		n := len(stack) - 1
		switch g.role {
		case yamlOpens:
			stack = append(stack, frame{g.span.Start, branch(g.span.End, true)})
		case yamlTurns:
			if n >= 0 {
				t.branches[stack[n].branch].span.End = g.span.Start
				stack[n].branch = branch(g.span.End, false)
			}
		case yamlCloses:
			if n >= 0 {
				t.branches[stack[n].branch].span.End = g.span.Start
				t.sections = append(t.sections, source.Span{Start: stack[n].open, End: g.span.End})
				stack = stack[:n]
			}
		case yamlValue, yamlSilent:
		}
	}
	slices.SortFunc(t.sections, func(a, b source.Span) int { return a.Start - b.Start })
	t.turn()
}

// branch names the innermost branch that an offset lies in; empty if in none.
func (t *yamlTemplate) branch(offset int) string {
	i := sort.Search(len(t.turns), func(i int) bool { return t.turns[i].at > offset })
	if i == 0 {
		return ""
	}
	return t.turns[i-1].name
}

// yamlTurn is an offset from which on a branch is the innermost one.
type yamlTurn struct {
	at   int
	name string
}

// turn finds where one branch gives way to another one.
func (t *yamlTemplate) turn() {
	var open []yamlBranch
	leave := func(before int) {
		for n := len(open); n > 0 && open[n-1].span.End <= before; n-- {
			name := ""
			if n > 1 {
				name = open[n-2].name
			}
			t.turns = append(t.turns, yamlTurn{open[n-1].span.End, name})
			open = open[:n-1]
		}
	}
	for _, b := range t.branches {
		leave(b.span.Start)
		if b.span.Len() > 0 {
			open = append(open, b)
			t.turns = append(t.turns, yamlTurn{b.span.Start, b.name})
		}
	}
	leave(len(t.text))
}

// endsInHeader reports whether a line ends in what precedes the content of a block
// scalar: "key: |-".
func endsInHeader(line []byte) bool {
	line = bytes.TrimRight(line, " \t")
	line = bytes.TrimRight(line, "-+0123456789")
	n := len(line) - 1
	if n < 0 || line[n] != '|' && line[n] != '>' {
		return false
	}
	before := bytes.TrimRight(line[:n], " \t")
	return len(before) < n && len(before) > 0 && (before[len(before)-1] == ':' || before[len(before)-1] == '-')
}

// mask returns the text as YAML may get it, all offsets unchanged: empty lines for
// those that hold nothing but tags, since blanks would be indentation; filler for
// values. If firstOnly is set, all but the first branches are left out, so that
// alternatives do not meet.
func (t *yamlTemplate) mask(firstOnly bool) string {
	which := 0
	if firstOnly {
		which = 1
	}
	if t.masked[which] != "" {
		return t.masked[which]
	}
	out := []byte(t.text)
	for i := 0; i < len(t.tags); {
		i += t.maskLine(t.tags[i:], out)
	}
	if firstOnly {
		gone := 0 // up to where all is left out
		for _, b := range t.branches {
			if b.first || b.span.End <= gone {
				continue
			}
			with := byte(' ')
			if strings.Contains(t.text[b.span.Start:b.span.End], "\n") {
				with = '\n'
			}
			overwrite(out, b.span, with)
			gone = b.span.End
		}
	}
	t.masked[which] = string(out)
	return t.masked[which]
}

// overwrite writes over a span, but for its line ends.
func overwrite(out []byte, s source.Span, with byte) {
	for i := s.Start; i < s.End; i++ {
		if out[i] != '\n' && out[i] != '\r' {
			out[i] = with
		}
	}
}

// maskLine masks the tags that begin on the line of the first one, and returns
// how many these are.
func (t *yamlTemplate) maskLine(tags []yamlTag, out []byte) int {
	start := strings.LastIndexByte(t.text[:tags[0].span.Start], '\n') + 1
	end := lineEndAfter(t.text, start)
	n, at, other := 0, start, false
	for n < len(tags) && tags[n].span.Start < end {
		other = other || strings.TrimSpace(t.text[at:tags[n].span.Start]) != ""
		at = tags[n].span.End
		if at > end { // it goes on below
			end = lineEndAfter(t.text, at)
		}
		n++
	}
	if other = other || strings.TrimSpace(t.text[at:end]) != ""; !other {
		overwrite(out, source.Span{Start: start, End: end}, '\n')
		return n
	}
	header := -1 // where the tags behind a header end, if nothing else follows it
	for i, g := range tags[:n] {
		overwrite(out, g.span, ' ')
		if header >= 0 && len(bytes.Trim(out[header:g.span.Start], " \t")) == 0 || endsInHeader(out[start:g.span.Start]) {
			header = g.span.End
			continue
		}
		last := i == n-1 && strings.TrimSpace(t.text[g.span.End:end]) == ""
		if last && (g.role != yamlValue || strings.Contains(t.text[g.span.Start:g.span.End], "indent")) {
			continue
		}
		for j := g.span.Start; j < g.span.End && t.text[j] != '\n' && t.text[j] != '\r'; j++ {
			out[j] = 'x'
		}
	}
	return n
}

// lineEndAfter returns where the line that an offset lies on ends.
func lineEndAfter(text string, offset int) int {
	if i := strings.IndexByte(text[offset:], '\n'); i >= 0 {
		return offset + i
	}
	return len(text)
}
